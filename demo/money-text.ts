import { savingsText } from '../cli/savings-text.ts';
import { spendLinesText } from '../cli/spend-text.ts';
import type { StoredAuditRecord } from '../lambda/core/audit-record.ts';
import { lessonSentence } from '../lambda/core/lessons/lesson-sentence.ts';
import type { SweepSummary } from '../lambda/core/report/sweep-summary.ts';
import { savingsOf } from '../lambda/core/spend/savings.ts';
import { type Page, paint, paragraph } from './page.ts';

export interface MoneyView {
  /** The day that was shown, such as 2026-11-23. */
  readonly date: string;
  /** What the last sweep said; absent: none succeeded. */
  readonly latest?: SweepSummary;
  /** The audit trail of the day, which is all that there is. */
  readonly records: readonly StoredAuditRecord[];
}

const UPPER_BOUND =
  'That is more than the two bills differ by: the emulator knows when each test would have ended and stops counting ' +
  'at this minute; the guard knows no more than the timeouts.';

/** What the guard itself says of the money, in the words of its command line: figures, savings, lessons. */
export function moneyText(page: Page, { date, latest, records }: MoneyView): string {
  const part = (title: string, lines: readonly string[]) =>
    `\n${paint(page, 'bold', title)}\n\n${lines.map((line) => paragraph(page, line)).join('')}`;
  const statement = savingsText(date.slice(0, 7), savingsOf(records), page.width);
  const savings = paint(page, 'bold', 'What "npx autostop savings" says of its stops');
  return [
    part('What the guard counts, at its last sweep', spendLinesText(latest?.spend ?? [])),
    `\n${savings}\n\n${statement}\n${paragraph(page, UPPER_BOUND)}`,
    part('What the rule on trial has taught', (latest?.lessons ?? []).map(lessonSentence)),
  ].join('');
}

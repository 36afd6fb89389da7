import { type Row, table } from '../cli/table.ts';
import type { SweepSummary } from '../lambda/core/report/sweep-summary.ts';
import { formatUsd, moneyFor } from '../lambda/core/spend/money.ts';
import { type Page, paint } from './page.ts';
import type { LoggedDecision } from './read-logs.ts';
import type { WorkFacts } from './work-facts.ts';

/** One job or session as a sweep left it. */
export interface SweptWork {
  readonly decision: LoggedDecision;
  readonly facts: WorkFacts;
}

export interface SweepView {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly summary: SweepSummary;
  readonly works: readonly SweptWork[];
  /** Show the table even though nothing was stopped. */
  readonly remarkable: boolean;
  readonly pricePerMinute: number;
}

const COLUMNS = [
  { head: '' },
  { head: 'PROJECT' },
  { head: 'RUN OR SESSION' },
  { head: 'DEVICE' },
  { head: 'MINUTES', align: 'right' },
  { head: 'MONEY', align: 'right' },
  { head: 'STATE NOW' },
] as const;

/** What a sweep does with an item; what a rule on trial would stop is kept. In the order of showing. */
const MARKS = { stop: 'STOP', 'would-stop': 'would', keep: 'keep' } as const;

/** One line for a sweep in which nothing happened, a table of everything in flight for any other. */
export function sweepText(page: Page, view: SweepView): string {
  const line = headline(view);
  const loud = view.remarkable || view.summary.stopped.length > 0 || view.summary.problems.length > 0;
  if (!loud) return `${paint(page, 'dim', line)}\n`;
  const works = view.works.toSorted(stopsFirst);
  const rows = works.flatMap((work, index) => rowsOf(work, works[index + 1], view.pricePerMinute));
  const problems = view.summary.problems.map((problem) => `  problem: ${problem}\n`).join('');
  return `\n${paint(page, 'bold', line)}\n${coloured(page, table(COLUMNS, rows, page.width, 2))}${problems}\n`;
}

/** `09:05` of an instant, in UTC. */
export function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

function headline({ at, summary }: SweepView): string {
  const { activeItems, stopped, wouldStop, confirmed, usage } = summary;
  const done = stopped.length > 0 ? `, ${stopped.length} stopped` : ', nothing to stop';
  const observed = wouldStop.length > 0 ? `, ${wouldStop.length} only observed` : '';
  const ended = confirmed.length > 0 ? `; ${confirmed.length} earlier stopped, confirmed` : '';
  const spent = usage
    .map(
      ({ spent, committed, limit }) =>
        `; ${dollars(spent)} of ${dollars(limit)} spent today, ${dollars(committed)} committed`,
    )
    .join('');
  return `${clockTime(at)}  ${activeItems} in flight${done}${observed}${ended}${spent}`;
}

/** The row of one item, and the reason below it unless the next has the same. */
function rowsOf(
  { decision, facts }: SweptWork,
  next: SweptWork | undefined,
  pricePerMinute: number,
): readonly Row[] {
  const sameAsNext = next?.decision.reason === decision.reason && next.decision.action === decision.action;
  const result = facts.status === 'COMPLETED' ? ` (${facts.result})` : '';
  return [
    [
      MARKS[decision.action],
      decision.project,
      facts.name,
      decision.device,
      facts.minutes.toFixed(0),
      facts.metered ? formatUsd(moneyFor(facts.minutes, pricePerMinute)) : 'unmetered',
      facts.status + result,
    ],
    ...(sameAsNext ? [] : [{ text: decision.reason, indent: 8 }]),
  ];
}

function stopsFirst(a: SweptWork, b: SweptWork): number {
  const order = Object.keys(MARKS);
  return order.indexOf(a.decision.action) - order.indexOf(b.decision.action);
}

/** Colours whole lines: the cells themselves are plain, so that their widths can be counted. */
function coloured(page: Page, text: string): string {
  return text.replace(/^ {2}STOP .*$/gm, (line) => paint(page, 'red', line));
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`;
}

import { auditText } from '../cli/audit-text.ts';
import type { StoredAuditRecord } from '../lambda/core/audit-record.ts';
import { formatUsd, moneyFor } from '../lambda/core/spend/money.ts';
import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import type { Call } from './aws/call-log.ts';
import type { Finding } from './check-day.ts';
import { type Page, paint, paragraph } from './page.ts';

export interface Totals {
  readonly sweeps: number;
  readonly calls: readonly Call[];
  readonly emulator: DeviceFarmEmulator;
  /** The same day without a guard. */
  readonly unguarded: DeviceFarmEmulator;
  readonly pricePerMinute: number;
  /** Beginning of the day, epoch milliseconds. */
  readonly midnight: number;
}

/** What the day cost, and what it would have cost. */
export function totalsText(page: Page, totals: Totals): string {
  const { sweeps, calls, emulator, unguarded } = totals;
  const farm = calls.filter(({ service }) => service === 'devicefarm');
  const stops = farm.filter(({ operation }) => operation.startsWith('Stop'));
  const lines = [
    `With the guard: ${billText(emulator, totals)}.`,
    `The same work without it, up to the same minute: ${billText(unguarded, totals)}.`,
    `${sweeps} sweeps made ${farm.length} calls to Device Farm, ${stops.length} of them to stop something.`,
  ];
  const title = paint(page, 'bold', 'The bill of the day, by the books of the emulator');
  return `\n${title}\n\n${lines.map((line) => paragraph(page, line)).join('')}`;
}

function billText(emulator: DeviceFarmEmulator, { midnight, pricePerMinute }: Totals): string {
  const { metered, unmetered } = billedSince(emulator, midnight);
  const money = formatUsd(moneyFor(metered, pricePerMinute));
  return `${metered.toFixed(0)} metered minutes, which are ${money}, and ${unmetered.toFixed(0)} unmetered`;
}

/** Minutes that were used since midnight; yesterday's work is on yesterday's bill. */
export function billedSince(emulator: DeviceFarmEmulator, midnight: number) {
  const before = emulator.billed(midnight).account;
  const now = emulator.billed().account;
  return { metered: now.metered - before.metered, unmetered: now.unmetered - before.unmetered };
}

/** The life of one stop, as the audit trail tells it. */
export function excerptText(page: Page, records: readonly StoredAuditRecord[]): string {
  const title = `What the audit trail says of the job that hung (${records.length} of its records)`;
  return `\n${paint(page, 'bold', title)}\n\n${auditText(records, page.width)}`;
}

/** Whether the day showed what it should, point by point. */
export function findingsText(page: Page, findings: readonly Finding[]): string {
  const lines = findings.map(({ promise, but }) =>
    but === undefined
      ? `${paint(page, 'green', '  yes ')} ${promise}\n`
      : `${paint(page, 'red', '  NO  ')} ${promise}\n${paragraph(page, but, 8)}`,
  );
  return `\n${paint(page, 'bold', 'Was it as it should be?')}\n\n${lines.join('')}`;
}

import type { StoredAuditRecord } from '../lambda/core/audit-record.ts';
import { formatMinutes, formatUsd } from '../lambda/core/spend/money.ts';
import { type Row, table } from './table.ts';

const COLUMNS = [
  { head: 'TIME (UTC)' },
  { head: 'EVENT' },
  { head: 'RULE' },
  { head: 'MONEY', align: 'right' },
  { head: 'BY' },
] as const;

/** Audit records for people, in the order in which they were written; none is left out. */
export function auditText(records: readonly StoredAuditRecord[], width: number): string {
  return table(COLUMNS, records.flatMap(rowsOf), width);
}

function rowsOf(record: StoredAuditRecord): readonly Row[] {
  const { at, event, rule = '', money, actor, reason, subject } = record;
  const cells = [
    at.replace('T', ' ').replace('Z', ''),
    event,
    rule,
    money === undefined ? '' : formatUsd(money),
    actor,
  ];
  const place = placeOf(record);
  return [
    cells,
    { text: reason, indent: 4 },
    ...(place ? [{ text: place, indent: 4 }] : []),
    { text: subject, indent: 4 },
  ];
}

/** What the record is about, in names: `mobile, run nightly-42, Google Pixel 8, 75 min, attempt 1`. */
function placeOf({ project, run, device, minutes, attempt }: StoredAuditRecord): string {
  return [
    project,
    run && `run ${run}`,
    device,
    minutes && formatMinutes(minutes.total),
    attempt !== undefined && `attempt ${attempt}`,
  ]
    .filter(Boolean)
    .join(', ');
}

import { parseArn } from '../arn.ts';
import type { StoredAuditRecord } from '../audit-record.ts';

/** What stops did in a time. All that was avoided is an upper bound: as if the work had gone on to its timeout. */
export interface Savings {
  /** Jobs and sessions of which the first stop was requested in this time. */
  readonly stops: number;
  /** Stops that took effect. */
  readonly confirmed: number;
  /** Stopped work that finished by itself all the same: nothing was avoided. */
  readonly finishedByThemselves: number;
  /** Stops that were given up. */
  readonly escalated: number;
  /** Device minutes, to the hundredth. */
  readonly avoidedMinutes: number;
  /** Micro-dollars. */
  readonly avoidedMoney: number;
  /** Stops that took effect and whose money is not known, since nobody could tell how the work is billed. */
  readonly withoutMoney: number;
}

export interface SavingsStatement {
  readonly total: Savings;
  /** By rule, `budget:<name>` or `alarm:<name>`; `null` is what people stopped. */
  readonly byRule: readonly (Savings & { readonly rule: string | null })[];
  /** By name of the project; `null` where none is on record. */
  readonly byProject: readonly (Savings & { readonly project: string | null })[];
}

/**
 * The savings that these records show. Each job or session counts once in each figure; the records that a stop of a whole run
 * leaves under the run itself are left out, as each of its jobs has its own.
 * @param records all records of the time, in any order
 */
export function savingsOf(records: readonly StoredAuditRecord[]): SavingsStatement {
  const counted = records.flatMap((record) => toEntry(record) ?? []);
  const entries = [...new Map(counted.map((entry) => [`${entry.figure} ${entry.subject}`, entry])).values()];
  return {
    total: sum(entries),
    byRule: groups(entries, ({ rule }) => rule).map(([rule, own]) => ({ rule, ...sum(own) })),
    byProject: groups(entries, ({ project }) => project).map(([project, own]) => ({ project, ...sum(own) })),
  };
}

type Figure = 'stops' | 'confirmed' | 'finishedByThemselves' | 'escalated';

interface Entry {
  readonly subject: string;
  readonly figure: Figure;
  readonly rule: string | null;
  readonly project: string | null;
  readonly avoided: number;
  readonly avoidedMoney?: number;
}

function toEntry(record: StoredAuditRecord): Entry | undefined {
  const figure = figureOf(record);
  const kind = parseArn(record.subject)?.kind;
  if (figure === undefined || (kind !== 'job' && kind !== 'session')) return undefined;
  const { subject, rule = null, project = null, avoided = 0, avoidedMoney } = record;
  return { subject, figure, rule, project, avoided, avoidedMoney };
}

function figureOf({ event, attempt, avoided }: StoredAuditRecord): Figure | undefined {
  switch (event) {
    case 'StopRequested':
      return attempt === 1 ? 'stops' : undefined;
    case 'StopConfirmed':
      return 'confirmed';
    case 'StopSkipped':
      return avoided === 0 ? 'finishedByThemselves' : undefined;
    case 'StopEscalated':
      return 'escalated';
    default:
      return undefined;
  }
}

function sum(entries: readonly Entry[]): Savings {
  const of = (figure: Figure) => entries.filter((entry) => entry.figure === figure);
  const confirmed = of('confirmed');
  // In hundredths, which add up exactly whatever their order.
  const hundredths = confirmed.reduce((total, { avoided }) => total + Math.round(avoided * 100), 0);
  return {
    stops: of('stops').length,
    confirmed: confirmed.length,
    finishedByThemselves: of('finishedByThemselves').length,
    escalated: of('escalated').length,
    avoidedMinutes: hundredths / 100,
    avoidedMoney: confirmed.reduce((total, { avoidedMoney = 0 }) => total + avoidedMoney, 0),
    withoutMoney: confirmed.filter(({ avoidedMoney }) => avoidedMoney === undefined).length,
  };
}

/** Groups by key in the order of their names, those without a name last. */
function groups(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string | null,
): readonly (readonly [string | null, readonly Entry[]])[] {
  const found = new Map<string | null, Entry[]>();
  for (const entry of entries) found.set(keyOf(entry), [...(found.get(keyOf(entry)) ?? []), entry]);
  return [...found].sort(
    ([a], [b]) => Number(a === null) - Number(b === null) || (String(a) < String(b) ? -1 : 1),
  );
}

import { parseArn } from '../arn.ts';
import type { AuditRecord, Billing, StoredAuditRecord } from '../model.ts';
import { formatMinutes, formatUsd, moneyFor } from '../money.ts';
import { MINUTE } from '../time.ts';
import { timeoutOf } from './minutes.ts';

/**
 * Minutes after which a session without activity ends by itself
 * (https://docs.aws.amazon.com/devicefarm/latest/developerguide/appium-endpoint-interacting-with-devices.html).
 */
export const SESSION_IDLE_MINUTES = 5;
/** Work that ran for so many times its usual duration hangs: it would have gone on to its timeout. */
const HANGS_AT = 2;

/** Work that was stopped. */
export interface StoppedWork {
  /** @default job */
  readonly kind?: 'job' | 'session';
  /** When it began RUNNING; absent when it never did. */
  readonly started?: number;
  readonly stopped?: number;
  /** The run's timeout, else its project's. @default the service's own, 150 */
  readonly timeoutMinutes?: number;
  /** Absent when it is not known. */
  readonly billing?: Billing;
  /** Median of the last successful jobs of its run name and device; absent while too few are known. */
  readonly usualMinutes?: number;
}

/** What a stop avoided: device minutes to the hundredth, and micro-dollars where it is known whether they are metered. */
export type Avoided = Pick<
  AuditRecord,
  'avoided' | 'avoidedMoney' | 'avoidedLikely' | 'avoidedLikelyMoney'
> & { readonly avoided: number };

/** The work ended by itself. */
export const NOTHING_AVOIDED: Avoided = {
  avoided: 0,
  avoidedMoney: 0,
  avoidedLikely: 0,
  avoidedLikelyMoney: 0,
};

/**
 * `avoided` is an upper bound, as if the work had gone on to its timeout. `avoidedLikely` is what such work usually still uses;
 * it is absent while nothing is known of it. Unknown billing counts as metered, the default of Device Farm
 * (https://docs.aws.amazon.com/devicefarm/latest/APIReference/API_ScheduleRun.html).
 */
export function avoidedBy(work: StoppedWork, pricePerMeteredMinute: number): Avoided {
  const { started, stopped, billing } = work;
  const ran =
    started === undefined ? 0 : stopped === undefined ? undefined : Math.max(0, stopped - started) / MINUTE;
  // When it ended is not known, so what was left is not known either.
  if (ran === undefined) return { avoided: 0 };
  const avoided = hundredths(Math.max(0, timeoutOf(work) - ran));
  const likely = likelyLeft(work, ran, avoided);
  const money = (minutes: number) => (billing === 'unmetered' ? 0 : moneyFor(minutes, pricePerMeteredMinute));
  return {
    avoided,
    ...(billing !== undefined && { avoidedMoney: money(avoided) }),
    ...(likely !== undefined && { avoidedLikely: likely }),
    ...(likely !== undefined && billing !== undefined && { avoidedLikelyMoney: money(likely) }),
  };
}

function likelyLeft({ kind, usualMinutes }: StoppedWork, ran: number, atMost: number): number | undefined {
  if (kind === 'session') return Math.min(SESSION_IDLE_MINUTES, atMost);
  if (usualMinutes === undefined) return undefined;
  return ran >= HANGS_AT * usualMinutes
    ? atMost
    : Math.min(hundredths(Math.max(0, usualMinutes - ran)), atMost);
}

/** Part of a sentence: `at most 74 min and $12.58 avoided, up to its timeout of 150 min; likely 5 min and $0.85`. */
export function avoidedText(avoided: Avoided, timeoutMinutes: number): string {
  const { avoidedLikely: likely, avoidedLikelyMoney } = avoided;
  const atMost = `at most ${amountText(avoided.avoided, avoided.avoidedMoney)} avoided, up to its timeout of ${formatMinutes(timeoutMinutes)}`;
  return likely === undefined ? atMost : `${atMost}; likely ${amountText(likely, avoidedLikelyMoney)}`;
}

function amountText(minutes: number, money: number | undefined): string {
  return money ? `${formatMinutes(minutes)} and ${formatUsd(money)}` : formatMinutes(minutes);
}

function hundredths(minutes: number): number {
  return Math.round(minutes * 100) / 100;
}

/** What stops did in a time. */
export interface Savings {
  /** Jobs and sessions of which the first stop was requested in this time. */
  readonly stops: number;
  /** Stops that took effect. */
  readonly confirmed: number;
  /** Stopped work that finished by itself all the same: nothing was avoided. */
  readonly finishedByThemselves: number;
  /** Stops that were given up. */
  readonly escalated: number;
  /** Up to the timeouts: device minutes to the hundredth, and micro-dollars. */
  readonly atMost: { readonly minutes: number; readonly money: number };
  /** Up to the usual durations; work of which none is known is not in it. */
  readonly likely: Savings['atMost'];
  /** Stops that took effect and are not in `likely`. */
  readonly withoutLikely: number;
  /** Stops that took effect and whose money is not known, because the billing is not. */
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
  const entries = [
    ...new Map(counted.map((entry) => [`${entry.figure} ${entry.record.subject}`, entry])).values(),
  ];
  return {
    total: sum(entries),
    byRule: groups(entries, ({ rule }) => rule).map(([rule, own]) => ({ rule, ...sum(own) })),
    byProject: groups(entries, ({ project }) => project).map(([project, own]) => ({ project, ...sum(own) })),
  };
}

interface Entry {
  readonly figure: 'stops' | 'confirmed' | 'finishedByThemselves' | 'escalated';
  readonly record: StoredAuditRecord;
}

function toEntry(record: StoredAuditRecord): Entry | undefined {
  const figure = figureOf(record);
  const kind = parseArn(record.subject)?.kind;
  return figure !== undefined && (kind === 'job' || kind === 'session') ? { figure, record } : undefined;
}

function figureOf({ event, attempt, avoided }: StoredAuditRecord): Entry['figure'] | undefined {
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
  const count = (figure: Entry['figure']) => entries.filter((entry) => entry.figure === figure).length;
  const confirmed = entries.flatMap(({ figure, record }) => (figure === 'confirmed' ? [record] : []));
  const total = (figure: (record: StoredAuditRecord) => number | undefined) =>
    confirmed.reduce((all, record) => all + (figure(record) ?? 0), 0);
  // In hundredths, which add up exactly whatever their order.
  const minutes = (figure: (record: StoredAuditRecord) => number | undefined) =>
    total((record) => Math.round((figure(record) ?? 0) * 100)) / 100;
  return {
    stops: count('stops'),
    confirmed: confirmed.length,
    finishedByThemselves: count('finishedByThemselves'),
    escalated: count('escalated'),
    atMost: {
      minutes: minutes(({ avoided }) => avoided),
      money: total(({ avoidedMoney }) => avoidedMoney),
    },
    likely: {
      minutes: minutes(({ avoidedLikely }) => avoidedLikely),
      money: total(({ avoidedLikelyMoney }) => avoidedLikelyMoney),
    },
    withoutLikely: confirmed.filter(({ avoidedLikely }) => avoidedLikely === undefined).length,
    withoutMoney: confirmed.filter(({ avoidedMoney }) => avoidedMoney === undefined).length,
  };
}

/** Groups by key in the order of their names, those without a name last. */
function groups(
  entries: readonly Entry[],
  keyOf: (record: StoredAuditRecord) => string | undefined,
): readonly (readonly [string | null, readonly Entry[]])[] {
  const found = new Map<string | null, Entry[]>();
  for (const entry of entries) {
    const key = keyOf(entry.record) ?? null;
    found.set(key, [...(found.get(key) ?? []), entry]);
  }
  return [...found].sort(
    ([a], [b]) => Number(a === null) - Number(b === null) || (String(a) < String(b) ? -1 : 1),
  );
}

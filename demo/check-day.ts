import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import type { StoredAuditRecord } from '../lambda/model.ts';
import { formatMinutes, formatUsd, moneyFor } from '../lambda/money.ts';
import type { SweepSummary } from '../lambda/sweep/report.ts';
import { isRecord } from '../lambda/text.ts';
import { type Savings, savingsOf } from '../lambda/usage/savings.ts';
import type { Call } from './aws/server.ts';
import { type Expected, jobsLeft, workFacts } from './day-of-work.ts';

/** How far AutoStop's figures may be from the emulator's books: work in flight is an estimate. */
const TOLERANCE = 0.02;
/** Milliseconds after which all work of the day has ended by itself. */
const TWO_DAYS = 48 * 3_600_000;

/** Everything that is left of the day to judge it by. */
export interface Evidence {
  readonly emulator: DeviceFarmEmulator;
  readonly calls: readonly Call[];
}

export interface Finding {
  readonly promise: string;
  /** What speaks against it; absent when it was kept. */
  readonly but?: string;
}

/** Minutes and micro-dollars by the books of an emulator. */
export interface Bill {
  readonly minutes: number;
  readonly metered: number;
  readonly money: number;
}

/** The same day with AutoStop and without, until all of its work has ended, and what AutoStop says that it saved. */
export interface Bills {
  readonly withAutoStop: Bill;
  readonly without: Bill;
  readonly savings: Savings;
}

/** The audit records among these calls, in the order of writing. */
export function recordsIn(calls: readonly Call[]): readonly StoredAuditRecord[] {
  return calls.flatMap(({ operation, status, input: { Item: item } }) => {
    if (operation !== 'PutItem' || status !== 200 || !isRecord(item) || !isRecord(item.event)) return [];
    return [unmarshall(item as Parameters<typeof unmarshall>[0]) as StoredAuditRecord];
  });
}

/** Whether an invocation returned what a sweep returns. */
export function isSummary(value: unknown): value is SweepSummary {
  return (
    isRecord(value) &&
    typeof value.activeItems === 'number' &&
    [value.stopped, value.confirmed, value.problems, value.usage, value.spend].every(Array.isArray)
  );
}

/** What was used from `from` to `until`, epoch milliseconds. Work of earlier days has ended before. */
export function billOf(emulator: DeviceFarmEmulator, from: number, until: number, price: number): Bill {
  const [before, after] = [emulator.billed(from).account, emulator.billed(until).account];
  const metered = after.metered - before.metered;
  return { minutes: after.total - before.total, metered, money: moneyFor(metered, price) };
}

/** @param unlimited the same work in an emulator that nobody stops anything in */
export function billsOf(
  { emulator, calls }: Evidence,
  unlimited: DeviceFarmEmulator,
  midnight: number,
  price: number,
): Bills {
  return {
    withAutoStop: billOf(emulator, midnight, midnight + TWO_DAYS, price),
    without: billOf(unlimited, midnight, midnight + TWO_DAYS, price),
    savings: savingsOf(recordsIn(calls)).total,
  };
}

/** Holds the day against what it should have shown. */
export function checkDay(expected: readonly Expected[], evidence: Evidence): readonly Finding[] {
  const stops = stopCalls(evidence.calls);
  return [
    ...expected.map((one) => finding(one.promise, faultsOf(one, evidence))),
    finding('nothing else was stopped', strangers(expected, evidence)),
    finding('every stop was written down with its reason before it was asked for, and its outcome after', [
      ...new Set(stops.flatMap((call) => recordFaults(call, evidence))),
    ]),
  ];
}

/**
 * Holds what AutoStop says of minutes and money against the books of the emulator.
 * @param latest what the last sweep said; absent: none succeeded
 * @param billed the day up to that sweep
 */
export function checkMoney(latest: SweepSummary | undefined, billed: Bill, bills: Bills): readonly Finding[] {
  const account = latest?.spend.find(({ project, kind }) => project === null && kind === 'day');
  const counted = account
    ? [
        ...apart('minutes', account.minutes.spent, billed.minutes),
        ...apart('dollars', account.usd.spent, billed.money / 1_000_000),
      ]
    : ['no figure for the account'];
  const real = bills.without.money - bills.withAutoStop.money;
  const { atMost, likely } = bills.savings;
  const claimed = [
    ...(atMost.money >= real
      ? []
      : [`at most ${formatUsd(atMost.money)}, but ${formatUsd(real)} was avoided`]),
    ...(likely.money <= atMost.money ? [] : [`likely ${formatUsd(likely.money)} is more than at most`]),
  ];
  return [
    finding('what AutoStop counted as spent is what was billed, in minutes and in dollars', counted),
    finding('it saved no more than it says that it saved at most', claimed),
  ];
}

/** `$12.34 for 73 metered minutes; 120 minutes in all`. */
export function billText({ minutes, metered, money }: Bill): string {
  return `${formatUsd(money)} for ${formatMinutes(metered)} metered; ${formatMinutes(minutes)} in all`;
}

function apart(unit: string, counted: number, billed: number): readonly string[] {
  if (Math.abs(counted - billed) <= billed * TOLERANCE) return [];
  return [`counted ${counted.toFixed(2)} ${unit}, billed ${billed.toFixed(2)}`];
}

function finding(promise: string, faults: readonly string[]): Finding {
  return faults.length === 0 ? { promise } : { promise, but: faults.join('; ') };
}

function faultsOf({ arns, stoppedBy }: Expected, evidence: Evidence): readonly string[] {
  return arns.flatMap((arn) => {
    const asked = stopCalls(evidence.calls).filter((call) => askedFor(call, evidence).includes(arn)).length;
    const wanted = stoppedBy === undefined ? 0 : 1;
    const { status, result } = workFacts(evidence.emulator, arn);
    return [
      ...(asked === wanted ? [] : [`${arn} was asked to stop ${asked} times`]),
      ...(status === 'COMPLETED' ? [] : [`${arn} is ${status}`]),
      ...(stoppedBy === undefined ? [] : trailFaults(arn, stoppedBy, result, recordsIn(evidence.calls))),
    ];
  });
}

function trailFaults(
  arn: string,
  stoppedBy: string,
  result: string,
  records: readonly StoredAuditRecord[],
): readonly string[] {
  const trail = records.filter(({ subject }) => subject === arn);
  const request = trail.find(({ event }) => event === 'StopRequested');
  const by = request?.actor.startsWith('sns:') ? 'order' : (request?.rule ?? 'nobody');
  const missing = (['StopRequested', 'StopAccepted', 'StopConfirmed'] as const).filter(
    (wanted) => !trail.some(({ event }) => event === wanted),
  );
  return [
    ...(result === 'STOPPED' ? [] : [`${arn} ended as ${result}`]),
    ...(by === stoppedBy ? [] : [`${arn} was stopped by ${by}, not ${stoppedBy}`]),
    ...missing.map((event) => `${arn} has no ${event} in the audit trail`),
  ];
}

/** Stops of work that should have been left alone. */
function strangers(expected: readonly Expected[], evidence: Evidence): readonly string[] {
  const wanted = new Set(expected.flatMap(({ arns, stoppedBy }) => (stoppedBy === undefined ? [] : arns)));
  return stopCalls(evidence.calls)
    .flatMap((call) => askedFor(call, evidence))
    .filter((arn) => !wanted.has(arn))
    .map((arn) => `${arn} was asked to stop`);
}

/** A stop of a run has records of its own, besides those of its jobs. */
function recordFaults(stop: Call, evidence: Evidence): readonly string[] {
  const { calls } = evidence;
  const index = calls.indexOf(stop);
  const [before, after] = [recordsIn(calls.slice(0, index)), recordsIn(calls.slice(index))];
  const has = (records: readonly StoredAuditRecord[], arn: string, wanted: string) =>
    records.some(({ subject, event, reason }) => subject === arn && event === wanted && reason !== '');
  return [...new Set([...stop.resources, ...askedFor(stop, evidence)])].flatMap((arn) => [
    ...(has(before, arn, 'StopRequested') ? [] : [`nothing announced the stop of ${arn}`]),
    ...(has(after, arn, 'StopAccepted') ? [] : [`nothing tells what became of the stop of ${arn}`]),
  ]);
}

/** The jobs and sessions that a stop call was about: of a run, what was left of it. */
function askedFor({ operation, resources, at }: Call, { emulator }: Evidence): readonly string[] {
  return operation === 'StopRun' ? resources.flatMap((run) => jobsLeft(emulator, run, at)) : resources;
}

function stopCalls(calls: readonly Call[]): readonly Call[] {
  return calls.filter(({ service, operation }) => service === 'devicefarm' && operation.startsWith('Stop'));
}

import type { StoredAuditRecord } from '../lambda/core/audit-record.ts';
import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import type { Call } from './aws/call-log.ts';
import { isRecord } from './aws/is-record.ts';
import type { Expected } from './day-of-work.ts';
import { jobsLeft, workFacts } from './work-facts.ts';

/** Everything that is left of the day to judge it by. */
export interface Evidence {
  readonly emulator: DeviceFarmEmulator;
  readonly calls: readonly Call[];
  readonly records: readonly StoredAuditRecord[];
}

export interface Finding {
  readonly promise: string;
  /** What speaks against it; absent when it was kept. */
  readonly but?: string;
}

/** Holds the day against what it should have shown. */
export function checkDay(expected: readonly Expected[], evidence: Evidence): readonly Finding[] {
  return [
    ...expected.map((one) => finding(one.promise, faultsOf(one, evidence))),
    finding('nothing else was stopped', strangers(expected, evidence)),
    finding('every stop was written down with its reason before it was asked for, and its outcome after', [
      ...new Set(stopCalls(evidence.calls).flatMap((call) => recordFaults(call, evidence))),
    ]),
  ];
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
      ...(stoppedBy === undefined ? [] : trailFaults(arn, stoppedBy, result, evidence.records)),
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
  const by = request?.actor.startsWith('sns:') ? 'manual' : (request?.rule ?? 'nobody');
  const missing = (['StopRequested', 'StopAccepted', 'StopConfirmed'] as const).filter(
    (wanted) => !trail.some(({ event }) => event === wanted),
  );
  return [
    ...(result === 'STOPPED' ? [] : [`${arn} ended as ${result}`]),
    ...(by === stoppedBy ? [] : [`${arn} was stopped by ${by}, not ${stoppedBy}`]),
    ...missing.map((event) => `${arn} has no ${event} in the audit trail`),
  ];
}

/** Stops of work that should have been left alone. What the reader stops by a message is the reader's own business. */
function strangers(expected: readonly Expected[], evidence: Evidence): readonly string[] {
  const { calls, records } = evidence;
  const wanted = new Set(expected.flatMap(({ arns, stoppedBy }) => (stoppedBy === undefined ? [] : arns)));
  return stopCalls(calls)
    .flatMap((call) => askedFor(call, evidence))
    .filter((arn) => !wanted.has(arn) && !records.some((record) => orderedByMessage(record, arn)))
    .map((arn) => `${arn} was asked to stop`);
}

function orderedByMessage({ subject, event, actor }: StoredAuditRecord, arn: string): boolean {
  return subject === arn && event === 'StopRequested' && actor.startsWith('sns:');
}

/** A stop of a run has records of its own, besides those of its jobs. */
function recordFaults(stop: Call, evidence: Evidence): readonly string[] {
  const { calls } = evidence;
  const index = calls.indexOf(stop);
  return [...new Set([...stop.resources, ...askedFor(stop, evidence)])].flatMap((arn) => {
    const before = calls.slice(0, index).some((call) => writes(call, arn, 'StopRequested'));
    const after = calls.slice(index).some((call) => writes(call, arn, 'StopAccepted'));
    return [
      ...(before ? [] : [`nothing announced the stop of ${arn}`]),
      ...(after ? [] : [`nothing tells what became of the stop of ${arn}`]),
    ];
  });
}

/** The jobs and sessions that a stop call was about: of a run, what was left of it. */
function askedFor({ operation, resources, at }: Call, { emulator }: Evidence): readonly string[] {
  return operation === 'StopRun' ? resources.flatMap((run) => jobsLeft(emulator, run, at)) : resources;
}

function writes({ operation, input }: Call, subject: string, event: string): boolean {
  if (operation !== 'PutItem' || !isRecord(input) || !isRecord(input.Item)) return false;
  const { Item } = input;
  return textOf(Item.subject) === subject && textOf(Item.event) === event && textOf(Item.reason) !== '';
}

function textOf(attribute: unknown): string {
  return isRecord(attribute) && typeof attribute.S === 'string' ? attribute.S : '';
}

function stopCalls(calls: readonly Call[]): readonly Call[] {
  return calls.filter(({ service, operation }) => service === 'devicefarm' && operation.startsWith('Stop'));
}

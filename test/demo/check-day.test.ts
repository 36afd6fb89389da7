import { describe, expect, it } from 'vitest';
import type { AuditEvent, StoredAuditRecord } from '../../lambda/core/audit-record.ts';
import { checkDay, type Evidence } from '../../demo/check-day.ts';
import type { Expected } from '../../demo/day-of-work.ts';
import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { Call } from '../../demo/aws/call-log.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const EVENTS = ['StopRequested', 'StopAccepted', 'StopConfirmed'] as const;

/** Two finished jobs: one that was stopped for the rule `long`, one that nobody touched. */
function finishedDay() {
  const emulator = new DeviceFarmEmulator({ now: () => NOW });
  const project = emulator.addProject();
  const created = NOW - 3 * 3_600_000;
  const { jobs } = emulator.addRun({ project, created, jobs: [{ result: 'STOPPED' }, {}] });
  const [stopped = '', untouched = ''] = jobs;
  const calls: Call[] = [put(stopped, 'StopRequested'), stopCall(stopped), put(stopped, 'StopAccepted')];
  const records = EVENTS.map((event) => record(stopped, event));
  const expected: readonly Expected[] = [
    { promise: 'one was stopped', arns: [stopped], stoppedBy: 'long' },
    { promise: 'one was left alone', arns: [untouched] },
  ];
  return { emulator, stopped, untouched, calls, records, expected };
}

/** A run whose two last jobs were stopped by one call; the first had passed before. */
function dayOfWholeRun() {
  const emulator = new DeviceFarmEmulator({ now: () => NOW });
  const project = emulator.addProject();
  const stopped = { result: 'STOPPED', testMinutes: 60 } as const;
  const created = NOW - 3 * 3_600_000;
  const { arn: run, jobs } = emulator.addRun({
    project,
    created,
    jobs: [{ testMinutes: 1 }, stopped, stopped],
  });
  const [passed = '', ...left] = jobs;
  const at = created + 30 * 60_000;
  const stop: Call = { ...stopCall(run), operation: 'StopRun', at };
  const subjects = [...left, run];
  const calls = [
    ...subjects.map((arn) => put(arn, 'StopRequested')),
    stop,
    ...subjects.map((arn) => put(arn, 'StopAccepted')),
  ];
  const records = left.flatMap((arn) => EVENTS.map((event) => record(arn, event)));
  const expected: readonly Expected[] = [
    { promise: 'the rest was stopped', arns: left, stoppedBy: 'long' },
    { promise: 'what had passed was left alone', arns: [passed] },
  ];
  return { emulator, run, left, stop, calls, records, expected };
}

function put(subject: string, event: AuditEvent): Call {
  const Item = { subject: { S: subject }, event: { S: event }, reason: { S: 'ran too long' } };
  return { at: NOW, service: 'dynamodb', operation: 'PutItem', resources: [], input: { Item } };
}

function stopCall(arn: string): Call {
  return { at: NOW, service: 'devicefarm', operation: 'StopJob', resources: [arn], input: { arn } };
}

function record(
  subject: string,
  event: AuditEvent,
  over: Partial<StoredAuditRecord> = {},
): StoredAuditRecord {
  return {
    subject,
    id: `001#${event}`,
    event,
    actor: 'schedule',
    reason: 'ran too long',
    mode: 'enforce',
    policyVersion: 'v',
    rule: 'long',
    at: '2026-11-23T12:00:00.000Z',
    day: '2026-11-23',
    ...over,
  };
}

function faults(day: Evidence & { readonly expected: readonly Expected[] }): readonly string[] {
  return checkDay(day.expected, day).flatMap(({ but }) => but ?? []);
}

describe('checkDay', () => {
  it('finds nothing wrong with a day on which all went as it should', () => {
    expect(faults(finishedDay())).toEqual([]);
  });

  it('notices a stop that did not happen', () => {
    const day = finishedDay();

    const found = faults({ ...day, calls: [], records: [] });

    expect(found.join()).toContain(`${day.stopped} was asked to stop 0 times`);
    expect(found.join()).toContain('has no StopConfirmed');
  });

  it('notices a second request for the same work', () => {
    const day = finishedDay();

    const found = faults({
      ...day,
      calls: [...day.calls, stopCall(day.stopped), put(day.stopped, 'StopAccepted')],
    });

    expect(found).toEqual([`${day.stopped} was asked to stop 2 times`]);
  });

  it('notices that another rule stopped it', () => {
    const day = finishedDay();
    const records = EVENTS.map((event) => record(day.stopped, event, { rule: 'budget' }));

    const found = faults({ ...day, records });

    expect(found).toEqual([`${day.stopped} was stopped by budget, not long`]);
  });

  it('notices that what should have been left alone was stopped', () => {
    const day = finishedDay();
    const { untouched } = day;
    const calls = [put(untouched, 'StopRequested'), stopCall(untouched), put(untouched, 'StopAccepted')];

    const found = faults({ ...day, calls: [...day.calls, ...calls] });

    expect(found).toEqual([`${untouched} was asked to stop 1 times`, `${untouched} was asked to stop`]);
  });

  it('lets the reader stop what no promise is about', () => {
    const day = finishedDay();
    const mine = 'arn:mine';
    const calls = [put(mine, 'StopRequested'), stopCall(mine), put(mine, 'StopAccepted')];
    const records = [record(mine, 'StopRequested', { actor: 'sns:1' })];

    const found = faults({ ...day, calls: [...day.calls, ...calls], records: [...day.records, ...records] });

    expect(found).toEqual([]);
  });

  it.each([
    ['was not announced', 0, /nothing announced the stop/],
    ['has no outcome', 2, /nothing tells what became of the stop/],
  ])('notices a stop that %s', (_, missing, message) => {
    const day = finishedDay();

    const found = faults({ ...day, calls: day.calls.filter((_call, index) => index !== missing) });

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });

  it('takes one stop of a run for a stop of each job that was left of it', () => {
    expect(faults(dayOfWholeRun())).toEqual([]);
  });

  it('notices a second stop of the same run', () => {
    const day = dayOfWholeRun();

    const found = faults({
      ...day,
      calls: day.calls.flatMap((call) => (call === day.stop ? [call, call] : [call])),
    });

    expect(found).toEqual([day.left.map((arn) => `${arn} was asked to stop 2 times`).join('; ')]);
  });

  it('notices that a stop of a run hit a job that should have been left alone', () => {
    const day = dayOfWholeRun();
    const [wanted = '', hit = ''] = day.left;

    const found = faults({ ...day, expected: [{ promise: 'one', arns: [wanted], stoppedBy: 'long' }] });

    expect(found).toEqual([`${hit} was asked to stop`]);
  });

  it.each(['left', 'run'] as const)('notices a stop of a run without an announcement for its "%s"', (of) => {
    const day = dayOfWholeRun();
    const [arn] = [day[of]].flat();
    const isIntent = ({ operation, input }: Call) =>
      operation === 'PutItem' && JSON.stringify(input).includes(`"${arn}"},"event":{"S":"StopRequested"}`);

    const found = faults({ ...day, calls: day.calls.filter((call) => !isIntent(call)) });

    expect(found).toEqual([`nothing announced the stop of ${arn}`]);
  });

  it('notices work that has not ended', () => {
    const day = finishedDay();
    const project = day.emulator.addProject();
    const { jobs } = day.emulator.addRun({ project, jobs: [{ testMinutes: 10 }] });

    const found = faults({ ...day, expected: [{ promise: 'ended', arns: jobs }] });

    expect(found.some((fault) => /is (PENDING|SCHEDULING|PREPARING|RUNNING)$/.test(fault))).toBe(true);
  });
});

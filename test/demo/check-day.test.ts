import { describe, expect, it } from 'vitest';
import type { Call } from '../../demo/aws/server.ts';
import { type Bill, checkDay, checkMoney, type Evidence, type Finding } from '../../demo/check-day.ts';
import type { Expected } from '../../demo/day-of-work.ts';
import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { SweepSummary } from '../../lambda/sweep/report.ts';
import { savingsOf } from '../../lambda/usage/savings.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;

/** Two finished jobs: one that was stopped for the rule `long`, one that nobody touched. */
function finishedDay() {
  const emulator = new DeviceFarmEmulator({ now: () => NOW });
  const project = emulator.addProject();
  const created = NOW - 180 * MINUTE;
  const { jobs } = emulator.addRun({ project, created, jobs: [{ result: 'STOPPED' }, {}] });
  const [stopped = '', untouched = ''] = jobs;
  const expected: readonly Expected[] = [
    { promise: 'one was stopped', arns: [stopped], stoppedBy: 'long' },
    { promise: 'one was left alone', arns: [untouched] },
  ];
  return { emulator, project, stopped, untouched, expected, calls: stopOf('StopJob', stopped, [stopped]) };
}

/** A run whose two last jobs were stopped by one call; the first had passed before. */
function dayOfWholeRun() {
  const emulator = new DeviceFarmEmulator({ now: () => NOW });
  const project = emulator.addProject();
  const stopped = { result: 'STOPPED', testMinutes: 60 } as const;
  const created = NOW - 180 * MINUTE;
  const { arn: run, jobs } = emulator.addRun({
    project,
    created,
    jobs: [{ testMinutes: 1 }, stopped, stopped],
  });
  const [passed = '', ...left] = jobs;
  const calls = stopOf('StopRun', run, [run, ...left], created + 30 * MINUTE);
  const expected: readonly Expected[] = [
    { promise: 'the rest was stopped', arns: left, stoppedBy: 'long' },
    { promise: 'what had passed was left alone', arns: [passed] },
  ];
  return { emulator, run, left, expected, calls };
}

/** The calls of one stop: intents, the stop itself, outcomes, confirmations. */
function stopOf(operation: string, arn: string, subjects: readonly string[], at = NOW): readonly Call[] {
  const stop: Call = { at, service: 'devicefarm', operation, resources: [arn], input: { arn }, sent: 0 };
  const each = (event: string) => subjects.map((subject) => put(subject, event));
  return [...each('StopRequested'), stop, ...each('StopAccepted'), ...each('StopConfirmed')];
}

function put(subject: string, event: string, rule = 'long', actor = 'schedule'): Call {
  const texts = { subject, id: event, event, reason: 'ran too long', rule, actor };
  const Item = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, { S: text }]));
  return {
    at: NOW,
    service: 'dynamodb',
    operation: 'PutItem',
    resources: [],
    input: { Item },
    sent: 0,
    status: 200,
  };
}

const isAbout = ({ input: { Item: item } }: Call, ...words: readonly string[]) =>
  words.every((word) => JSON.stringify(item)?.includes(`"S":"${word}"`));

const faultsOf = (findings: readonly Finding[]) => findings.flatMap(({ but }) => but ?? []);
const faults = (day: Evidence & { readonly expected: readonly Expected[] }) =>
  faultsOf(checkDay(day.expected, day));

describe('checkDay', () => {
  it.each([
    ['on which all went as it should', finishedDay],
    ['on which one call stopped what was left of a run', dayOfWholeRun],
  ])('finds nothing wrong with a day %s', (_, dayOf) => {
    expect(faults(dayOf())).toEqual([]);
  });

  it('notices a stop that did not happen', () => {
    const day = finishedDay();

    const found = faults({ ...day, calls: [] });

    expect(found.join()).toContain(`${day.stopped} was asked to stop 0 times`);
    expect(found.join()).toContain('has no StopConfirmed');
  });

  it('notices a second request for the same work', () => {
    const day = finishedDay();

    expect(faults({ ...day, calls: [...day.calls, ...day.calls] })).toEqual([
      `${day.stopped} was asked to stop 2 times`,
    ]);
  });

  it.each([
    ['another rule', 'budget', 'schedule', 'budget'],
    ['a message', 'long', 'sns:1', 'order'],
  ])('notices that %s stopped it', (_, rule, actor, by) => {
    const day = finishedDay();
    const calls = day.calls.map((call) =>
      isAbout(call, 'StopRequested') ? put(day.stopped, 'StopRequested', rule, actor) : call,
    );

    expect(faults({ ...day, calls })).toEqual([`${day.stopped} was stopped by ${by}, not long`]);
  });

  it('notices that what should have been left alone was stopped', () => {
    const day = finishedDay();
    const { untouched } = day;

    const found = faults({ ...day, calls: [...day.calls, ...stopOf('StopJob', untouched, [untouched])] });

    expect(found).toEqual([`${untouched} was asked to stop 1 times`, `${untouched} was asked to stop`]);
  });

  it('notices that a stop of a run hit a job that should have been left alone', () => {
    const day = dayOfWholeRun();
    const [wanted = '', hit = ''] = day.left;

    const found = faults({ ...day, expected: [{ promise: 'one', arns: [wanted], stoppedBy: 'long' }] });

    expect(found).toEqual([`${hit} was asked to stop`]);
  });

  it.each([
    ['StopRequested', 'nothing announced the stop of'],
    ['StopAccepted', 'nothing tells what became of the stop of'],
  ])('notices a stop of a run that has no %s of its own', (event, message) => {
    const day = dayOfWholeRun();

    const found = faults({ ...day, calls: day.calls.filter((call) => !isAbout(call, event, day.run)) });

    expect(found).toEqual([`${message} ${day.run}`]);
  });

  it('notices a record that was refused', () => {
    const day = finishedDay();
    const calls = day.calls.map((call) => (isAbout(call, 'StopRequested') ? { ...call, status: 400 } : call));

    expect(faults({ ...day, calls }).join()).toContain(`nothing announced the stop of ${day.stopped}`);
  });

  it('notices work that has not ended', () => {
    const day = finishedDay();
    const { jobs } = day.emulator.addRun({ project: day.project, jobs: [{ testMinutes: 10 }] });

    const found = faults({ ...day, expected: [{ promise: 'ended', arns: jobs }] });

    expect(found.some((fault) => fault.startsWith(`${jobs[0]} is `))).toBe(true);
  });
});

describe('checkMoney', () => {
  const bill = (dollars: number, minutes = 100): Bill => ({
    minutes,
    metered: minutes,
    money: dollars * 1e6,
  });
  const nothing = savingsOf([]).total;
  const figures = (spent: number) => ({ spent, worstCase: spent, forecast: null });

  function found({ minutes = 100, usd = 17, atMost = 20, likely = 5, unlimited = 30 } = {}) {
    const account = { project: null, kind: 'day', minutes: figures(minutes), usd: figures(usd) };
    const savings = {
      ...nothing,
      atMost: { minutes: 0, money: atMost * 1e6 },
      likely: { minutes: 0, money: likely * 1e6 },
    };
    const bills = { withAutoStop: bill(17), without: bill(unlimited), savings };
    const latest = { spend: [account] } as unknown as SweepSummary;
    return faultsOf(checkMoney(latest, bill(17), bills)).join();
  }

  it.each([
    ['the figures of the bill', {}],
    ['two percent more', { minutes: 102, usd: 17.34 }],
    ['two percent less', { minutes: 98, usd: 16.66 }],
    ['all that was avoided', { atMost: 13, likely: 13 }],
  ])('finds nothing wrong with %s', (_, figures) => {
    expect(found(figures)).toBe('');
  });

  it.each([
    ['minutes', { minutes: 102.1 }, 'counted 102.10 minutes, billed 100.00'],
    ['dollars', { usd: 16.6 }, 'counted 16.60 dollars, billed 17.00'],
    ['savings', { atMost: 12.99 }, 'at most $12.99, but $13.00 was avoided'],
    ['what is likely', { likely: 20.01 }, 'likely $20.01 is more than at most'],
  ])('notices that %s are wrong', (_, figures, fault) => {
    expect(found(figures)).toBe(fault);
  });

  it('notices that there is no figure', () => {
    const bills = { withAutoStop: bill(1), without: bill(1), savings: nothing };

    expect(faultsOf(checkMoney(undefined, bill(1), bills))).toEqual(['no figure for the account']);
  });
});

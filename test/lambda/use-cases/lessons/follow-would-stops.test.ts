import { describe, expect, it } from 'vitest';
import { WATCH_HOURS } from '../../../../lambda/core/lessons/watched-stop.ts';
import type { SessionSeed } from '../../../../emulator/seeding/seeds.ts';
import { type Guard, policyOf, startGuard } from '../../../harness/guard-in-process.ts';
import { AUDIT_TABLE, STATE_TABLE, textIn } from '../../../harness/table-service.ts';
import { addJob, addSession } from '../../../harness/work.ts';

const ENDLESS = Number.POSITIVE_INFINITY;

const startObserving = () => startGuard({ policy: { mode: 'observe' } });

/** A guard in observe mode that has just said, 65 minutes after the start, that it would stop a job of that many minutes. */
async function observedJob(minutes: number, job: Parameters<typeof addJob>[1] = {}) {
  const guard = await startObserving();
  const { arn, project } = addJob(guard, { testMinutes: minutes - 1, ...job });
  guard.pass(65);
  await guard.sweep();
  return { guard, arn, project };
}

async function sweepAfter(guard: Guard, minutes: number) {
  guard.pass(minutes);
  return guard.sweep();
}

const endOf = async (guard: Guard, arn: string) =>
  (await guard.trail(arn)).filter(({ event }) => event === 'WouldStopEnded');

const lessonOf = ({ lessons }: Awaited<ReturnType<Guard['sweep']>>) => lessons[0];

/** As though the state table had been lost: its watches and lessons at least. */
async function loseWatches(guard: Guard): Promise<void> {
  for (const watch of await guard.ports.watchedStops.all()) await guard.ports.watchedStops.close(watch);
}

describe('a would-be stop', () => {
  it('of a job that passes three minutes later was a false one, with minutes and money', async () => {
    const { guard, arn } = await observedJob(68);

    const early = await sweepAfter(guard, 2);
    const summary = await sweepAfter(guard, 3);

    expect(early.lessons).toEqual([]);
    expect(await endOf(guard, arn)).toMatchObject([
      {
        id: 'WouldStopEnded#long-jobs',
        rule: 'long-jobs',
        project: 'mobile',
        run: 'nightly',
        mode: 'observe',
        reason: expect.stringMatching(
          /^ended PASSED 3 min after it would have been stopped, having used 3 min and \$0\.51 more: .*killed/,
        ),
        details: { verdict: 'falseStop', result: 'PASSED', minutesToEnd: 3, meteredMinutesAfter: 3 },
      },
    ]);
    expect(lessonOf(summary)).toMatchObject({
      rule: 'long-jobs',
      ended: 1,
      falseStops: 1,
      falseStopRate: null,
      endedWithin: { half: 3, ninety: 3, all: 3 },
      falseMinutes: 3,
      savedMinutes: 0,
    });
    expect(await guard.ports.watchedStops.all()).toEqual([]);
  });

  it('of a job that hangs until its timeout was a right one, and enforcing would have saved the rest', async () => {
    const { guard, arn } = await observedJob(ENDLESS);

    const summary = await sweepAfter(guard, 90);

    expect((await endOf(guard, arn))[0]).toMatchObject({
      reason: expect.stringMatching(/^ran into its timeout 85 min after .* 85 min and \$14\.45 more/),
      details: { verdict: 'rightStop', result: 'STOPPED' },
    });
    expect(lessonOf(summary)).toMatchObject({
      rightStops: 1,
      falseStops: 0,
      savedMinutes: 85,
      savedUsd: 14.45,
    });
  });

  it('teaches each rule that is over, in whatever order they stand', async () => {
    const rules = (['long', 'longer'] as const).map((id) => {
      const maxMinutes = id === 'long' ? 30 : 60;
      return { id, type: 'job-duration' as const, maxMinutes };
    });
    const guard = await startGuard({ policy: { mode: 'observe', rules } });
    const { arn } = addJob(guard, { testMinutes: 67 });

    const told = [await sweepAfter(guard, 35), await sweepAfter(guard, 30)];
    const summary = await sweepAfter(guard, 10);

    expect(told.map(({ wouldStop }) => wouldStop)).toEqual([[arn], [arn]]);
    expect(
      summary.lessons.map(({ rule, falseStops, falseMinutes }) => [rule, falseStops, falseMinutes]),
    ).toEqual([
      ['long', 1, 33],
      ['longer', 1, 3],
    ]);
    expect((await endOf(guard, arn)).map(({ rule }) => rule)).toEqual(['long', 'longer']);
    const digests = guard.topic.messages.filter(({ subject }) => subject?.includes('would'));
    expect(digests).toHaveLength(1);
  });

  it('of a job that fails was a right one', async () => {
    const { guard } = await observedJob(75, { result: 'FAILED' });

    const summary = await sweepAfter(guard, 15);

    expect(lessonOf(summary)).toMatchObject({ rightStops: 1, savedMinutes: 10 });
  });

  it('of a job that somebody stopped teaches nothing but that', async () => {
    const { guard, arn } = await observedJob(120);
    await guard.send({ action: 'stop', target: arn, reason: 'by hand', requestedBy: 'ada' });

    const summary = await sweepAfter(guard, 5);

    expect((await endOf(guard, arn))[0]).toMatchObject({ details: { verdict: 'cutShort' } });
    expect(lessonOf(summary)).toMatchObject({ ended: 1, cutShort: 1, falseStops: 0, rightStops: 0 });
  });

  it('is cut short as well when its rule is enforced later', async () => {
    const { guard, arn } = await observedJob(120);

    await guard.sweep({ policy: policyOf() });
    guard.pass(5);
    const summary = await guard.sweep({ policy: policyOf() });

    expect(summary.confirmed).toEqual([arn]);
    expect(lessonOf(summary)).toMatchObject({ cutShort: 1 });
  });

  it('of a rule that observes in an enforcing policy is followed likewise', async () => {
    const guard = await startGuard({
      policy: { rules: [{ id: 'trial', type: 'job-duration', maxMinutes: 60, mode: 'observe' }] },
    });
    addJob(guard, { testMinutes: 67 });
    guard.pass(65);
    await guard.sweep();

    const summary = await sweepAfter(guard, 5);

    expect(summary.lessons).toMatchObject([{ rule: 'trial', falseStops: 1 }]);
  });

  it.each<[string, Partial<SessionSeed>, number, object]>([
    ['is closed says little', { sessionMinutes: 70 }, 10, { sessionsEnded: 1, falseStops: 0, rightStops: 0 }],
    ['nobody closed was a right one', {}, 95, { rightStops: 1, falseStops: 0 }],
  ])('of a session that %s', async (_, session, minutes, lesson) => {
    const guard = await startObserving();
    addSession(guard, session);
    guard.pass(65);
    await guard.sweep();

    const summary = await sweepAfter(guard, minutes);

    expect(lessonOf(summary)).toMatchObject(lesson);
  });

  it('of unmetered work costs nothing', async () => {
    const guard = await startObserving();
    addJob(guard, { testMinutes: 67 }, { billingMethod: 'UNMETERED' });
    guard.pass(65);
    await guard.sweep();

    const summary = await sweepAfter(guard, 5);

    expect(lessonOf(summary)).toMatchObject({
      falseStops: 1,
      falseMinutes: 0,
      falseUsd: 0,
      withoutMinutes: 0,
    });
  });

  it('of queued work tells after how many minutes it had started', async () => {
    const guard = await startGuard({
      policy: { mode: 'observe', rules: [{ id: 'stuck', type: 'queue-age', maxMinutes: 30 }] },
    });
    addJob(guard, { testMinutes: 9, startAfterMinutes: 40 });
    guard.pass(35);
    await guard.sweep();

    const summary = await sweepAfter(guard, 20);

    expect(lessonOf(summary)).toMatchObject({
      falseStops: 1,
      endedWithin: { all: 15 },
      startedWithin: { all: 5 },
      falseMinutes: 10,
    });
  });

  it('by a message of AWS is followed to its end by the sweeps', async () => {
    const guard = await startGuard({
      policy: { mode: 'observe', manualStop: { alarms: [{ name: 'burn', stop: 'all' }] } },
    });
    const { arn } = addJob(guard, { testMinutes: 22 });
    guard.pass(20);
    await guard.send({ AlarmName: 'burn', NewStateValue: 'ALARM', AWSAccountId: '123456789012' });

    const summary = await sweepAfter(guard, 5);

    expect(summary.lessons).toMatchObject([{ rule: 'alarm:burn', falseStops: 1, endedWithin: { all: 3 } }]);
    expect(await endOf(guard, arn)).toHaveLength(1);
  });

  it('has a rate once there are enough, and counts each of them once for two sweeps at once', async () => {
    const guard = await startObserving();
    const project = guard.emulator.addProject({ name: 'mobile' });
    const jobs = [67, 68, 69, 70, ENDLESS, ENDLESS].map((testMinutes) => ({ testMinutes }));
    guard.emulator.addRun({ project, name: 'nightly', jobs });
    guard.pass(65);
    await guard.sweep();
    guard.pass(90);

    await Promise.all([guard.sweep(), guard.sweep({ in: guard.container() })]);
    const summary = await guard.sweep();

    expect(lessonOf(summary)).toMatchObject({
      ended: 6,
      falseStops: 4,
      rightStops: 2,
      falseStopRate: 0.667,
      endedWithin: { half: 4, ninety: 6, all: 6 },
      savedMinutes: 170,
    });
    const records = guard.journal.entries.filter(
      (one) => one.kind === 'record' && one.event === 'WouldStopEnded',
    );
    expect(records.filter((one) => one.kind === 'record' && !one.existed)).toHaveLength(6);
  });

  it('costs one listing for all jobs of a run that have ended', async () => {
    const guard = await startObserving();
    const project = guard.emulator.addProject({ name: 'mobile' });
    guard.emulator.addRun({ project, jobs: Array.from({ length: 6 }, () => ({ testMinutes: 67 })) });
    guard.pass(65);
    await guard.sweep();
    // Otherwise the run is listed while it settles, and the sweep has seen its jobs.
    guard.emulator.faults.add({ kind: 'emptyReply', operation: 'ListRuns' });

    const summary = await sweepAfter(guard, 5);

    expect(lessonOf(summary)).toMatchObject({ ended: 6 });
    expect(guard.emulator.requests.filter(({ operation }) => operation === 'GetJob')).toEqual([]);
  });

  it('teaches nothing about the rule once its limit is another', async () => {
    const { guard } = await observedJob(68);
    const raised = policyOf({
      mode: 'observe',
      rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 90 }],
    });

    guard.pass(5);
    const under = await guard.sweep({ policy: raised });
    const before = await guard.sweep();

    expect(under.lessons).toEqual([]);
    expect(before.lessons).toMatchObject([{ ended: 1 }]);
  });
});

describe('a would-be stop when something fails', () => {
  it('counts from its record when the watch was lost', async () => {
    const { guard } = await observedJob(78);
    await loseWatches(guard);
    await sweepAfter(guard, 5);

    const summary = await sweepAfter(guard, 10);

    expect(lessonOf(summary)).toMatchObject({ falseStops: 1, endedWithin: { all: 13 }, falseMinutes: 13 });
  });

  it('is forgotten without a wrong figure when the watch was lost and its work has ended', async () => {
    const { guard, arn } = await observedJob(68);
    await loseWatches(guard);

    const summary = await sweepAfter(guard, 5);

    expect(summary.lessons).toEqual([]);
    expect(await endOf(guard, arn)).toEqual([]);
  });

  it('is recorded at its end at the latest when the sweep dies between watch and record', async () => {
    const guard = await startObserving();
    const { arn } = addJob(guard, { testMinutes: 67 });
    guard.pass(65);
    const recover = guard.tables.fail({
      match: (call) => call.table === AUDIT_TABLE && textIn(call, 'event') === 'WouldStop',
    });
    await guard.sweep();
    recover();

    await sweepAfter(guard, 5);

    expect(await guard.eventsOf(arn)).toEqual(['WouldStop', 'WouldStopEnded']);
  });

  it('is learnt by the next sweep when the sweep dies after the record of its end', async () => {
    const { guard, arn } = await observedJob(68);
    const recover = guard.tables.fail({
      match: (call) => call.table === STATE_TABLE && textIn(call, 'pk') === 'lesson',
    });
    const failed = await sweepAfter(guard, 5);
    recover();

    const summary = await guard.sweep();

    expect(failed.problems).toContainEqual(expect.stringMatching(/^what long-jobs taught could not be kept/));
    expect(lessonOf(summary)).toMatchObject({ ended: 1, falseStops: 1 });
    expect(await endOf(guard, arn)).toHaveLength(1);
  });

  it('stays open while it cannot be read, and hides no other', async () => {
    const { guard, arn, project } = await observedJob(68);
    const other = addJob(guard, { testMinutes: 67 }, { project, created: guard.clock.now() - 65 * 60_000 });
    await guard.sweep();
    guard.emulator.faults.add({
      kind: 'error',
      name: 'AccessDeniedException',
      operation: 'GetJob',
      match: arn,
    });
    const hidden = guard.emulator.faults.add({ kind: 'emptyReply', operation: 'ListRuns' });

    const summary = await sweepAfter(guard, 5);
    hidden.remove();

    expect(summary.problems).toContainEqual(expect.stringMatching(`^${arn} could not be read: AccessDenied`));
    expect(await endOf(guard, other.arn)).toHaveLength(1);
    expect((await guard.ports.watchedStops.all()).map((watch) => watch.arn)).toEqual([arn]);
  });

  it('ends without a lesson when its work is gone', async () => {
    const { guard, arn } = await observedJob(68);
    guard.emulator.faults.add({ kind: 'emptyReply', operation: 'ListRuns' });
    guard.emulator.faults.add({ kind: 'error', name: 'NotFoundException', operation: 'GetJob', match: arn });

    const summary = await sweepAfter(guard, 5);

    expect(summary.lessons).toEqual([]);
    expect((await endOf(guard, arn))[0]).toMatchObject({
      reason: expect.stringContaining('no longer exists'),
      details: { verdict: 'unknown' },
    });
    expect(await guard.ports.watchedStops.all()).toEqual([]);
  });

  it('is given up when nothing can be read for longer than work lives', async () => {
    const { guard, arn } = await observedJob(68);
    guard.emulator.faults.add({ kind: 'emptyReply', operation: 'ListRuns' });
    guard.emulator.faults.add({
      kind: 'error',
      name: 'AccessDeniedException',
      operation: 'GetJob',
      match: arn,
    });
    await sweepAfter(guard, WATCH_HOURS * 60);
    const before = await guard.ports.watchedStops.all();

    await sweepAfter(guard, 5);

    expect(before).toHaveLength(1);
    expect(await guard.ports.watchedStops.all()).toEqual([]);
    expect(await endOf(guard, arn)).toEqual([]);
  });

  it('is left to the next sweep when the time goes while runs are listed', async () => {
    const guard = await startObserving();
    const project = guard.emulator.addProject({ name: 'mobile' });
    for (let run = 0; run < 12; run += 1)
      guard.emulator.addRun({ project, jobs: [{ testMinutes: 67 }, { testMinutes: 67 }] });
    guard.pass(65);
    await guard.sweep();
    const hidden = guard.emulator.faults.add({ kind: 'emptyReply', operation: 'ListRuns' });
    guard.pass(5);
    const before = guard.emulator.requests.length;
    const listed = () =>
      guard.emulator.requests.slice(before).filter(({ operation }) => operation === 'ListJobs').length;

    const late = await guard.sweep({ msLeft: () => (listed() === 0 ? 200_000 : 14_000) });
    const listings = listed();
    hidden.remove();
    const summary = await guard.sweep();

    expect(listings).toBeLessThan(12);
    expect(late.problems).toContainEqual(expect.stringMatching(/^no time was left to follow/));
    expect(lessonOf(summary)).toMatchObject({ ended: 24 });
  });

  it('is left to the next sweep when no time is left', async () => {
    const { guard } = await observedJob(68);
    guard.pass(5);

    const late = await guard.sweep({ msLeft: () => 14_000 });
    const summary = await guard.sweep();

    expect(late.problems).toContainEqual(
      expect.stringMatching(/^no time was left to follow all would-be stops/),
    );
    expect(lessonOf(summary)).toMatchObject({ ended: 1 });
  });
});

describe('what observing has taught', () => {
  const told = (guard: Guard) => guard.topic.messages.map(({ subject }) => subject);

  it('is told with its sweep, in the log and in the audit trail', async () => {
    const { guard } = await observedJob(68);

    await sweepAfter(guard, 5);

    expect(guard.topic.messages.at(-1)).toMatchObject({
      subject: 'Device Farm auto-stop: what observing has taught',
      message: expect.stringContaining(
        '1 new: long-jobs: 1 would-be stop ended in 30 days; 1 of 1 false (too few for a rate, 5 are needed)',
      ),
    });
    expect(guard.lines.findLast(({ message }) => message === 'sweep finished')?.details).toMatchObject({
      lessons: [{ rule: 'long-jobs', falseStops: 1 }],
    });
    expect((await guard.trail('sweep#2026-08-07')).at(-1)?.details).toMatchObject({
      lessons: [{ rule: 'long-jobs', ended: 1, falseStops: 1, falseStopRate: null }],
    });
  });

  it('has a message of its own once a day at most, and a place in every other digest', async () => {
    const { guard, project } = await observedJob(68);
    const add = (testMinutes: number) =>
      addJob(guard, { testMinutes }, { project, created: guard.clock.now() - 65 * 60_000 });
    add(71);
    await guard.sweep();
    await sweepAfter(guard, 5);

    await sweepAfter(guard, 5);
    add(120);
    add(67);
    await guard.sweep();
    add(130);
    await sweepAfter(guard, 5);

    expect(told(guard).filter((subject) => subject?.includes('taught'))).toHaveLength(1);
    expect(guard.topic.messages.at(-1)).toMatchObject({
      subject: 'Device Farm auto-stop: would stop 1',
      message: expect.stringContaining('1 new: long-jobs: 3 would-be stops ended'),
    });
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CommandUnfinishedError } from '../../../../lambda/core/errors.ts';
import type { PolicyInput } from '../../../../lambda/core/policy/schema.ts';
import type { JobSeed, ProjectSeed, RunSeed } from '../../../../emulator/seeding/seeds.ts';
import { ACCOUNT, type Guard, startGuard } from '../../../harness/guard-in-process.ts';
import { queries, touches, writesEvent } from '../../../harness/table-service.ts';
import { addJob, addSession, shown } from '../../../harness/work.ts';

const BUDGET_TEXT = golden('budgets-notification.txt');
const ALARM = golden('cloudwatch-alarm.json');
const EVERYTHING = { action: 'stop', target: 'account', confirm: ACCOUNT };
const DENIED = { kind: 'error', name: 'AccessDeniedException', operation: 'StopJob' } as const;
const EXEMPTION = {
  id: 'release',
  match: { runs: ['release-*'] },
  until: '2026-12-01T00:00:00Z',
  owner: 'mobile',
  reason: 'store release',
};

function golden(name: string): string {
  return readFileSync(new URL(`../../../golden/${name}`, import.meta.url), 'utf8');
}

/** A guard without rules that matter, with one job 20 minutes old. */
async function guardWithJob(policy: Partial<PolicyInput> = {}, job: JobSeed = {}, runName = 'nightly') {
  const guard = await startGuard({ policy });
  const work = addJob(guard, job, { name: runName });
  guard.pass(20);
  return { guard, ...work };
}

/** Every ARN that is STOPPING or was STOPPED. */
function stoppedOf(guard: Guard, arns: readonly string[]): readonly string[] {
  return arns.filter((arn) => shown(guard, arn) === 'STOPPING' || shown(guard, arn, 'result') === 'STOPPED');
}

const subjects = (guard: Guard) => guard.topic.messages.map(({ subject }) => subject);

describe('stopByMessage: who may do what', () => {
  it.each([
    { what: 'a job', target: 'arn' as const },
    { what: 'its run', target: 'run' as const },
    { what: 'its project', target: 'project' as const },
    { what: 'the account', target: undefined },
  ])('an operator who names $what is obeyed in observe mode too', async ({ target }) => {
    const { guard, ...work } = await guardWithJob({ mode: 'observe' });
    const order = target ? { action: 'stop', target: work[target], requestedBy: 'kim' } : EVERYTHING;

    const result = await guard.send(order, { id: 'm1' });

    expect(result).toEqual({ status: 'done', stopped: [work.arn], wouldStop: [] });
    expect((await guard.trail(work.arn))[0]).toMatchObject({ event: 'StopRequested', actor: 'sns:m1' });
    expect(await guard.eventsOf('guard')).toEqual(['CommandReceived']);
    expect(subjects(guard)).toEqual(['Device Farm manual stop: 1 stopped']);
    guard.journal.expectStopsExplained();
  });

  it('an operator stops a session', async () => {
    const guard = await startGuard();
    const session = addSession(guard);
    guard.pass(5);

    const result = await guard.send({ action: 'stop', target: session });

    expect(result).toMatchObject({ stopped: [session] });
  });

  it.each([
    { target: 'arn' as const, extra: {}, stops: true },
    { target: 'run' as const, extra: {}, stops: true },
    { target: 'project' as const, extra: {}, stops: false },
    { target: 'project' as const, extra: { ignoreExemptions: true }, stops: true },
    { target: 'account' as const, extra: { confirm: ACCOUNT }, stops: false },
    { target: 'account' as const, extra: { confirm: ACCOUNT, ignoreExemptions: true }, stops: true },
  ])('an exempt item named by $target with $extra is stopped: $stops', async ({ target, extra, stops }) => {
    const { guard, ...work } = await guardWithJob({ exemptions: [EXEMPTION] }, {}, 'release-1');
    const named = target === 'account' ? 'account' : work[target];

    const result = await guard.send({ action: 'stop', target: named, ...extra });

    expect(result).toMatchObject({ status: 'done', stopped: stops ? [work.arn] : [] });
    expect(guard.topic.messages[0]?.message).toContain(stops ? 'Stopped (1)' : 'exemption release');
  });

  const triggers = [
    { what: 'budget', text: BUDGET_TEXT, rule: 'budget:Test Budget' },
    { what: 'alarm', text: ALARM, rule: `alarm:${JSON.parse(ALARM).AlarmName}` },
  ];
  const allowed = (stop: 'queued' | 'all') => ({
    manualStop: {
      budgets: [{ name: 'Test Budget', stop }],
      alarms: [{ name: String(JSON.parse(ALARM).AlarmName), stop }],
    },
  });

  it.each(triggers)('a listed $what stops in enforce mode, but nothing exempt', async ({ text, rule }) => {
    const { guard, arn, project } = await guardWithJob({ ...allowed('all'), exemptions: [EXEMPTION] });
    const exempt = addJob(guard, {}, { project, name: 'release-1', created: guard.clock.now() - 60_000 });

    const result = await guard.send(text);

    expect(result).toMatchObject({ status: 'done', stopped: [arn] });
    expect((await guard.trail(arn))[0]).toMatchObject({ rule, mode: 'enforce' });
    expect(stoppedOf(guard, [arn, exempt.arn])).toEqual([arn]);
    guard.journal.expectStopsExplained();
  });

  it.each(triggers)(
    'a listed $what records once what it would stop in observe mode',
    async ({ text, rule }) => {
      const { guard, arn } = await guardWithJob({ mode: 'observe', ...allowed('all') });

      const results = [await guard.send(text, { id: 'm1' }), await guard.send(text, { id: 'm2' })];

      expect(results).toMatchObject([{ wouldStop: [arn] }, { wouldStop: [arn] }]);
      expect(await guard.trail(arn)).toMatchObject([{ event: 'WouldStop', rule, mode: 'observe' }]);
      expect(guard.journal.stops()).toEqual([]);
      expect(subjects(guard)).toEqual(Array(2).fill('Device Farm manual stop: would stop 1'));
    },
  );

  it.each(triggers)('a $what that may stop queued work leaves started work alone', async ({ text }) => {
    const { guard, arn, project } = await guardWithJob(allowed('queued'));
    const created = guard.clock.now() - 60_000;
    const queued = addJob(guard, { status: 'PENDING_DEVICE' }, { project, created });

    const result = await guard.send(text);

    expect(result).toMatchObject({ stopped: [queued.arn] });
    expect(shown(guard, arn)).toBe('RUNNING');
  });

  it.each(triggers)(
    'a $what that the policy does not list is answered and stops nothing',
    async ({ text }) => {
      const { guard } = await guardWithJob();

      const result = await guard.send(text);

      expect(result.status).toBe('rejected');
      expect(guard.journal.stops()).toEqual([]);
    },
  );
});

describe('stopByMessage: what it stops', () => {
  it('leaves work alone that was created after the message was sent', async () => {
    const { guard, arn, project } = await guardWithJob();
    const sentAt = guard.clock.now() - 60_000;
    const later = addJob(guard, {}, { project, created: sentAt + 1_000 });

    const result = await guard.send({ action: 'stop', target: project }, { sentAt });

    expect(result).toMatchObject({ stopped: [arn] });
    expect(stoppedOf(guard, [arn, later.arn])).toEqual([arn]);
  });

  it('stops only queued jobs of a run when asked to', async () => {
    const guard = await startGuard();
    const project = guard.emulator.addProject();
    const jobs = [{ testMinutes: 60 }, { status: 'PENDING_DEVICE' as const }];
    const run = guard.emulator.addRun({ project, jobs });
    guard.pass(5);

    const result = await guard.send({ action: 'stop', target: run.arn, include: 'queued' });

    expect(result).toMatchObject({ stopped: [run.jobs[1]] });
    expect(shown(guard, run.jobs[0] ?? '')).toBe('RUNNING');
  });

  it.each(['COMPLETED', 'STOPPING'])('is done at once with a job that is %s', async (status) => {
    const { guard, arn } = await guardWithJob({}, { override: { status } });

    const result = await guard.send({ action: 'stop', target: arn });

    expect(result).toEqual({ status: 'done', stopped: [], wouldStop: [] });
    expect(guard.topic.messages[0]?.message).toContain('Nothing to stop (1)');
  });

  it.each(['run', 'project'] as const)('answers that a %s does not exist', async (kind) => {
    const { guard, ...work } = await guardWithJob();
    const nothing = work[kind].replace(/[0-9a-f]{12}$/, 'ffffffffffff');

    const result = await guard.send({ action: 'stop', target: nothing });

    expect(result).toMatchObject({ status: 'rejected', reason: expect.stringContaining('does not exist') });
    expect(await guard.eventsOf('guard')).toEqual(['CommandReceived', 'CommandRejected']);
  });

  it('says so when there is nothing to stop', async () => {
    const guard = await startGuard();

    const result = await guard.send(EVERYTHING);

    expect(result).toEqual({ status: 'done', stopped: [], wouldStop: [] });
    expect(guard.topic.messages[0]?.message).toContain('There was nothing to stop.');
  });

  it('leaves alone what it cannot judge, and says so', async () => {
    const { guard, arn, project } = await guardWithJob({}, { override: { status: 'DREAMING' } });

    const result = await guard.send({ action: 'stop', target: project });

    expect(result).toMatchObject({ stopped: [] });
    expect(guard.topic.messages[0]?.message).toContain(`${arn}: status "DREAMING" is not known`);
    expect(await guard.trail(arn)).toEqual([]);
  });
});

describe('stopByMessage: messages that are no order', () => {
  it.each([
    { what: 'text', body: 'please stop everything' },
    { what: 'an unknown action', body: { action: 'explode', target: 'account' } },
    { what: 'the account without its id', body: { action: 'stop', target: 'account' } },
    { what: 'noise', body: 'x'.repeat(256 * 1024) },
    { what: 'a list', body: Array(1000).fill(`arn:aws:devicefarm:us-west-2:${ACCOUNT}:project:p`) },
    { what: 'an old order', body: EVERYTHING, ageMinutes: 61 },
  ])(
    '$what is answered once, also when it comes again, and stops nothing',
    async ({ body, ageMinutes = 0 }) => {
      const { guard } = await guardWithJob();
      const how = { id: 'm1', sentAt: guard.clock.now() - ageMinutes * 60_000 };
      const asked = guard.emulator.requests.length;

      const results = [await guard.send(body, how), await guard.send(body, how)];

      expect(results).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
      expect(await guard.trail('guard')).toMatchObject([{ event: 'CommandRejected', actor: 'sns:m1' }]);
      expect(subjects(guard)).toEqual(['Device Farm manual stop: message rejected']);
      expect(guard.emulator.requests).toHaveLength(asked);
    },
  );

  it('an alarm that is over is ignored without an answer', async () => {
    const { guard } = await guardWithJob();

    const result = await guard.send(ALARM.replace('"ALARM"', '"OK"'));

    expect(result.status).toBe('ignored');
    expect(await guard.eventsOf('guard')).toEqual([]);
    expect(guard.topic.messages).toEqual([]);
  });

  it('answers when the message comes again if the topic failed at first', async () => {
    const { guard } = await guardWithJob();
    const revive = breakTopic(guard);
    await expect(guard.send('hello', { id: 'm1' })).rejects.toThrow('could not be published');
    revive();
    guard.pass(1);

    const result = await guard.send('hello', { id: 'm1' });

    expect(result.status).toBe('rejected');
    expect(guard.topic.messages).toHaveLength(1);
  });
});

describe('stopByMessage: messages that come again', () => {
  it('does a finished command once: no call, no record, no answer again', async () => {
    const { guard, arn } = await guardWithJob();
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });
    await guard.send(EVERYTHING, { id: 'm1' });
    guard.pass(30);
    const requests = guard.emulator.requests.length;

    const result = await guard.send(EVERYTHING, { id: 'm1', sentAt: guard.clock.now() - 30 * 60_000 });

    expect(result).toEqual({ status: 'doneBefore' });
    expect(guard.emulator.requests).toHaveLength(requests);
    expect(await guard.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted']);
    expect(guard.topic.messages).toHaveLength(1);
  });

  it('finishes what the first delivery could not do, and repeats nothing', async () => {
    const { guard, arn, project } = await guardWithJob();
    const other = addJob(guard, {}, { project, created: guard.clock.now() - 60_000 });
    const fault = guard.emulator.faults.add({ ...DENIED, match: arn });

    const first = guard.send(EVERYTHING, { id: 'm1' });
    await expect(first).rejects.toThrow(CommandUnfinishedError);
    await expect(first).rejects.toThrow(/1 of 2 stops are not done.*AccessDenied/);
    expect(guard.metrics.at(-1)).toEqual({ stops: 1, failedStops: 1, accessDenied: 1 });
    fault.remove();
    const second = await guard.send(EVERYTHING, { id: 'm1' });

    expect(second).toMatchObject({ status: 'done', stopped: [arn] });
    expect(guard.journal.requestsFor(other.arn)).toHaveLength(1);
    expect(stoppedOf(guard, [arn, other.arn])).toEqual([arn, other.arn]);
    expect(guard.topic.messages).toHaveLength(1);
    guard.journal.expectStopsExplained();
  });

  it('keeps to the first list of targets', async () => {
    const { guard, arn, project } = await guardWithJob();
    guard.emulator.faults.add({
      kind: 'error',
      name: 'InternalServiceException',
      operation: 'StopJob',
      times: 1,
    });
    const sentAt = guard.clock.now();
    await expect(guard.send(EVERYTHING, { id: 'm1', sentAt })).rejects.toThrow(CommandUnfinishedError);
    const unseen = addJob(guard, {}, { project, created: sentAt - 1_000 });

    const result = await guard.send(EVERYTHING, { id: 'm1', sentAt });

    expect(result).toMatchObject({ stopped: [arn] });
    expect(stoppedOf(guard, [arn, unseen.arn])).toEqual([arn]);
  });

  it('stops what it could see, and the rest when the message comes again', async () => {
    const { guard, arn } = await guardWithJob();
    const hidden = addJob(guard, {}, { created: guard.clock.now() - 60_000 });
    const fault = guard.emulator.faults.add({ kind: 'html', operation: 'ListRuns', match: hidden.project });

    await expect(guard.send(EVERYTHING, { id: 'm1' })).rejects.toThrow(CommandUnfinishedError);
    const seen = stoppedOf(guard, [arn, hidden.arn]);
    fault.remove();
    const result = await guard.send(EVERYTHING, { id: 'm1' });

    expect(seen).toEqual([arn]);
    expect(result).toMatchObject({ status: 'done', stopped: [hidden.arn] });
    guard.journal.expectStopsExplained();
  });

  it('goes on where the time of the first delivery ended', async () => {
    const { guard, project } = await guardWithJob();
    const created = guard.clock.now() - 60_000;
    const more = [1, 2, 3, 4, 5].map(() => addJob(guard, {}, { project, created }).arn);
    const msLeft = () => (guard.journal.stops().length < 3 ? 60_000 : 14_000);

    await expect(guard.send(EVERYTHING, { id: 'm1', msLeft })).rejects.toThrow('no time was left');
    const result = await guard.send(EVERYTHING, { id: 'm1' });

    expect(result.status).toBe('done');
    expect(stoppedOf(guard, more)).toEqual(more);
    expect(guard.journal.stops()).toHaveLength(6);
    guard.journal.expectStopsExplained();
  });

  it('waits for another invocation that is stopping the same job', async () => {
    const { guard, arn } = await guardWithJob();
    let arrive = () => {};
    let reply = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const until = () => {
      arrive();
      return new Promise<void>((resolve) => {
        reply = resolve;
      });
    };
    guard.emulator.faults.add({ kind: 'slow', operation: 'StopJob', when: 'before', until });
    const other = guard.send({ action: 'stop', target: arn }, { id: 'other', in: guard.container() });
    await arrived;

    const refused = guard.send({ action: 'stop', target: arn }, { id: 'm1' });
    await expect(refused).rejects.toThrow('another invocation is stopping it');
    reply();
    await other;
    const again = await guard.send({ action: 'stop', target: arn }, { id: 'm1' });

    expect(again).toMatchObject({ status: 'done', stopped: [] });
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
  });

  it('stops each item once when it is delivered twice at once', async () => {
    const { guard, arn } = await guardWithJob();
    const deliver = () => guard.send(EVERYTHING, { id: 'm1', in: guard.container() });

    const results = await Promise.allSettled([deliver(), deliver()]);
    await guard.send(EVERYTHING, { id: 'm1' });

    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
    guard.journal.expectStopsExplained();
  });

  it.each([
    { what: 'the outcome', match: writesEvent('StopAccepted') },
    { what: 'that the command is done', match: isDone },
    { what: 'the list of targets', match: touches('PutItem', 'command') },
    { what: 'the command', match: writesEvent('CommandReceived') },
  ])('comes to its end when $what could not be written at first', async ({ match }) => {
    const { guard, arn } = await guardWithJob();
    guard.tables.fail({ match, times: 1 });

    await expect(guard.send(EVERYTHING, { id: 'm1' })).rejects.toThrow();
    guard.pass(1);
    const result = await guard.send(EVERYTHING, { id: 'm1' });

    expect(result.status).toBe('done');
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
    expect(guard.topic.messages.length).toBeGreaterThanOrEqual(1);
    guard.journal.expectStopsExplained();
  });

  it('answers when the message comes again if the topic failed at first, and stops nothing twice', async () => {
    const { guard, arn } = await guardWithJob();
    const revive = breakTopic(guard);
    await expect(guard.send(EVERYTHING, { id: 'm1' })).rejects.toThrow('could not be published');
    revive();
    guard.pass(1);

    const result = await guard.send(EVERYTHING, { id: 'm1' });

    expect(result.status).toBe('done');
    expect(guard.topic.messages).toHaveLength(1);
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
  });

  it('is not lost when the projects cannot be listed', async () => {
    const { guard, arn } = await guardWithJob();
    const fault = guard.emulator.faults.add({
      kind: 'error',
      name: 'AccessDeniedException',
      operation: 'ListProjects',
    });
    await expect(guard.send(EVERYTHING, { id: 'm1' })).rejects.toThrow('AccessDenied');
    fault.remove();

    const result = await guard.send(EVERYTHING, { id: 'm1' });

    expect(result).toMatchObject({ stopped: [arn] });
  });
});

describe('stopByMessage: what it knows of its targets', () => {
  const ACCOUNT_WITH = {
    account: { defaultJobTimeoutMinutes: 80, trialMinutes: { total: 0, remaining: 0 } },
  };
  /** 0 is none. */
  const noTimeout = { jobTimeoutMinutes: 0, defaultJobTimeoutMinutes: 0 };
  /** After 20 minutes, and half a minute of teardown. */
  const TIMEOUTS = [
    { of: 'the run', run: { jobTimeoutMinutes: 60 }, project: { defaultJobTimeoutMinutes: 40 }, left: 39.5 },
    {
      of: 'the project',
      run: { override: noTimeout },
      project: { defaultJobTimeoutMinutes: 40 },
      left: 19.5,
    },
    { of: 'the account', run: { override: noTimeout }, project: { override: noTimeout }, left: 59.5 },
  ];
  const LEVELS = ['arn', 'run', 'project', 'account'] as const;

  /** A job that is RUNNING for 20 minutes, and what an order calls it. */
  async function namedJob(run: Partial<RunSeed>, project: Partial<ProjectSeed>) {
    const guard = await startGuard({
      policy: { mode: 'observe', rules: [{ id: 'long', type: 'job-duration', maxMinutes: 1_000 }] },
      emulator: ACCOUNT_WITH,
    });
    const work = addJob(
      guard,
      {},
      { ...run, project: guard.emulator.addProject({ name: 'mobile', ...project }) },
    );
    guard.pass(20);
    // The sweeps are who read the account.
    await guard.sweep();
    const order = (level: (typeof LEVELS)[number]) =>
      level === 'account' ? EVERYTHING : { action: 'stop', target: work[level] };
    return { guard, order, ...work };
  }

  const confirmedOf = async (guard: Guard, arn: string) => {
    guard.pass(5);
    await guard.sweep();
    return (await guard.trail(arn)).find(({ event }) => event === 'StopConfirmed');
  };

  const CASES = TIMEOUTS.flatMap((timeout) => LEVELS.map((level) => ({ ...timeout, level })));

  it.each(CASES)(
    'counts what a stop of $level avoided up to the timeout of $of',
    async ({ run, project, level, left }) => {
      const { guard, arn, order } = await namedJob(run, project);

      await guard.send(order(level));

      expect(await confirmedOf(guard, arn)).toMatchObject({
        avoided: left,
        project: 'mobile',
        run: 'nightly',
        device: 'Google Pixel 8',
      });
    },
  );

  it.each(LEVELS)('knows the same when a message for $0 comes again', async (level) => {
    const { guard, arn, order } = await namedJob({ jobTimeoutMinutes: 60 }, {});
    const fault = guard.emulator.faults.add({ ...DENIED, match: arn });
    await expect(guard.send(order(level), { id: 'm1' })).rejects.toThrow(CommandUnfinishedError);
    fault.remove();

    await guard.send(order(level), { id: 'm1' });

    expect(await confirmedOf(guard, arn)).toMatchObject({
      avoided: 39.5,
      project: 'mobile',
      run: 'nightly',
    });
  });

  it('names the project of a session', async () => {
    const guard = await startGuard();
    const session = addSession(guard);
    guard.pass(5);

    await guard.send({ action: 'stop', target: session });

    expect(await guard.trail(session)).toMatchObject(Array(2).fill({ project: 'lab' }));
  });

  it('does without the timeout of the account when that cannot be read', async () => {
    const { guard, arn, order } = await namedJob({ override: noTimeout }, { override: noTimeout });
    guard.tables.fail({ match: queries('account') });

    const result = await guard.send(order('run'));

    expect(result).toMatchObject({ stopped: [arn] });
    expect(guard.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'problem', details: expect.anything() }),
    );
  });
});

describe('stopByMessage: what its answer tells', () => {
  const answers = (guard: Guard) =>
    guard.topic.messages.map(({ subject, message }) => ({ subject, message }));

  it('counts the stops of all deliveries', async () => {
    const { guard, arn, project } = await guardWithJob();
    const other = addJob(guard, {}, { project, created: guard.clock.now() - 60_000 });
    const fault = guard.emulator.faults.add({ ...DENIED, match: arn });
    await expect(guard.send(EVERYTHING, { id: 'm1' })).rejects.toThrow(CommandUnfinishedError);
    fault.remove();
    guard.pass(10);

    await guard.send(EVERYTHING, { id: 'm1' });

    const [answer] = answers(guard);
    expect(answer?.subject).toBe('Device Farm manual stop: 2 stopped');
    for (const one of [arn, other.arn])
      expect(answer?.message).toMatch(new RegExp(`Stopped \\(2\\):[^]*- ${one}`));
    expect(answer?.message).not.toContain('Nothing to stop');
  });

  it('counts what was stopped before the rest could be listed', async () => {
    const { guard, arn } = await guardWithJob();
    const queued = addJob(guard, { status: 'PENDING_DEVICE' }, { created: guard.clock.now() - 60_000 });
    const hidden = addJob(guard, {}, { created: guard.clock.now() - 60_000 });
    const fault = guard.emulator.faults.add({ kind: 'html', operation: 'ListRuns', match: hidden.project });
    await expect(guard.send(EVERYTHING, { id: 'm1' })).rejects.toThrow(CommandUnfinishedError);
    fault.remove();
    guard.pass(1);

    const result = await guard.send(EVERYTHING, { id: 'm1' });

    expect(result).toMatchObject({ stopped: [hidden.arn] });
    const [answer] = answers(guard);
    expect(answer?.subject).toBe('Device Farm manual stop: 3 stopped');
    for (const one of [arn, queued.arn, hidden.arn]) expect(answer?.message).toContain(`- ${one}\n`);
    expect(answer?.message).not.toContain('Left alone');
    guard.journal.expectStopsExplained();
  });

  it('counts a stop whose outcome the first delivery could not write', async () => {
    const { guard, arn } = await guardWithJob();
    guard.tables.fail({ match: writesEvent('StopAccepted'), times: 1 });
    await expect(guard.send({ action: 'stop', target: arn }, { id: 'm1' })).rejects.toThrow();

    await guard.send({ action: 'stop', target: arn }, { id: 'm1' });

    expect(answers(guard)).toMatchObject([{ subject: 'Device Farm manual stop: 1 stopped' }]);
  });

  it('does not count what somebody else is stopping', async () => {
    const { guard, arn } = await guardWithJob();
    await guard.send({ action: 'stop', target: arn }, { id: 'other' });

    await guard.send(EVERYTHING, { id: 'm1' });

    expect(answers(guard).map(({ subject }) => subject)).toEqual([
      'Device Farm manual stop: 1 stopped',
      'Device Farm manual stop: 0 stopped',
    ]);
  });

  it('does not count what there was no time for as a failed stop', async () => {
    const { guard, arn } = await guardWithJob();

    await expect(guard.send({ action: 'stop', target: arn }, { msLeft: () => 1 })).rejects.toThrow(
      'no time was left in this invocation',
    );

    expect(guard.metrics.at(-1)).toEqual({ stops: 0, failedStops: 0, accessDenied: 0 });
  });
});

describe('stopByMessage: messages that come late', () => {
  it('finishes a command that came in time', async () => {
    const { guard, arn, project } = await guardWithJob({}, { testMinutes: 1_000 });
    const other = addJob(guard, {}, { project, created: guard.clock.now() - 60_000 });
    const sentAt = guard.clock.now();
    const fault = guard.emulator.faults.add({ ...DENIED, match: arn });
    await expect(guard.send(EVERYTHING, { id: 'm1', sentAt })).rejects.toThrow(CommandUnfinishedError);
    fault.remove();
    guard.pass(90);
    const later = addJob(guard, {}, { project, created: guard.clock.now() - 60_000 });

    const result = await guard.send(EVERYTHING, { id: 'm1', sentAt });

    expect(result).toMatchObject({ status: 'done', stopped: [arn] });
    expect(stoppedOf(guard, [arn, other.arn, later.arn])).toEqual([arn, other.arn]);
    expect(await guard.eventsOf('guard')).toEqual(['CommandReceived']);
    expect(guard.topic.messages).toHaveLength(1);
  });

  it('answers a pause that came in time, and does not call it rejected', async () => {
    const guard = await startGuard();
    const sentAt = guard.clock.now();
    const revive = breakTopic(guard);
    await expect(guard.send({ action: 'pause' }, { id: 'm1', sentAt })).rejects.toThrow();
    revive();
    guard.pass(90);

    const result = await guard.send({ action: 'pause' }, { id: 'm1', sentAt });

    expect(result).toMatchObject({ status: 'steered' });
    expect(await guard.eventsOf('guard')).toEqual(['GuardPaused']);
  });

  it.each([
    { what: 'another message came in time', id: 'm11', minutes: 61 },
    { what: 'it is older than its targets are remembered', id: 'm1', minutes: 7 * 24 * 60 + 1 },
  ])('is rejected when $what', async ({ id, minutes }) => {
    const { guard, arn } = await guardWithJob();
    const sentAt = guard.clock.now();
    guard.emulator.faults.add(DENIED);
    await expect(guard.send({ action: 'stop', target: arn }, { id: 'm1', sentAt })).rejects.toThrow();
    guard.pass(minutes);

    const result = await guard.send({ action: 'stop', target: arn }, { id, sentAt });

    expect(result).toMatchObject({
      status: 'rejected',
      reason: expect.stringMatching(/^it was sent at .* ago/),
    });
  });
});

function breakTopic(guard: Guard): () => void {
  const answer = guard.topic.answer.bind(guard.topic);
  guard.topic.answer = async () => ({ kind: 'closed' });
  return () => {
    guard.topic.answer = answer;
  };
}

function isDone(call: Parameters<ReturnType<typeof touches>>[0]): boolean {
  return touches('PutItem', 'command')(call) && JSON.stringify(call.input).includes('"done":{"BOOL":true}');
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JobSeed } from '../../emulator/seeding/seeds.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { BEGIN } from '../support/begin.ts';
import { ACCOUNT } from '../support/local-auto-stop.ts';
import { addJob, addSession, shown } from '../support/work.ts';

const ALERT = golden('budgets-notification.txt');
const ALARM = golden('cloudwatch-alarm.json');
const EVERYTHING = { action: 'stop', target: 'account', confirm: ACCOUNT };
const DENIED = { kind: 'error', name: 'AccessDeniedException', operation: 'StopJob' } as const;
const hours = (count: number) => new Date(BEGIN + count * 3_600_000).toISOString();
const EXEMPTION = {
  id: 'release',
  match: { runs: ['release-*'] },
  until: hours(1_000),
  owner: 'mobile',
  reason: 'store release',
};
const listed = (stop: 'queued' | 'all') => ({
  manualStop: {
    budgets: [{ name: 'Test Budget', stop }],
    alarms: [{ name: 'device-farm-burn', stop }],
  },
});

function golden(name: string): string {
  return readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8');
}

/** AutoStop without rules that matter, with one job 20 minutes old. */
async function withJob(policy: Partial<PolicyInput> = {}, job: JobSeed = {}, runName = 'nightly') {
  const auto = await startAutoStop({ policy });
  const work = addJob(auto, { testMinutes: 1_000, ...job }, { name: runName, jobTimeoutMinutes: 1_000 });
  await auto.pass(20);
  return { auto, ...work };
}

/** Another job in the same project, a minute old. */
function addOther(auto: TestAutoStop, project: string, job: JobSeed = {}, name = 'other') {
  const created = auto.clock.now() - 60_000;
  return addJob(auto, { testMinutes: 1_000, ...job }, { project, name, created, jobTimeoutMinutes: 1_000 });
}

/** Every ARN that is STOPPING or was STOPPED. */
function stoppedOf(auto: TestAutoStop, arns: readonly string[]): readonly string[] {
  return arns.filter((arn) => shown(auto, arn) === 'STOPPING' || shown(auto, arn, 'result') === 'STOPPED');
}

const subjects = ({ topic }: TestAutoStop) =>
  topic.published.map(({ subject }) => subject.replace(`[AutoStop ${ACCOUNT}] `, ''));
const textOf = ({ topic }: TestAutoStop, index = 0) => topic.published[index]?.message ?? '';
const heldOf = async (auto: TestAutoStop, arn: string) =>
  (await auto.trail(arn)).filter(({ event }) => event === 'StopHeld').map(({ id }) => id);

/** Delivers a message as the queue does, every 5 minutes, until it is finished. */
async function deliver(auto: TestAutoStop, body: unknown, deliveries: number) {
  const sentAt = auto.clock.now();
  const results = [];
  for (let count = 0; count < deliveries; count += 1) {
    if (count > 0) await auto.pass(5);
    const result = await auto.send(body, { id: 'm1', sentAt });
    results.push(result);
    if (!result.retry) break;
  }
  return results;
}

describe('a person in a hurry', () => {
  it.each([
    { what: 'a job', target: 'arn' as const },
    { what: 'its run', target: 'run' as const },
    { what: 'its project', target: 'project' as const },
    { what: 'the account', target: undefined },
  ])('names $what and is obeyed in observe mode, while paused too', async ({ target }) => {
    const { auto, ...work } = await withJob({ mode: 'observe' });
    await auto.send({ action: 'pause' });

    const order = target ? { action: 'stop', target: work[target], requestedBy: 'kim' } : EVERYTHING;
    const result = await auto.send(order, { id: 'm1' });

    expect(result).toMatchObject({ status: 'done', retry: false });
    expect(stoppedOf(auto, [work.arn])).toEqual([work.arn]);
    expect((await auto.trail(work.arn))[0]).toMatchObject({ event: 'StopRequested', actor: 'sns:m1' });
    expect(subjects(auto)).toEqual(['paused', 'order done: 1 stopped']);
    expect(textOf(auto, 1)).toContain('mobile / nightly, Google Pixel 8');
    auto.journal.expectStopsExplained();
  });

  it('names a session', async () => {
    const auto = await startAutoStop();
    const session = addSession(auto);
    await auto.pass(5);

    expect(await auto.send({ action: 'stop', target: session })).toMatchObject({ stopped: [session] });
    expect(await auto.trail(session)).toMatchObject(Array(2).fill({ project: 'lab' }));
  });

  it.each([
    { target: 'arn' as const, extra: {}, stops: true },
    { target: 'run' as const, extra: {}, stops: true },
    { target: 'project' as const, extra: {}, stops: false },
    { target: 'project' as const, extra: { ignoreExemptions: true }, stops: true },
    { target: 'account' as const, extra: { confirm: ACCOUNT }, stops: false },
    { target: 'account' as const, extra: { confirm: ACCOUNT, ignoreExemptions: true }, stops: true },
  ])('names exempt work by $target with $extra: stopped $stops', async ({ target, extra, stops }) => {
    const { auto, ...work } = await withJob({ exemptions: [EXEMPTION] }, {}, 'release-1');
    const named = target === 'account' ? 'account' : work[target];

    const result = await auto.send({ action: 'stop', target: named, ...extra }, { id: 'm1' });

    expect(result).toMatchObject({ status: 'done' });
    expect(stoppedOf(auto, [work.arn])).toEqual(stops ? [work.arn] : []);
    expect(textOf(auto)).toContain(stops ? 'Stopped (1)' : 'Kept by exemptions (1)');
    expect(await heldOf(auto, work.arn)).toEqual(stops ? [] : ['StopHeld#sns:m1#exempt']);
  });

  it('leaves alone what was created after the message was sent', async () => {
    const { auto, arn, project } = await withJob();
    const sentAt = auto.clock.now() - 60_000;
    const later = addJob(auto, {}, { project, created: sentAt + 1_000 });

    await auto.send({ action: 'stop', target: project }, { sentAt });

    expect(stoppedOf(auto, [arn, later.arn])).toEqual([arn]);
  });

  it('wants only the queued jobs of a run', async () => {
    const auto = await startAutoStop();
    const project = auto.emulator.addProject();
    const run = auto.emulator.addRun({
      project,
      jobs: [{ testMinutes: 60 }, { status: 'PENDING_DEVICE' as const }],
    });
    await auto.pass(5);

    const result = await auto.send({ action: 'stop', target: run.arn, include: 'queued' });

    expect(result).toMatchObject({ status: 'done', stopped: [run.jobs[1]] });
    expect(shown(auto, run.jobs[0] ?? '')).toBe('RUNNING');
  });

  it('wants a run of three jobs gone, which is one call', async () => {
    const auto = await startAutoStop();
    const project = auto.emulator.addProject({ name: 'mobile' });
    const jobs = Array.from({ length: 3 }, () => ({ testMinutes: 60 }));
    const run = auto.emulator.addRun({ project, name: 'nightly', jobs });
    await auto.pass(5);

    await auto.send({ action: 'stop', target: run.arn });

    expect(auto.journal.stops().map(({ request }) => request.operation)).toEqual(['StopRun']);
    expect(stoppedOf(auto, run.jobs)).toEqual(run.jobs);
    expect(subjects(auto)).toEqual(['order done: 3 stopped']);
    auto.journal.expectStopsExplained();
  });

  it('wants a run gone of which one job shows no ARN', async () => {
    const { auto, arn, run } = await withJob();
    const item = { name: 'phantom', status: 'RUNNING' };
    auto.emulator.addRaw({ kind: 'job', parent: run, item });

    const results = await deliver(auto, { action: 'stop', target: run }, 3);

    expect(results).toMatchObject([{ status: 'done' }]);
    expect(shown(auto, arn)).toBe('STOPPING');
    expect(subjects(auto)).toEqual(['order done: 1 stopped']);
  });

  it('wants everything gone, also a run whose jobs are not listed yet', async () => {
    const { auto, project } = await withJob();
    const run = addOther(auto, project, { status: 'PENDING_DEVICE' });
    auto.emulator.faults.add({
      kind: 'rewritten',
      operation: 'ListJobs',
      match: run.run,
      rewrite: () => ({ jobs: [] }),
    });

    const result = await auto.send(EVERYTHING);

    expect(result).toMatchObject({ status: 'done', stopped: expect.arrayContaining([run.run]) });
    expect(subjects(auto)).toEqual(['order done: 2 stopped']);
    auto.journal.expectStopsExplained();
  });

  it.each(['COMPLETED', 'STOPPING'])('names a job that is %s, and is told so', async (status) => {
    const { auto, arn } = await withJob({}, { override: { status } });

    expect(await auto.send({ action: 'stop', target: arn })).toMatchObject({ status: 'done', stopped: [] });
    expect(textOf(auto)).toContain('Nothing to stop (1)');
  });

  it.each(['run', 'project'] as const)('names a %s that does not exist', async (kind) => {
    const { auto, ...work } = await withJob();
    const nothing = work[kind].replace(/[0-9a-f]{12}$/, 'ffffffffffff');

    const result = await auto.send({ action: 'stop', target: nothing });

    expect(result).toMatchObject({ status: 'rejected', reason: expect.stringContaining('does not exist') });
    expect(await auto.eventsOf('guard')).toEqual(['CommandReceived', 'CommandRejected']);
    expect(textOf(auto)).toContain('nothing was stopped: ');
  });

  it('is told when there is nothing to stop, and of what nobody can judge', async () => {
    const { auto, arn } = await withJob({}, { override: { status: 'DREAMING' } });

    const result = await auto.send(EVERYTHING);

    expect(result).toMatchObject({ status: 'done', stopped: [] });
    expect(textOf(auto)).toContain('status "DREAMING" is not known');
    expect(await auto.trail(arn)).toEqual([]);
  });
});

describe('a message of AWS', () => {
  const triggers = [
    { what: 'budget', text: ALERT, rule: 'budget:Test Budget' },
    { what: 'alarm', text: ALARM, rule: 'alarm:device-farm-burn' },
  ];

  it.each(triggers)('from a listed $what stops work, but nothing exempt', async ({ text, rule }) => {
    const { auto, arn, project } = await withJob({ ...listed('all'), exemptions: [EXEMPTION] });
    const exempt = addOther(auto, project, {}, 'release-1');

    const result = await auto.send(text);

    expect(result).toMatchObject({ status: 'done', stopped: [arn] });
    expect((await auto.trail(arn))[0]).toMatchObject({ rule, mode: 'enforce' });
    expect(await heldOf(auto, exempt.arn)).toEqual([`StopHeld#${rule}#exempt`]);
    auto.journal.expectStopsExplained();
  });

  it.each(triggers)('from a listed $what records once what it would stop', async ({ text, rule }) => {
    const { auto, arn } = await withJob({ mode: 'observe', ...listed('all') });
    await auto.send({ action: 'pause' });

    const results = [await auto.send(text, { id: 'm1' }), await auto.send(text, { id: 'm2' })];

    expect(results).toMatchObject(Array(2).fill({ status: 'observed', retry: false }));
    expect(await auto.trail(arn)).toMatchObject([{ event: 'WouldStop', rule, mode: 'observe' }]);
    expect(auto.journal.stops()).toEqual([]);
    expect(subjects(auto).slice(1)).toEqual(Array(2).fill('order: would stop 1'));
  });

  it.each(triggers)('from a $what for queued work leaves started work alone', async ({ text }) => {
    const { auto, arn, project } = await withJob(listed('queued'));
    const queued = addOther(auto, project, { status: 'PENDING_DEVICE' });

    expect(await auto.send(text)).toMatchObject({ stopped: [queued.arn] });
    expect(shown(auto, arn)).toBe('RUNNING');
  });

  it('from a budget waits for the end of a pause, and is made then', async () => {
    const { auto, arn } = await withJob(listed('all'));
    await auto.send({ action: 'pause', until: new Date(auto.clock.now() + 12 * 60_000).toISOString() });

    const results = await deliver(auto, ALERT, 10);

    expect(results.map(({ status }) => status)).toEqual(['notYet', 'notYet', 'notYet', 'done']);
    expect(results[0]?.reason).toMatch(/^paused until /);
    expect(await heldOf(auto, arn)).toEqual(['StopHeld#budget:Test Budget#paused']);
    expect(subjects(auto)).toEqual([
      'paused',
      'order not done yet: 0 stopped, 1 to do',
      'order done: 1 stopped',
    ]);
    expect(shown(auto, arn)).toBe('STOPPING');
  });

  it('from a budget stays within the cap, and goes on when the hour allows it', async () => {
    const { auto, arn, project } = await withJob({ ...listed('all'), safety: { maxStopsPerHour: 1 } });
    const other = addOther(auto, project);

    const results = await deliver(auto, ALERT, 30);

    expect(results[0]).toMatchObject({
      status: 'notYet',
      reason: expect.stringContaining('held by the cap'),
    });
    expect(results.length).toBe(13);
    expect(stoppedOf(auto, [arn, other.arn])).toEqual([arn, other.arn]);
    expect(subjects(auto)).toEqual(['order not done yet: 1 stopped, 1 to do', 'order done: 2 stopped']);
    auto.journal.expectStopsExplained();
  });

  it('from a budget stays within the cap when sweeps ask again for what was refused', async () => {
    const auto = await startAutoStop({ policy: { ...listed('all'), safety: { maxStopsPerHour: 1 } } });
    const arns = [addJob(auto), addJob(auto), addJob(auto)].map(({ arn }) => arn);
    const refusal = { kind: 'error', name: 'ServiceAccountException', operation: 'StopJob' } as const;
    const fault = auto.emulator.faults.add(refusal);
    await auto.send(ALERT, { messageId: 'm1' });
    fault.remove();

    for (let sweep = 0; sweep < 4; sweep += 1) {
      await auto.pass(5);
      await auto.sweep();
    }

    expect(stoppedOf(auto, arns)).toHaveLength(1);
  });

  it('does not count for the cap when a person sends it', async () => {
    const { auto, arn, project } = await withJob({ safety: { maxStopsPerHour: 1 } });
    const other = addOther(auto, project);

    await auto.send(EVERYTHING);

    expect(stoppedOf(auto, [arn, other.arn])).toEqual([arn, other.arn]);
  });
});

describe('a message that is no order', () => {
  it.each([
    { what: 'text', body: 'please stop everything' },
    { what: 'an unknown action', body: { action: 'explode', target: 'account' } },
    { what: 'the account without its id', body: { action: 'stop', target: 'account' } },
    { what: 'a budget that the policy does not list', body: ALERT },
    { what: 'an alarm that is an order too', body: { ...JSON.parse(ALARM), ...EVERYTHING } },
    { what: 'a target given twice', body: `{"action":"stop","target":"account","target":"a"}` },
    { what: 'an old order', body: EVERYTHING, ageMinutes: 61 },
  ])('$what is answered once and stops nothing', async ({ body, ageMinutes = 0 }) => {
    const { auto } = await withJob();
    const how = { id: 'm1', sentAt: auto.clock.now() - ageMinutes * 60_000 };
    const asked = auto.emulator.requests.length;

    const results = [await auto.send(body, how), await auto.send(body, how)];

    expect(results).toMatchObject(Array(2).fill({ status: 'rejected', retry: false }));
    expect(await auto.trail('guard')).toMatchObject([{ event: 'CommandRejected', actor: 'sns:m1' }]);
    expect(subjects(auto)).toHaveLength(1);
    expect(auto.emulator.requests).toHaveLength(asked);
  });

  it('says of a refused pause that AutoStop was not paused', async () => {
    const auto = await startAutoStop();

    await auto.send({ action: 'pause', until: 'tomorrow' });

    expect(auto.topic.published).toMatchObject([
      {
        subject: `[AutoStop ${ACCOUNT}] pause refused`,
        message: expect.stringMatching(/^AutoStop was not paused: until is "tomorrow"/),
      },
    ]);
  });

  it('of an alarm that is over is ignored without an answer', async () => {
    const { auto } = await withJob();

    expect(await auto.send(ALARM.replace('"ALARM"', '"OK"'))).toMatchObject({ status: 'ignored' });
    expect(await auto.eventsOf('guard')).toEqual([]);
    expect(auto.topic.published).toEqual([]);
  });

  it('is answered at the next delivery when the topic failed', async () => {
    const { auto } = await withJob();
    auto.topic.failures = 1;

    const results = await deliver(auto, 'hello', 3);

    expect(results).toMatchObject([
      { status: 'rejected', retry: true },
      { status: 'rejected', retry: false },
    ]);
    expect(auto.topic.published).toHaveLength(1);
  });
});

describe('Device Farm is down for 20 minutes while an order arrives', () => {
  it.each([
    { what: 'the account', order: () => EVERYTHING },
    { what: 'a run', order: (run: string) => ({ action: 'stop', target: run }) },
  ])('for $what: everything is stopped after it, and people are answered twice', async ({ order }) => {
    const { auto, arn, run } = await withJob();
    auto.emulator.faults.add({ kind: 'html', operation: '*' });
    const sentAt = auto.clock.now();
    const results = [];
    for (let minute = 0; minute <= 30; minute += 5) {
      if (minute === 20) auto.emulator.faults.clear();
      results.push(await auto.send(order(run), { id: 'm1', sentAt }));
      if (!results.at(-1)?.retry) break;
      await auto.pass(Math.max(0, (sentAt + (minute + 5) * 60_000 - auto.clock.now()) / 60_000));
    }

    expect(results.map(({ status }) => status)).toEqual(['notYet', 'notYet', 'notYet', 'notYet', 'done']);
    expect(shown(auto, arn)).toBe('STOPPING');
    expect(subjects(auto)).toEqual([expect.stringContaining('order not done yet'), 'order done: 1 stopped']);
    expect(textOf(auto)).toContain('tries again every 5 minutes for up to 27 hours');
    auto.journal.expectStopsExplained();
  });
});

describe('an order that comes again', () => {
  it('is done once: no call, no record, no answer again', async () => {
    const { auto, arn } = await withJob();
    auto.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });
    await auto.send(EVERYTHING, { id: 'm1' });
    await auto.pass(30);
    const requests = auto.emulator.requests.length;

    const result = await auto.send(EVERYTHING, { id: 'm1', sentAt: auto.clock.now() - 30 * 60_000 });

    expect(result).toMatchObject({ status: 'done', stopped: [] });
    expect(auto.emulator.requests).toHaveLength(requests);
    expect(await auto.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted']);
    expect(auto.topic.published).toHaveLength(1);
  });

  it('finishes what the first delivery could not do, and tells of all stops together', async () => {
    const { auto, arn, project } = await withJob();
    const other = addOther(auto, project);
    const fault = auto.emulator.faults.add({ ...DENIED, match: arn });
    const first = await auto.send(EVERYTHING, { id: 'm1' });
    const troubles = [...auto.troubles];
    fault.remove();
    await auto.pass(5);

    const second = await auto.send(EVERYTHING, { id: 'm1', sentAt: auto.clock.now() - 5 * 60_000 });

    expect(first).toMatchObject({
      status: 'notYet',
      stopped: [other.arn],
      reason: expect.stringContaining('AccessDenied'),
    });
    expect(troubles).toEqual([1]);
    expect(second).toMatchObject({ status: 'done', stopped: [arn] });
    expect(auto.journal.requestsFor(other.arn)).toHaveLength(1);
    expect(subjects(auto)).toEqual(['order not done yet: 1 stopped, 1 to do', 'order done: 2 stopped']);
    for (const run of ['nightly', 'other']) expect(textOf(auto, 1)).toContain(`mobile / ${run}`);
    auto.journal.expectStopsExplained();
  });

  it('keeps to the work that it first found', async () => {
    const { auto, arn, project } = await withJob();
    const fault = auto.emulator.faults.add(DENIED);
    const sentAt = auto.clock.now();
    await auto.send(EVERYTHING, { id: 'm1', sentAt });
    const unseen = addJob(auto, {}, { project, created: sentAt - 1_000 });
    fault.remove();

    expect(await auto.send(EVERYTHING, { id: 'm1', sentAt })).toMatchObject({ stopped: [arn] });
    expect(stoppedOf(auto, [arn, unseen.arn])).toEqual([arn]);
  });

  it('stops what it can see, and the rest when a failing project answers', async () => {
    const { auto, arn } = await withJob();
    const hidden = addOther(auto, auto.emulator.addProject({ name: 'hidden' }));
    const fault = auto.emulator.faults.add({ kind: 'html', operation: 'ListRuns', match: hidden.project });
    const first = await auto.send(EVERYTHING, { id: 'm1' });
    const seen = stoppedOf(auto, [arn, hidden.arn]);
    fault.remove();

    const second = await auto.send(EVERYTHING, { id: 'm1' });

    expect(first).toMatchObject({ status: 'notYet' });
    expect(seen).toEqual([arn]);
    expect(second).toMatchObject({ status: 'done', stopped: [hidden.arn] });
    expect(textOf(auto)).toContain('Could not be read (1)');
    expect(subjects(auto)[1]).toBe('order done: 2 stopped');
  });

  it('waits for one reply of Device Farm that lacks the status', async () => {
    const { auto, arn } = await withJob();
    auto.emulator.faults.add({ kind: 'missingMembers', members: ['status'], operation: 'GetJob', times: 2 });

    const results = await deliver(auto, { action: 'stop', target: arn }, 5);

    expect(results.map(({ status }) => status)).toEqual(['notYet', 'done']);
    expect(shown(auto, arn)).toBe('STOPPING');
  });

  it('goes on where the time of the first delivery ended', async () => {
    const { auto, project } = await withJob();
    const more = Array.from({ length: 5 }, () => addOther(auto, project).arn);

    const first = await auto.send(EVERYTHING, { id: 'm1', timeout: 14_000 });
    const second = await auto.send(EVERYTHING, { id: 'm1' });

    expect(first).toMatchObject({ status: 'notYet', stopped: [] });
    expect(first.reason).toContain('no time was left');
    expect(auto.troubles).toEqual([]);
    expect(second.status).toBe('done');
    expect(stoppedOf(auto, more)).toEqual(more);
    auto.journal.expectStopsExplained();
  });

  it('stops 20 runs in two deliveries when one has no time for all, and calls none of them failed', async () => {
    const { auto, project } = await withJob();
    const more = Array.from({ length: 20 }, () => addOther(auto, project).arn);
    const sentAt = auto.clock.now();

    const first = await auto.send(EVERYTHING, { id: 'm1', sentAt, timeout: 20_000 });
    await auto.pass(5);
    const second = await auto.send(EVERYTHING, { id: 'm1', sentAt });

    expect(first).toMatchObject({ status: 'notYet', reason: expect.stringContaining('no time was left') });
    expect(first.stopped.length).toBeGreaterThan(5);
    expect(second.status).toBe('done');
    expect(auto.troubles).toEqual([]);
    expect(more.map((arn) => shown(auto, arn))).not.toContain('RUNNING');
    expect(subjects(auto).at(-1)).toBe('order done: 21 stopped');
  });

  it('stops each item once when it is delivered twice at once', async () => {
    const { auto, arn } = await withJob();
    const deliverIn = () => auto.send(EVERYTHING, { id: 'm1', in: auto.container() });

    const results = await Promise.all([deliverIn(), deliverIn()]);
    await auto.send(EVERYTHING, { id: 'm1' });

    expect(results.some(({ retry }) => !retry)).toBe(true);
    expect(auto.journal.requestsFor(arn)).toHaveLength(1);
    expect(subjects(auto).filter((subject) => subject.startsWith('order done'))).toHaveLength(1);
    auto.journal.expectStopsExplained();
  });

  it.each(['StopAccepted', 'CommandReceived'])(
    'comes to its end when %s could not be written',
    async (event) => {
      const { auto, arn } = await withJob();
      auto.tables.fail({ match: ({ input }) => JSON.stringify(input).includes(`"${event}"`), times: 1 });

      const results = await deliver(auto, EVERYTHING, 4);

      expect(results.at(-1)).toMatchObject({ status: 'done', retry: false });
      expect(auto.journal.requestsFor(arn)).toHaveLength(1);
      expect(subjects(auto).at(-1)).toMatch(/^order done/);
      // What the order could not record, whoever follows the stop does.
      await auto.pass(5);
      await auto.sweep();
      auto.journal.expectStopsExplained();
    },
  );

  it('says that it stopped what an earlier delivery stopped before it died', async () => {
    const { auto, arn } = await withJob();
    const container = auto.container();
    const death = new Promise<void>((resolve) => {
      container.life.onDeath = resolve;
    });
    auto.emulator.onEffect = ({ operation }) => {
      if (operation === 'StopJob') container.life.stepsLeft = 0;
    };
    const order = { action: 'stop', target: arn, reason: 'runaway' };
    const how = { messageId: 'm1', sentAt: auto.clock.now() };
    await Promise.race([auto.send(order, { ...how, in: container }), death]);
    await auto.pass(5);
    await auto.sweep();

    const outcome = await auto.send(order, { ...how, in: auto.container() });

    expect(outcome).toMatchObject({ status: 'done', retry: false, stopped: [arn] });
    expect(subjects(auto)).toEqual(['order done: 1 stopped']);
  });

  it('comes to its end when the state table does not answer at first', async () => {
    const { auto, arn } = await withJob();
    auto.tables.fail({ match: ({ table }) => table === 'GuardState', times: 4 });

    const results = await deliver(auto, EVERYTHING, 4);

    expect(results.at(-1)).toMatchObject({ status: 'done', retry: false });
    expect(shown(auto, arn)).toBe('STOPPING');
  });

  it('is finished hours later, when it came in time', async () => {
    const { auto, arn, project } = await withJob();
    const sentAt = auto.clock.now();
    const fault = auto.emulator.faults.add(DENIED);
    await auto.send({ action: 'stop', target: project }, { id: 'm1', sentAt });
    fault.remove();
    await auto.pass(90);
    const later = addOther(auto, project);

    const result = await auto.send({ action: 'stop', target: project }, { id: 'm1', sentAt });

    expect(result).toMatchObject({ status: 'done', stopped: [arn] });
    expect(stoppedOf(auto, [later.arn])).toEqual([]);
    expect(await auto.eventsOf('guard')).toEqual(['CommandReceived']);
  });

  it.each([
    { what: 'only another message came in time', id: 'm11', minutes: 61 },
    { what: 'the queue has long given it up', id: 'm1', minutes: 28 * 60 + 1 },
  ])('is refused when $what', async ({ id, minutes }) => {
    const { auto, arn } = await withJob();
    const sentAt = auto.clock.now();
    auto.emulator.faults.add(DENIED);
    await auto.send({ action: 'stop', target: arn }, { id: 'm1', sentAt });
    await auto.pass(minutes);

    const result = await auto.send({ action: 'stop', target: arn }, { id, sentAt });

    expect(result).toMatchObject({
      status: 'rejected',
      reason: expect.stringMatching(/^it was sent at .* ago/),
    });
  });
});

describe('work becomes exempt between two deliveries of an order', () => {
  const WAYS = ['policy', 'message', 'tag'] as const;

  it.each(WAYS)('by %s: the second delivery keeps it', async (way) => {
    const { auto, arn, run, project } = await withJob(listed('all'), {}, 'release-1');
    const fault = auto.emulator.faults.add({
      kind: 'error',
      name: 'ServiceAccountException',
      operation: 'StopJob',
    });
    const sentAt = auto.clock.now();
    const first = await auto.send({ action: 'stop', target: project }, { id: 'm1', sentAt });
    fault.remove();
    if (way === 'policy') auto.deploy({ ...listed('all'), exemptions: [EXEMPTION] });
    if (way === 'message') await auto.send({ action: 'exempt', target: run, until: hours(5) });
    if (way === 'tag') showTag(auto, run, hours(5));

    const second = await auto.send({ action: 'stop', target: project }, { id: 'm1', sentAt });

    expect(first).toMatchObject({ status: 'notYet', retry: true });
    expect(second).toMatchObject({ status: 'done', stopped: [] });
    expect(await heldOf(auto, arn)).toEqual(['StopHeld#sns:m1#exempt']);
    expect(shown(auto, arn)).toBe('RUNNING');
  });
});

describe('a pause or exemption that is overtaken', () => {
  it.each([
    { order: { action: 'pause' }, end: { action: 'resume' }, named: false },
    { order: { action: 'exempt', until: hours(5) }, end: { action: 'unexempt' }, named: true },
  ])('$order.action holds nothing when its end arrives before it', async ({ order, end, named }) => {
    const { auto, arn, run } = await withJob({
      rules: [{ id: 'long', type: 'job-duration', maxMinutes: 10 }],
    });
    const target = named ? { target: run } : {};
    const sentAt = auto.clock.now();
    const broken = auto.tables.fail({ match: ({ table }) => table === 'AuditTrail' });
    const first = await auto.send({ ...order, ...target }, { id: 'm1', sentAt });
    broken();
    await auto.pass(1);
    await auto.send({ ...end, ...target }, { id: 'm2' });
    await auto.pass(4);

    const second = await auto.send({ ...order, ...target }, { id: 'm1', sentAt });
    const sweep = await auto.sweep();

    expect(first).toMatchObject({ status: 'notYet', retry: true });
    expect(second).toMatchObject({ status: 'taken', retry: false });
    expect(textOf(auto)).toContain('Not done yet: AutoStop tries again every 5 minutes');
    expect(textOf(auto, 2)).toContain('It is over already');
    expect(sweep.stopped).toEqual([arn]);
  });

  it('is answered once when it comes again, under the same record', async () => {
    const auto = await startAutoStop();
    const sentAt = auto.clock.now();

    const results = [
      await auto.send({ action: 'pause', requestedBy: 'ada' }, { id: 'm1', sentAt }),
      await auto.send({ action: 'pause', requestedBy: 'ada' }, { id: 'm1', sentAt }),
    ];

    expect(results).toMatchObject(Array(2).fill({ status: 'taken', retry: false }));
    expect(await auto.trail('guard')).toMatchObject([
      { event: 'GuardPaused', actor: 'sns:m1', reason: expect.stringContaining('(ada asked by message)') },
    ]);
    expect(subjects(auto)).toEqual(['paused']);
  });

  it('is answered hours later when it came in time and the topic failed', async () => {
    const auto = await startAutoStop();
    const sentAt = auto.clock.now();
    auto.topic.failures = 1;
    const first = await auto.send({ action: 'pause' }, { id: 'm1', sentAt });
    await auto.pass(90);

    const second = await auto.send({ action: 'pause' }, { id: 'm1', sentAt });

    expect([first, second]).toMatchObject([{ retry: true }, { status: 'taken', retry: false }]);
    expect(subjects(auto)).toEqual(['paused']);
  });
});

/** From now on Device Farm shows that tag on a run. */
function showTag({ emulator }: TestAutoStop, run: string, until: string) {
  const Tags = [{ Key: 'autostop:exempt-until', Value: until }];
  emulator.faults.add({
    kind: 'rewritten',
    operation: 'ListTagsForResource',
    match: run,
    rewrite: () => ({ Tags }),
  });
}

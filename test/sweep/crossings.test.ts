import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobSeed } from '../../emulator/seeding/seeds.ts';
import type { Decision } from '../../lambda/model.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { findCrossings } from '../../lambda/sweep/crossings.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { BEGIN } from '../support/begin.ts';
import { writesEvent } from '../support/table-service.ts';
import { addJob, addSession, shown } from '../support/work.ts';

const MINUTE = 60_000;
const LONG = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 } as const;

/** AutoStop that sweeps every five minutes, with a job that crosses 60 minutes at `crossesAt`; the next sweep is later. */
async function withCrossing(policy: Partial<PolicyInput> = {}, seed: JobSeed = {}) {
  const auto = await startAutoStop({ policy, intervalMinutes: 5 });
  const job = addJob(auto, seed);
  await auto.pass(1);
  const started = Number(shown(auto, job.arn, 'started')) * 1_000;
  const crossesAt = started + 60 * MINUTE;
  auto.clock.advanceTo(crossesAt - 3 * MINUTE - 17_000);
  await auto.sweep();
  return { auto, crossesAt, ...job };
}

const stopsOf = (auto: TestAutoStop) => auto.journal.stops().map(({ arn }) => arn);
/** When Device Farm was asked to stop that work, in epoch milliseconds. */
const callAt = ({ emulator }: TestAutoStop, arn: string) =>
  emulator.requests.find(({ operation, input }) => operation.startsWith('Stop') && input.arn === arn)?.at ??
  0;

describe('work that crosses a limit before the next sweep', () => {
  it('is stopped within five seconds of its limit', async () => {
    const { auto, arn, crossesAt } = await withCrossing();
    expect(stopsOf(auto)).toEqual([]);

    await auto.deliverCrossings(crossesAt + MINUTE);

    expect(callAt(auto, arn)).toBeGreaterThan(crossesAt);
    expect(callAt(auto, arn) - crossesAt).toBeLessThanOrEqual(5_000);
    expect(await auto.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted']);
    auto.journal.expectStopsExplained();
    expect(auto.topic.published.map(({ subject }) => subject)).toEqual(['[AutoStop 123456789012] stopped 1']);
  });

  it('is stopped in time although the sweep itself took a minute', async () => {
    const { auto, crossesAt } = await withCrossing();
    auto.queue.waiting.length = 0;
    auto.tables.fail({
      match: ({ operation }) => operation === 'Query',
      times: 1,
      until: () => auto.clock.sleep(MINUTE),
    });
    await auto.sweep();

    expect(auto.queue.waiting.map(({ at }) => at - crossesAt)).toEqual([expect.closeTo(1_000, -3)]);
  });

  it('is stopped although no sweep has run since', async () => {
    const { auto, arn, crossesAt } = await withCrossing();

    await auto.deliverCrossings(crossesAt + MINUTE, { in: auto.container() });

    expect(stopsOf(auto)).toEqual([arn]);
  });

  it('is stopped once, however often the message comes and whatever a sweep does meanwhile', async () => {
    const { auto, arn, crossesAt } = await withCrossing();
    auto.queue.waiting.push(...auto.queue.waiting, ...auto.queue.waiting);

    await auto.deliverCrossings(crossesAt + MINUTE);
    await auto.sweep();

    expect(stopsOf(auto)).toEqual([arn]);
    expect(auto.topic.published).toHaveLength(1);
  });

  it('is stopped by one call and told once when a sweep begins during the stop', async () => {
    const { auto, arn, crossesAt } = await withCrossing();
    let second: ReturnType<TestAutoStop['sweep']> | undefined;
    auto.emulator.onRequest = async (request) => {
      auto.journal.noteRequest(request);
      if (request.operation !== 'StopJob' || second) return;
      second = auto.sweep({ in: auto.container() });
      await second;
    };

    await auto.deliverCrossings(crossesAt + 10_000);

    expect(await second).toMatchObject({ stopped: [], alreadyStopping: [arn] });
    expect(stopsOf(auto)).toEqual([arn]);
    expect(auto.topic.published).toHaveLength(1);
  });

  it('is followed by the next sweep like every stop', async () => {
    const { auto, arn, crossesAt } = await withCrossing();
    await auto.deliverCrossings(crossesAt + 3 * MINUTE);

    expect(await auto.sweep()).toMatchObject({ confirmed: [arn] });
  });

  it('is told by a later sweep when the topic does not take it', async () => {
    const { auto, crossesAt } = await withCrossing();
    auto.topic.failures = 1;
    await auto.deliverCrossings(crossesAt + 10_000);
    expect(auto.topic.published).toEqual([]);

    await auto.pass(10);
    await auto.sweep();

    expect(auto.topic.published.map(({ message }) => message)).toEqual([
      expect.stringContaining('mobile / nightly'),
    ]);
  });

  it.each<[string, Partial<PolicyInput>]>([
    ['the limit was raised', { rules: [{ ...LONG, maxMinutes: 90 }] }],
    ['the rule is gone', { rules: [{ id: 'stuck', type: 'queue-age', maxMinutes: 60 }] }],
    ['the policy observes', { mode: 'observe' }],
    ['the rule observes', { rules: [{ ...LONG, mode: 'observe' }] }],
  ])('is kept once %s', async (_, next) => {
    const { auto, crossesAt } = await withCrossing();
    auto.deploy(next);

    await auto.deliverCrossings(crossesAt + MINUTE);

    expect(stopsOf(auto)).toEqual([]);
  });

  it('is kept when it has ended by itself', async () => {
    const { auto, arn, crossesAt } = await withCrossing({}, { testMinutes: 59, teardownMinutes: 0 });
    expect(auto.queue.waiting).toHaveLength(1);

    await auto.deliverCrossings(crossesAt + MINUTE);

    expect(shown(auto, arn)).toBe('COMPLETED');
    expect(stopsOf(auto)).toEqual([]);
  });

  it('is held by a pause that came after the sweep, and the hold is told', async () => {
    const { auto, arn, crossesAt } = await withCrossing();
    await auto.send({ action: 'pause', until: '2026-08-08T12:00:00Z', reason: 'release' });

    await auto.deliverCrossings(crossesAt + MINUTE);

    expect(stopsOf(auto)).toEqual([]);
    expect(await auto.eventsOf(arn)).toEqual(['StopHeld']);
  });

  it('is kept by an exemption that came after the sweep', async () => {
    const { auto, run, crossesAt } = await withCrossing();
    await auto.send({ action: 'exempt', target: run, until: '2026-08-08T12:00:00Z', reason: 'release' });

    await auto.deliverCrossings(crossesAt + MINUTE);

    expect(stopsOf(auto)).toEqual([]);
  });

  it('is stopped at once after a sweep that had no time for all stops', async () => {
    const auto = await startAutoStop({
      policy: { safety: { breaker: { percentOfActive: 100 } } },
      intervalMinutes: 5,
    });
    for (let index = 0; index < 40; index += 1)
      addJob(auto, { testMinutes: 1_000 }, { name: `run-${index}`, jobTimeoutMinutes: 1_000 });
    await auto.pass(61);
    const begin = auto.clock.now();
    const { stopped, heldBack } = await auto.sweep({ timeout: 40_000 });
    const messages = auto.queue.waiting.length;

    await auto.deliverCrossings(begin + 2 * MINUTE);

    expect(stopped.length).toBeLessThan(40);
    expect(heldBack).toHaveLength(40 - stopped.length);
    expect(messages).toBe(1);
    expect(new Set(stopsOf(auto)).size).toBe(40);
    expect(auto.queue.waiting).toEqual([]);
    auto.journal.expectStopsExplained();
  });

  it('is left to the sweep when the message comes more than five minutes late', async () => {
    const { auto, crossesAt } = await withCrossing();
    auto.queue.waiting.splice(0, 1, { ...waiting(auto)[0], at: crossesAt + 6 * MINUTE });

    await auto.deliverCrossings(crossesAt + 7 * MINUTE);

    expect(stopsOf(auto)).toEqual([]);
  });

  it('is stopped by the next sweep when the queue did not take the message, and the sweep says so', async () => {
    const auto = await startAutoStop({ intervalMinutes: 5 });
    const { arn } = addJob(auto);
    await auto.pass(59);
    auto.queue.failures = 1;
    const { problems } = await auto.sweep();
    await auto.pass(5);
    await auto.sweep();

    expect(problems).toEqual([expect.stringContaining('the next sweep stops it')]);
    expect(stopsOf(auto)).toEqual([arn]);
  });

  it('is stopped by the next sweep when its intent could not be written', async () => {
    const { auto, crossesAt } = await withCrossing();
    const mend = auto.tables.fail({ match: writesEvent('StopRequested') });

    await auto.deliverCrossings(crossesAt + MINUTE);
    expect(stopsOf(auto)).toEqual([]);
    mend();
    await auto.sweep();

    expect(stopsOf(auto)).toHaveLength(1);
  });
});

function waiting({ queue }: TestAutoStop) {
  const [first] = queue.waiting;
  if (!first) throw new TypeError('nothing waits in the queue');
  return [first] as const;
}

describe('a sweep', () => {
  it.each<[string, Partial<PolicyInput>]>([
    ['observes', { mode: 'observe' }],
    ['has only rules that observe', { rules: [{ ...LONG, mode: 'observe' }] }],
  ])('sends nothing when the policy %s', async (_, policy) => {
    const { auto } = await withCrossing(policy);

    expect(auto.queue.waiting).toEqual([]);
  });

  it('sends nothing for work that is over already, exempt or paused beyond the next sweep', async () => {
    const auto = await startAutoStop({ intervalMinutes: 5 });
    addJob(auto);
    await auto.pass(50);
    const { run } = addJob(auto);
    await auto.send({ action: 'exempt', target: run, until: '2026-08-08T12:00:00Z', reason: 'release' });
    await auto.pass(11);
    await auto.sweep();
    await auto.pass(47);
    await auto.sweep();
    expect(auto.queue.waiting).toEqual([]);

    addJob(auto);
    await auto.pass(58);
    await auto.send({ action: 'pause', until: '2026-08-08T12:00:00Z', reason: 'release' });
    await auto.sweep();
    expect(auto.queue.waiting).toEqual([]);
  });

  it('sends one message for a budget that all work crosses, and the whole account is looked at', async () => {
    const budget: PolicyInput['rules'][number] = {
      id: 'day',
      type: 'budget',
      period: 'day',
      limit: { minutes: 480 },
      thresholds: [{ percent: 100, action: 'stop-all' }],
    };
    const auto = await startAutoStop({ policy: { rules: [budget] }, intervalMinutes: 5 });
    const arns = Array.from({ length: 8 }, () => addJob(auto).arn);
    await auto.pass(59);
    await auto.sweep();

    expect(auto.queue.waiting).toHaveLength(1);
    expect(JSON.parse(waiting(auto)[0].body)).not.toHaveProperty('crossing.items');
    await auto.deliverCrossings(BEGIN + 63 * MINUTE);
    expect(stopsOf(auto).sort()).toEqual(arns.sort());
  });

  it('leaves a wave to the breaker, which the next sweep asks', async () => {
    const auto = await startAutoStop({ intervalMinutes: 5 });
    for (let index = 0; index < 30; index += 1) addJob(auto);
    await auto.pass(59);
    await auto.sweep();
    expect(auto.queue.waiting).toEqual([]);

    await auto.pass(5);
    await auto.sweep();
    expect(stopsOf(auto)).toEqual([]);
    expect(auto.topic.published.map(({ subject }) => subject)).toContainEqual(
      expect.stringContaining('breaker'),
    );
  });

  it('knows the moment of every kind of limit', async () => {
    const auto = await startAutoStop({
      policy: {
        timezone: 'UTC',
        rules: [
          { id: 'queue', type: 'queue-age', maxMinutes: 55 },
          { id: 'run', type: 'run-minutes', maxMinutes: 100 },
          {
            id: 'hours',
            type: 'window',
            allow: [{ days: ['fri'], from: '00:00', to: '12:53' }],
            match: { work: 'sessions' },
          },
        ],
      },
      intervalMinutes: 15,
    });
    const project = auto.emulator.addProject({ name: 'mobile' });
    const jobs = [{ testMinutes: 140 }, { testMinutes: 140 }];
    const run = auto.emulator.addRun({ project, jobs });
    const [queued = ''] = auto.emulator.addRun({ project, jobs: [{ status: 'PENDING_DEVICE' }] }).jobs;
    const session = addSession(auto);
    await auto.pass(45);
    const startedAt = Number(shown(auto, run.jobs[0] ?? '', 'started')) * 1_000;

    await auto.sweep();
    await auto.deliverCrossings(BEGIN + 58 * MINUTE);

    const limits = [startedAt + 50 * MINUTE, BEGIN + 55 * MINUTE, BEGIN + 53 * MINUTE];
    for (const [index, arn] of [run.arn, queued, session].entries()) {
      const late = callAt(auto, arn) - (limits[index] ?? 0);
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(5_000);
    }
  });
});

describe('the search for crossings', () => {
  const decisionAt = (arn: string, isOver: boolean) =>
    ({ item: { arn }, action: isOver ? 'stop' : 'keep' }) as unknown as Decision; // The search reads no more.

  it('finds each moment to the second, as asking every second would', () => {
    const moments = fc.array(fc.integer({ min: -100, max: 1_000 }), { minLength: 1, maxLength: 20 });
    const search = fc.property(moments, fc.integer({ min: 60, max: 900 }), (overFrom, seconds) => {
      const decideAt = (moment: number) =>
        overFrom.map((from, index) => decisionAt(`job-${index}`, moment > BEGIN + from * 1_000));

      const found = findCrossings(decideAt, BEGIN, BEGIN + seconds * 1_000);

      const expected = overFrom.filter((from) => from >= 0 && from < seconds).map((from) => from + 1);
      expect(found.map(({ at }) => (at - BEGIN) / 1_000)).toEqual(expected.sort((a, b) => a - b));
    });
    fc.assert(search);
  });

  it('asks little when nothing crosses', () => {
    let asked = 0;
    const decideAt = () => {
      asked += 1;
      return [decisionAt('job', false)];
    };

    findCrossings(decideAt, BEGIN, BEGIN + 15 * MINUTE);

    expect(asked).toBe(16);
  });
});

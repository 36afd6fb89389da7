import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import type { RuleInput } from '../../lambda/rules/rules.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { policyOf } from '../support/local-auto-stop.ts';
import { addJob, shown } from '../support/work.ts';

const WARNING = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60, warnMinutes: 10 } as const;
const subjects = ({ topic }: TestAutoStop) =>
  topic.published.map(({ subject }) => subject.replace('[AutoStop 123456789012] ', ''));

/** A job that has run for so long, under a rule that warns ten minutes before its limit of an hour. */
async function withJob(minutes: number, policy: Partial<PolicyInput> = {}, run: object = {}) {
  const auto = await startAutoStop({
    intervalMinutes: 5,
    policy: { rules: [WARNING], timezone: 'Europe/Berlin', ...policy },
  });
  const work = addJob(auto, { testMinutes: 1_000 }, { jobTimeoutMinutes: 1_000, ...run });
  await auto.pass(minutes);
  return { auto, ...work };
}

/** Sweeps every five minutes, with the messages in between. */
async function sweepFor(auto: TestAutoStop, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 5) {
    await auto.sweep();
    await auto.deliverCrossings(auto.clock.now() + 5 * 60_000);
  }
}

describe('a rule that warns', () => {
  it('tells once when the stop comes, in UTC and in the zone of the policy, and how to extend it', async () => {
    const { auto, arn } = await withJob(46);

    await auto.sweep();
    await auto.pass(3);
    await auto.sweep();

    expect(subjects(auto)).toEqual(['will stop 1']);
    const [{ message = '' } = {}] = auto.topic.published;
    expect(message).toContain('Will be stopped (1):');
    expect(message).toMatch(
      /46 min so far.*: it is stopped at 2026-08-07T13:00Z \(15:00 in Europe\/Berlin\), when it has run 60 min/,
    );
    expect(message).toContain(`npx autostop extend ${arn} --for 30m`);
    expect(shown(auto, arn)).toBe('RUNNING');
  });

  it('is early enough: not later than ten minutes before, and not more than a sweep earlier', async () => {
    const { auto } = await withJob(44);

    await auto.sweep();
    expect(subjects(auto)).toEqual([]);
    await auto.pass(5);
    await auto.sweep();
    expect(subjects(auto)).toEqual(['will stop 1']);
  });

  it.each<[string, Partial<PolicyInput>, object]>([
    ['the policy observes', { mode: 'observe' }, {}],
    ['the rule observes', { rules: [{ ...WARNING, mode: 'observe' }] }, {}],
    [
      'the work is exempt',
      {
        exemptions: [
          { id: 'release', match: {}, until: '2030-01-01T00:00:00Z', owner: 'mobile', reason: 'release' },
        ],
      },
      {},
    ],
    ['a tag exempts it', {}, { tags: { 'autostop:exempt-until': '2026-08-08T00:00:00Z' } }],
  ])('warns of nothing that is not stopped: %s', async (_, policy, run) => {
    const { auto } = await withJob(50, policy, run);

    await auto.sweep();

    expect(subjects(auto).filter((subject) => subject.startsWith('will stop'))).toEqual([]);
  });

  it('warns in a later sweep when the topic fails, and records it only then', async () => {
    const { auto, arn } = await withJob(46);
    auto.topic.failures = 1;

    await auto.sweep();
    const failed = await auto.eventsOf(arn);
    await auto.pass(5);
    await auto.sweep();

    expect(failed).toEqual([]);
    expect(subjects(auto)).toEqual(['will stop 1']);
    expect(await auto.eventsOf(arn)).toEqual(['WarningSent']);
  });

  it('does not warn twice when the sweep died after the warning', async () => {
    const { auto, arn } = await withJob(46);
    const repair = auto.tables.fail({
      match: ({ input }) => JSON.stringify(input).includes('"S":"WarningSent"'),
    });
    await auto.sweep();
    repair();
    const unrecorded = await auto.eventsOf(arn);
    await auto.pass(5);
    await auto.sweep();

    expect(unrecorded).toEqual([]);
    expect(subjects(auto)).toEqual(['will stop 1']);
    expect(await auto.eventsOf(arn)).toEqual(['WarningSent']);
  });

  it('warns of a job whatever was told of another one with a limit that begins alike', async () => {
    const rule = { ...WARNING, maxMinutes: 600 };
    const { auto, arn } = await withJob(46);
    await auto.sweep();
    auto.deploy({ rules: [rule] });
    await auto.pass(600 - 46 - 12);

    await auto.sweep();

    expect(subjects(auto)).toEqual(['will stop 1', 'will stop 1']);
    expect(await auto.eventsOf(arn)).toEqual(['WarningSent', 'WarningSent']);
  });

  it('does not warn while AutoStop is paused', async () => {
    const { auto } = await withJob(50);
    await auto.send({ action: 'pause' });

    await auto.sweep();

    expect(subjects(auto)).toEqual(['paused']);
  });
});

describe('a limit that is extended', () => {
  it('lets the job go on, is stopped at its new moment, and is warned of once more', async () => {
    const { auto, arn } = await withJob(50);
    await auto.sweep();
    await auto.send({
      action: 'extend',
      target: arn,
      minutes: 20,
      requestedBy: 'ada',
      reason: 'nearly done',
    });

    await sweepFor(auto, 25);
    expect(shown(auto, arn)).toBe('RUNNING');
    await sweepFor(auto, 10);

    expect(shown(auto, arn)).not.toBe('RUNNING');
    expect(subjects(auto)).toEqual(['will stop 1', 'a limit is extended', 'will stop 1', 'stopped 1']);
    const accepted = (await auto.trail(arn)).find(({ event }) => event === 'StopAccepted');
    expect(accepted?.reason).toMatch(
      /ran 80\.0\d min on .*; limit 80 min, extended by 20 min \(rule long-jobs\)/,
    );
  });

  it('holds for all jobs of a run', async () => {
    const { auto, arn, run } = await withJob(50);
    await auto.send({ action: 'extend', target: run, minutes: 30 });
    await auto.pass(15);

    expect((await auto.sweep()).stopped).toEqual([]);
    await auto.pass(30);
    expect((await auto.sweep()).stopped).toEqual([arn]);
  });

  it('is extended so often and no more, however often a message comes', async () => {
    const { auto, arn } = await withJob(50, { manualStop: { maxExtensions: 2 } });
    const extend = (messageId: string) =>
      auto.send({ action: 'extend', target: arn, minutes: 5 }, { messageId });

    const outcomes = [await extend('m1'), await extend('m2'), await extend('m2'), await extend('m3')];

    expect(outcomes.map(({ status }) => status)).toEqual(['taken', 'taken', 'taken', 'rejected']);
    expect(outcomes[3]?.reason).toContain('was extended 2 times; manualStop.maxExtensions is 2');
    await auto.pass(20.5);
    expect((await auto.sweep()).stopped).toEqual([arn]);
  });

  it('is extended by the first messages only when the policy allows fewer, or two came at once', async () => {
    const { auto, arn } = await withJob(50, { manualStop: { maxExtensions: 2 } });
    await auto.send({ action: 'extend', target: arn, minutes: 5 });
    await auto.pass(1);
    await auto.send({ action: 'extend', target: arn, minutes: 60 });

    auto.deploy({ rules: [WARNING], manualStop: { maxExtensions: 1 } });
    await auto.pass(13.5);
    const before = await auto.sweep();
    await auto.pass(1);

    expect(before.stopped).toEqual([]);
    expect((await auto.sweep()).stopped).toEqual([arn]);
  });

  it.each([
    [{ minutes: 61 }, 'minutes is 61; allowed: a number above 0 and at most 60'],
    [{ minutes: '30' }, 'minutes is "30"'],
    [{}, 'minutes is missing'],
  ])('is refused: %o', async (body, reason) => {
    const { auto, arn } = await withJob(50);

    const outcome = await auto.send({ action: 'extend', target: arn, ...body });

    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.stringContaining(reason) });
  });

  it('does not hold against budgets and people', async () => {
    const budget = {
      id: 'day',
      type: 'budget',
      period: 'day',
      limit: { minutes: 30 },
      thresholds: [{ percent: 100, action: 'stop-all' }],
    } satisfies RuleInput;
    const { auto, arn } = await withJob(50, { rules: [WARNING, budget] });
    await auto.send({ action: 'extend', target: arn, minutes: 60 });

    expect((await auto.sweep()).stopped).toEqual([arn]);
  });
});

it.each([60, 61])('refuses a warning of %i minutes for a limit of an hour', (warnMinutes) => {
  expect(() => policyOf({ rules: [{ ...WARNING, warnMinutes }] })).toThrow(
    /rules\[0\].warnMinutes: found 6\d; allowed: a number above 0 and below maxMinutes/,
  );
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { BEGIN } from '../support/begin.ts';
import { ACCOUNT } from '../support/local-auto-stop.ts';
import { addJob, addSession, shown } from '../support/work.ts';

const ALERT = readFileSync(new URL('../golden/budgets-notification.txt', import.meta.url), 'utf8');
const BUDGETS = { budgets: [{ name: 'Test Budget', stop: 'all' as const }] };
const hours = (count: number) => new Date(BEGIN + count * 3_600_000).toISOString();
const DAY = 24 * 60;

/** AutoStop with one job that is RUNNING for 75 minutes, with a limit of 60. */
async function withLongJob(policy: Partial<PolicyInput> = {}, tags: Readonly<Record<string, string>> = {}) {
  const auto = await startAutoStop({ policy });
  const long = { testMinutes: 20_000, override: { status: 'RUNNING' } };
  const work = addJob(auto, long, { name: 'release-1', jobTimeoutMinutes: 20_000, tags });
  await auto.pass(75);
  return { auto, ...work };
}

const heldOf = async (auto: TestAutoStop, arn: string) =>
  (await auto.trail(arn)).filter(({ event }) => event === 'StopHeld');
const subjects = ({ topic }: TestAutoStop) =>
  topic.published.map(({ subject }) => subject.replace(`[AutoStop ${ACCOUNT}] `, ''));
const tagReads = ({ emulator }: TestAutoStop) =>
  emulator.requests.filter(({ operation }) => operation === 'ListTagsForResource');

describe('a pause', () => {
  it('holds the stops of rules, says so once, and lets them go on when it is over', async () => {
    const { auto, arn } = await withLongJob();
    await auto.send({ action: 'pause', until: hours(2), requestedBy: 'ada' });

    const sweeps = [await auto.sweep(), await auto.sweep()];

    const why = `paused until ${hours(2)} (ada asked by message)`;
    for (const sweep of sweeps)
      expect(sweep).toMatchObject({ stopped: [], heldBack: [{ arn, why }], partial: false });
    expect(await heldOf(auto, arn)).toMatchObject([
      { id: 'StopHeld#long-jobs#paused', reason: expect.stringContaining(`${why}; otherwise: `) },
    ]);
    expect(subjects(auto)).toEqual(['paused', 'held back 1']);
    await auto.pass(45);
    expect((await auto.sweep()).stopped).toEqual([arn]);
  });

  it('ends with resume', async () => {
    const { auto, arn } = await withLongJob();
    await auto.send({ action: 'pause' });
    await auto.pass(1);
    await auto.send({ action: 'resume' });

    expect((await auto.sweep()).stopped).toEqual([arn]);
  });

  it('does not open exempt work to an order of a person for the whole account', async () => {
    const { auto, arn } = await withLongJob({}, { 'autostop:exempt-until': hours(5) });
    const { arn: other } = addJob(auto);
    await auto.send({ action: 'pause' });

    await auto.send({ action: 'stop', target: 'account', confirm: ACCOUNT });

    expect(shown(auto, arn)).toBe('RUNNING');
    expect(await auto.eventsOf(other)).toContain('StopAccepted');
  });

  it('lets rules in observe mode record', async () => {
    const { auto, arn } = await withLongJob({ mode: 'observe' });
    await auto.send({ action: 'pause' });

    expect(await auto.sweep()).toMatchObject({ wouldStop: [arn], heldBack: [] });
  });
});

describe('an exemption', () => {
  const EXEMPTION = { id: 'release', match: { runs: ['release-*'] }, owner: 'mobile', reason: 'release' };
  const TAG = { 'autostop:exempt-until': hours(5) };
  const WAYS = [
    { way: 'policy', says: /^kept by exemption release until .*; otherwise: ran 75 min/ },
    { way: 'message on the run', says: /^kept by exemption message:m1 until .*\(ada asked by message\)/ },
    { way: 'message on the project', says: /^kept by exemption message:m1 until / },
    { way: 'tag on the run', says: /^kept by tag autostop:exempt-until of arn:.*:run:/ },
  ] as const;

  /** A long job that is exempt that way until the hour 5. */
  async function exemptJob(way: (typeof WAYS)[number]['way'], policy: Partial<PolicyInput> = {}) {
    const exemptions = way === 'policy' ? [{ ...EXEMPTION, until: hours(5) }] : [];
    const work = await withLongJob({ ...policy, exemptions }, way === 'tag on the run' ? TAG : {});
    if (way.startsWith('message')) {
      const target = way === 'message on the run' ? work.run : work.project;
      await work.auto.send({ action: 'exempt', target, until: hours(5), requestedBy: 'ada' }, { id: 'm1' });
    }
    return work;
  }

  it.each(WAYS)(
    'by $way keeps work from a rule until its end, and is recorded once',
    async ({ way, says }) => {
      const { auto, arn } = await exemptJob(way);

      const sweeps = [await auto.sweep(), await auto.sweep()];

      for (const sweep of sweeps) expect(sweep).toMatchObject({ stopped: [], heldBack: [], partial: false });
      expect(await auto.trail(arn)).toMatchObject([
        { id: 'StopHeld#long-jobs#exempt', event: 'StopHeld', reason: expect.stringMatching(says) },
      ]);
      await auto.pass(5 * 60 - 75);
      expect((await auto.sweep()).stopped).toEqual([arn]);
    },
  );

  it.each(WAYS)('by $way holds against wide orders and AWS messages, no narrow order', async ({ way }) => {
    const { auto, arn, project, run } = await exemptJob(way, { manualStop: BUDGETS });

    const wide = [
      await auto.send(ALERT),
      await auto.send({ action: 'stop', target: project }, { id: 'wide' }),
      await auto.send({ action: 'stop', target: 'account', confirm: ACCOUNT }, { id: 'wider' }),
    ];
    const held = await heldOf(auto, arn);
    const narrow = await auto.send({ action: 'stop', target: run });

    expect(wide).toMatchObject(Array(3).fill({ status: 'done', stopped: [] }));
    expect(held.map(({ id }) => id)).toEqual([
      'StopHeld#budget:Test Budget#exempt',
      'StopHeld#sns:wide#exempt',
      'StopHeld#sns:wider#exempt',
    ]);
    expect(narrow.stopped).toContain(arn);
  });

  it('by message keeps a session that somebody debugs with', async () => {
    const auto = await startAutoStop();
    const session = addSession(auto);
    await auto.pass(75);
    await auto.send({ action: 'exempt', target: session, until: hours(2) });

    const kept = await auto.sweep();
    await auto.pass(50);
    const after = await auto.sweep();

    expect([kept.stopped, after.stopped]).toEqual([[], [session]]);
  });

  it('by message is revoked by message', async () => {
    const { auto, arn, run } = await exemptJob('message on the run');
    await auto.sweep();
    await auto.pass(1);
    await auto.send({ action: 'unexempt', target: run });

    expect((await auto.sweep()).stopped).toEqual([arn]);
  });

  it('is read of the last 31 days only', async () => {
    const { auto } = await withLongJob();

    await auto.sweep();

    const asked = auto.tables.calls.filter(({ input }) => JSON.stringify(input).includes('"guard"'));
    expect(asked).toMatchObject([
      {
        input: {
          ConsistentRead: true,
          ExpressionAttributeValues: {
            ':sort': { S: new Date(auto.clock.now() - 31 * DAY * 60_000).toISOString() },
          },
        },
      },
    ]);
  });
});

describe('pauses and exemptions that cannot be read', () => {
  it('keep rules and AWS messages from stopping, but no person who names a run', async () => {
    const { auto, arn, run } = await withLongJob({ manualStop: BUDGETS });
    const repair = auto.tables.fail({
      match: ({ operation, input }) => operation === 'Query' && JSON.stringify(input).includes('"guard"'),
    });

    const sweep = await auto.sweep();
    const byAws = await auto.send(ALERT, { id: 'm1' });
    const stops = auto.journal.stops().length;
    const byPerson = await auto.send({ action: 'stop', target: run });
    repair();

    const why = 'pauses and exemptions could not be read';
    expect(sweep).toMatchObject({ stopped: [], heldBack: [{ arn, why }], partial: true });
    expect(byAws).toMatchObject({ status: 'notYet', retry: true, reason: why });
    expect(stops).toBe(0);
    expect(byPerson.stopped).toContain(arn);
  });
});

describe('a tag on a run', () => {
  const tagged = (value: string, policy: Partial<PolicyInput> = {}) =>
    withLongJob(policy, { 'autostop:exempt-until': value });

  it.each([
    { value: '2099-01-01T00:00:00Z', maxDays: 7, days: 7 },
    { value: '2099-01-01T00:00:00Z', maxDays: 0.5, days: 0.5 },
    { value: 'garbage', maxDays: 7, days: 1 },
    { value: 'garbage', maxDays: 0.25, days: 0.25 },
  ])('that says $value protects $days days from its first sight, and no moment longer', async (row) => {
    const { auto, arn } = await tagged(row.value, { tagExemption: { maxDays: row.maxDays } });
    const first = await auto.sweep();
    await auto.pass(row.days * DAY - 1 / 60_000);
    const last = await auto.sweep();
    await auto.pass(1 / 60_000);

    const after = await auto.sweep();

    expect([first.stopped, last.stopped, after.stopped]).toEqual([[], [], [arn]]);
  });

  it.each([
    { value: '2099-01-01T00:00:00Z', says: 'a tag exempts work' },
    { value: 'garbage', says: 'a tag that cannot be read exempts work' },
  ])('that says $value is told once, with its end', async ({ value, says }) => {
    const { auto, run } = await tagged(value);

    for (let count = 0; count < 3; count += 1) {
      await auto.sweep();
      await auto.pass(5);
    }

    expect(subjects(auto)).toEqual([says]);
    expect(auto.topic.published[0]?.message).toContain(run);
    expect(auto.topic.published[0]?.message).toMatch(/exempt until 2026-08-\d\dT/);
  });

  it('that was written anew after its days starts no new ones', async () => {
    const { auto, arn, run } = await tagged('2099-01-01T00:00:00Z');
    await auto.sweep();
    await auto.pass(7 * DAY + 1);
    auto.emulator.faults.add({
      kind: 'rewritten',
      operation: 'ListTagsForResource',
      match: run,
      rewrite: () => ({ Tags: [{ Key: 'autostop:exempt-until', Value: '2088-01-01T00:00:00Z' }] }),
    });

    const sweep = await auto.sweep();

    expect(sweep.stopped).toEqual([arn]);
  });

  it.each(['2026-08-07T12:00:00Z', '2026-08-07T13:14:59Z'])(
    'that has ended protects nothing: %s',
    async (value) => {
      const { auto, arn } = await tagged(value);

      expect((await auto.sweep()).stopped).toEqual([arn]);
      expect(subjects(auto)).toEqual(['stopped 1']);
    },
  );

  it('protects nothing and is not read when the policy turns tags off', async () => {
    const { auto, arn } = await tagged('2099-01-01T00:00:00Z', { tagExemption: { maxDays: 0 } });

    expect((await auto.sweep()).stopped).toEqual([arn]);
    expect(tagReads(auto)).toEqual([]);
  });

  it('that cannot be read keeps the work, and the sweep is partial', async () => {
    const { auto, arn } = await withLongJob();
    auto.emulator.faults.add({
      operation: 'ListTagsForResource',
      kind: 'error',
      name: 'AccessDeniedException',
      times: 1,
    });

    const sweep = await auto.sweep();

    expect(sweep).toMatchObject({ stopped: [], partial: true });
    expect(sweep.problems).toEqual([expect.stringMatching(/^tags of .* could not be read/)]);
    expect(auto.troubles.at(-1)).toBeGreaterThanOrEqual(1);
    expect(await heldOf(auto, arn)).toMatchObject([{ reason: expect.stringContaining('could not be read') }]);
    expect((await auto.sweep()).stopped).toEqual([arn]);
  });

  it('is read only of what would be stopped, once for each run and project and sweep', async () => {
    const auto = await startAutoStop();
    const project = auto.emulator.addProject({ name: 'mobile' });
    const jobs = [{ testMinutes: 120 }, { testMinutes: 120 }];
    const runs = [auto.emulator.addRun({ project, jobs }), auto.emulator.addRun({ project, jobs })];
    await auto.pass(75);
    addJob(auto);

    await auto.sweep();

    const asked = tagReads(auto).map(({ input }) => input.ResourceARN);
    expect(asked.toSorted()).toEqual([project, ...runs.map(({ arn }) => arn)].toSorted());
  });

  it('does not bring down the orders function, which tells of it too', async () => {
    const { auto, arn, project } = await tagged('2099-01-01T00:00:00Z');

    const result = await auto.send({ action: 'stop', target: project }, { id: 'm1' });

    expect(result).toMatchObject({ status: 'done', stopped: [] });
    expect(subjects(auto)).toEqual(['a tag exempts work', 'order done: 0 stopped']);
    expect(shown(auto, arn)).toBe('RUNNING');
  });
});

import { describe, expect, it } from 'vitest';
import type { JobSeed, RunSeed } from '../../emulator/seeding/seeds.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { effectiveStops, once } from './trail.ts';

type RuleInput = PolicyInput['rules'][number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ENDLESS = Number.POSITIVE_INFINITY;

/** A rule of each type, named by it, that all work breaks at once to which it applies. Tests begin on a Friday. */
const STRICT: readonly RuleInput[] = [
  { id: 'run-minutes', type: 'run-minutes', maxMinutes: 1 },
  { id: 'superseded', type: 'superseded', key: '{key}-{number}', apartMinutes: 0 },
  { id: 'stalled', type: 'stalled', maxMinutes: 1 },
  { id: 'elastic', type: 'elastic', percent: 100, floorMinutes: 1, minimumHistory: 2 },
  { id: 'job-duration', type: 'job-duration', maxMinutes: 1 },
  { id: 'queue-age', type: 'queue-age', maxMinutes: 1 },
  { id: 'window', type: 'window', allow: [{ days: ['sun'], from: '00:00', to: '24:00' }] },
  {
    id: 'budget',
    type: 'budget',
    period: 'day',
    limit: { usd: 0.01 },
    thresholds: [{ percent: 100, action: 'stop-all' }],
  },
];

const startWith = (...rules: RuleInput[]) => startAutoStop({ policy: { rules } });

/** A run of one endless job unless a test says otherwise; the ARN of its first job. */
function addJob(
  { emulator }: TestAutoStop,
  run: Pick<RunSeed, 'project'> & Partial<RunSeed>,
  job: JobSeed = {},
) {
  const jobs = [{ device: 'Google Pixel 8', testMinutes: ENDLESS, ...job }];
  return emulator.addRun({ name: 'nightly', jobs, ...run }).jobs[0] ?? '';
}

/** Sweeps now and every five minutes; what was stopped, and after how many minutes. */
async function sweepFor(
  auto: TestAutoStop,
  minutes: number,
): Promise<readonly (readonly [string, number])[]> {
  const stops: (readonly [string, number])[] = [];
  const begin = auto.clock.now();
  for (let passed = 0; passed <= minutes; passed += 5) {
    const { stopped, problems } = await auto.sweep();
    expect(problems).toEqual([]);
    stops.push(...stopped.map((arn) => [arn, passed] as const));
    auto.clock.advanceTo(begin + (passed + 5) * MINUTE);
  }
  return stops;
}

async function reasonOf(auto: TestAutoStop, arn: string): Promise<string | undefined> {
  return (await auto.trail(arn)).find(({ event }) => event === 'StopRequested')?.reason;
}

function expectOnlyStopped(auto: TestAutoStop, arns: readonly string[]): void {
  expect(effectiveStops(auto.emulator)).toEqual(once(arns));
  auto.journal.expectStopsExplained();
}

describe('the stalled rule', () => {
  it('stops what has moved and moves no more, and nothing of which no counter has been seen to rise', async () => {
    const auto = await startWith({ id: 'no-progress', type: 'stalled', maxMinutes: 30 });
    const project = auto.emulator.addProject({ name: 'mobile' });
    const begin = auto.clock.now();
    const passing = (until: number) => (_item: unknown, now: number) => ({
      counters: { total: 99, passed: Math.min(until, Math.floor((now - begin) / (5 * MINUTE))) },
    });
    const hanging = addJob(auto, { project }, { override: passing(3) });
    addJob(auto, { project }, { override: passing(99) });
    addJob(auto, { project });
    // Its counters stood where they stand before anybody looked.
    addJob(auto, { project }, { override: { counters: { total: 99, passed: 7 } } });
    auto.emulator.addSession({ project });

    const stops = await sweepFor(auto, 75);

    expect(stops).toEqual([[hanging, 50]]);
    expect(await reasonOf(auto, hanging)).toBe(
      'no counter moved for 35 min on Google Pixel 8; limit 30 min (rule no-progress)',
    );
    expectOnlyStopped(auto, [hanging]);
  });
});

describe('the superseded rule', () => {
  it('stops all that an older build left behind, and nothing that no newer run in flight replaces', async () => {
    const auto = await startWith({ id: 'old-builds', type: 'superseded', key: '{key}-{number}' });
    const { emulator } = auto;
    const [project, other] = [emulator.addProject({ name: 'mobile' }), emulator.addProject({ name: 'web' })];
    const ago = (minutes: number) => auto.clock.now() - minutes * MINUTE;
    const pair = [{ testMinutes: ENDLESS }, { status: 'PENDING_DEVICE' as const }];
    const old = emulator.addRun({ project, name: 'pr-12-43', created: ago(40), jobs: pair });
    addJob(auto, { project, name: 'pr-12-44', created: ago(20) });
    // A shard of the same build, another platform, another project, a name without a key, and no run at all.
    addJob(auto, { project, name: 'pr-12-45', created: ago(17) });
    addJob(
      auto,
      { project, name: 'pr-12-40', platform: 'IOS', created: ago(60) },
      { device: 'Apple iPhone 14' },
    );
    addJob(auto, { project: other, name: 'pr-12-41', created: ago(60) });
    addJob(auto, { project, name: 'pr', created: ago(60) });
    emulator.addSession({ project, name: 'pr-12-39', created: ago(60) });

    const stops = await sweepFor(auto, 10);

    expect(stops.toSorted()).toEqual(old.jobs.map((arn) => [arn, 0]));
    expect(await reasonOf(auto, old.jobs[0] ?? '')).toBe(
      'run "pr-12-43" was created 23 min before run "pr-12-45" of the same key "pr-12", which is in flight (rule old-builds)',
    );
    expectOnlyStopped(auto, old.jobs);
  });

  it('lets the older run go on when the newer one has ended or is being stopped', async () => {
    const auto = await startWith({ id: 'old-builds', type: 'superseded', key: '{key}-{number}' });
    const project = auto.emulator.addProject({ name: 'mobile' });
    const created = auto.clock.now() - 30 * MINUTE;
    const later = created + 10 * MINUTE;
    addJob(auto, { project, name: 'pr-1-1', created });
    addJob(auto, { project, name: 'pr-1-2', created: later }, { testMinutes: 5 });
    addJob(auto, { project, name: 'pr-2-1', created });
    addJob(auto, { project, name: 'pr-2-2', created: later }, { status: 'STOPPING' });

    const stops = await sweepFor(auto, 10);

    expect(stops).toEqual([]);
    expectOnlyStopped(auto, []);
  });
});

describe('the window rule', () => {
  // The evening before a change of the clocks in Berlin, by UTC, and when the hours end and begin on its two sides.
  it.each([
    { clocks: 'forward', evening: '2027-03-27T18:50Z', ends: 19, begins: 5, endsNext: 18 },
    { clocks: 'back', evening: '2027-10-30T17:50Z', ends: 18, begins: 6, endsNext: 19 },
  ])('goes by the clocks of its zone on both sides of their going $clocks', async ({ evening, ...hours }) => {
    const auto = await startWith({
      id: 'office-hours',
      type: 'window',
      allow: [{ from: '07:00', to: '20:00' }],
      timezone: 'Europe/Berlin',
    });
    const project = auto.emulator.addProject({ name: 'mobile' });
    const [day, next] = [evening.slice(0, 10), new Date(Date.parse(evening) + 24 * HOUR).toISOString()];
    const at = (date: string, hour: number) =>
      Date.parse(`${date.slice(0, 10)}T${String(hour).padStart(2, '0')}:00Z`);
    const addEach = () => [
      addJob(auto, { project }),
      addJob(auto, { project }, { status: 'PENDING_CONCURRENCY' }),
      auto.emulator.addSession({ project }),
    ];
    const sweepAround = async (moment: number) => {
      auto.clock.advanceTo(moment - 10 * MINUTE);
      const arns = addEach();
      const stops = await sweepFor(auto, 15);
      return { arns, stops: stops.map(([arn, passed]) => [arn, passed - 10] as const).toSorted() };
    };

    const saturday = await sweepAround(at(day, hours.ends));
    const morning = await sweepAround(at(next, hours.begins));
    addJob(auto, { project });
    auto.emulator.addSession({ project });
    const begun = await sweepFor(auto, 10);
    const sunday = await sweepAround(at(next, hours.endsNext));

    const all = (arns: readonly string[], minute: number) => arns.map((arn) => [arn, minute]).toSorted();
    expect(saturday.stops).toEqual(all(saturday.arns, 5));
    expect(morning.stops).toEqual(all(morning.arns, -10));
    expect(begun).toEqual([]);
    expect(sunday.stops).toEqual(all(sunday.arns, 5));
    expect(await reasonOf(auto, sunday.arns[1] ?? '')).toMatch(
      /^PENDING_CONCURRENCY on Google Pixel 8 at sun 20:05 in Europe\/Berlin; allowed mon-sun 07:00-20:00 /,
    );
    expectOnlyStopped(auto, [...saturday.arns, ...morning.arns, ...sunday.arns]);
  });
});

describe('the elastic rule', () => {
  it('stops what runs longer than its like, and nothing of which too little is known', async () => {
    const auto = await startWith({
      id: 'unusual',
      type: 'elastic',
      percent: 150,
      floorMinutes: 5,
      minimumHistory: 3,
      of: 3,
    });
    const project = auto.emulator.addProject({ name: 'mobile' });
    const plain = { device: 'Google Pixel 8', setupMinutes: 0, teardownMinutes: 0 };
    const took = (...minutes: number[]) => minutes.map((testMinutes) => ({ ...plain, testMinutes }));
    auto.emulator.addRun({ project, name: 'nightly', jobs: took(8, 20, 22, 24) });
    auto.emulator.addRun({ project, name: 'weekly', jobs: took(2, 2) });
    auto.emulator.addRun({
      project,
      name: 'broken',
      jobs: took(2, 2, 2).map((job) => ({ ...job, result: 'FAILED' })),
    });
    await sweepFor(auto, 45);
    const hanging = addJob(auto, { project, name: 'nightly' });
    addJob(auto, { project, name: 'nightly' }, { device: 'Google Pixel 7' });
    addJob(auto, { project, name: 'weekly' });
    addJob(auto, { project, name: 'broken' });
    auto.emulator.addSession({ project, name: 'nightly' });

    const stops = await sweepFor(auto, 90);

    expect(stops).toEqual([[hanging, 35]]);
    expect(await reasonOf(auto, hanging)).toBe(
      'ran 35 min; limit 33 min, from 150 % of 22 min, the median of 3 successful jobs of run "nightly" on Google Pixel 8 (rule unusual)',
    );
    expectOnlyStopped(auto, [hanging]);
  });
});

describe('sessions', () => {
  it('are stopped by the rules that make sense for them and by no other', async () => {
    const auto = await startWith(...STRICT.map((rule) => ({ ...rule, match: { projects: [rule.id] } })));
    const created = auto.clock.now() - 60 * MINUTE;
    const sessions = STRICT.map(({ type }) => {
      const project = auto.emulator.addProject({ name: type });
      const session = { project, name: 'session-1', created };
      return {
        type,
        running: auto.emulator.addSession(session),
        queued: auto.emulator.addSession({ ...session, name: 'session-0', status: 'PENDING_DEVICE' }),
      };
    });

    await sweepFor(auto, 15);

    const stopped = effectiveStops(auto.emulator);
    const byType = sessions.map(({ type, running, queued }) => [
      type,
      stopped.has(running),
      stopped.has(queued),
    ]);
    expect(byType).toEqual([
      ['run-minutes', false, false],
      ['superseded', false, false],
      ['stalled', false, false],
      ['elastic', false, false],
      ['job-duration', true, false],
      ['queue-age', false, true],
      ['window', true, true],
      ['budget', true, true],
    ]);
    auto.journal.expectStopsExplained();
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import type { SweepSummary } from '../../lambda/core/report/sweep-summary.ts';
import { deployGuard } from './deploy-guard.ts';
import { type Guard, MINUTE, START } from './start-guard.ts';
import { effectiveStops, expectEveryStopExplained } from './trail.ts';

const HOUR = 60 * MINUTE;
const ENDLESS = Number.POSITIVE_INFINITY;
const BUDGET_ALERT = readFileSync(new URL('../golden/budgets-notification.txt', import.meta.url), 'utf8');
const IN_A_DAY = new Date(START + 24 * HOUR).toISOString();
const TAGS = { 'autostop:exempt-until': IN_A_DAY };

const budget = (id: string, period: 'day' | 'week' | 'month', usd: number) => ({
  id,
  type: 'budget' as const,
  period,
  limit: { usd },
  thresholds: [{ percent: 100, action: 'stop-all' as const }],
});

/** Budgets are almost used up when the state is lost: whatever counted anything twice would stop all. */
const policyWith = (maxStopsPerHour: number): PolicyInput => ({
  version: 1,
  mode: 'enforce',
  timezone: 'Europe/Berlin',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    budget('daily', 'day', 125),
    budget('monthly', 'month', 300),
  ],
  exemptions: [
    { id: 'release', match: { runs: ['release-*'] }, until: IN_A_DAY, owner: 'mobile', reason: 'release' },
  ],
  safety: { maxStopsPerHour },
  manualStop: { budgets: [{ name: 'Test Budget', stop: 'all' }] },
});

/** Three weeks of settled work, work that has only just ended, and work in flight; the same in every guard. */
function seedWork({ emulator }: Guard) {
  const [mobile, web] = [emulator.addProject({ name: 'mobile' }), emulator.addProject({ name: 'web' })];
  const run = (project: string, name: string, ago: number, jobs: readonly number[], more = {}) =>
    emulator.addRun({
      project,
      name,
      created: START - ago * MINUTE,
      jobs: jobs.map((testMinutes) => ({ testMinutes, teardownMinutes: 2 })),
      ...more,
    });
  for (let index = 0; index < 24; index += 1) {
    run(index % 2 ? mobile : web, `build-${index}`, 120 + index * 700, [10 + index, 5]);
    run(mobile, `slot-${index}`, 300 + index * 900, [20], { billingMethod: 'UNMETERED' });
  }
  emulator.addSession({ project: web, created: START - 200 * MINUTE, sessionMinutes: 25 });
  run(web, 'just-ended', 25, [18, 2]);
  return {
    mobile,
    web,
    half: run(mobile, 'half', 20, [6, 110]),
    slots: run(web, 'slots', 20, [90], { billingMethod: 'UNMETERED' }),
    session: emulator.addSession({ project: mobile, created: START - 10 * MINUTE, sessionMinutes: 45 }),
    long: run(web, 'long', 50, [ENDLESS]),
    stopping: run(mobile, 'stopping', 66, [ENDLESS], {
      jobs: [{ testMinutes: ENDLESS, teardownMinutes: 12 }],
    }),
    ending: run(mobile, 'ending', 66, [ENDLESS]),
    byPolicy: run(mobile, 'release-7', 75, [ENDLESS]),
    byMessage: run(mobile, 'soak', 75, [ENDLESS]),
    byTag: run(mobile, 'tagged', 75, [ENDLESS], { tags: TAGS }),
  };
}

type Work = ReturnType<typeof seedWork>;

/** Two guards alike in the middle of a day, after sweeps; what is said to one is said to the other. */
async function twins(before: (guard: Guard) => Promise<void> = async () => {}, maxStopsPerHour = 200) {
  const make = async () => {
    const guard = await deployGuard(policyWith(maxStopsPerHour), { throttle: false });
    const work = seedWork(guard);
    await guard.publish({ action: 'exempt', target: work.byMessage.arn, until: IN_A_DAY });
    await guard.sweep();
    await before(guard);
    guard.clock.advance(5 * MINUTE);
    return { guard, work };
  };
  const [lost, kept] = [await make(), await make()];
  return { lost: lost.guard, kept: kept.guard, work: lost.work };
}

/** What a sweep did and what it counted. */
const toldBy = ({ stopped, confirmed, heldBack, failed, partial, usage, spend }: SweepSummary) => ({
  stopped: stopped.toSorted(),
  confirmed: confirmed.toSorted(),
  heldBack,
  failed,
  partial,
  usage,
  spend,
});

async function sweepFor(guard: Guard, minutes: number): Promise<readonly SweepSummary[]> {
  const summaries = [];
  for (let passed = 0; passed < minutes; passed += 5) {
    summaries.push(await guard.sweep());
    guard.clock.advance(5 * MINUTE);
  }
  return summaries;
}

/** What the trail says of work, figures included, without what names an invocation. */
async function storyOf(guard: Guard): Promise<readonly string[]> {
  return (await guard.trail())
    .filter(({ subject }) => subject.startsWith('arn:'))
    .map(({ subject, id, rule, minutes, money, seconds, avoided, avoidedMoney }) =>
      JSON.stringify({ subject, id, rule, minutes, money, seconds, avoided, avoidedMoney }),
    )
    .toSorted();
}

/** Asserts that each work is stopped at most once, and none that is exempt. */
async function expectNoWrongStop(guard: Guard, { byPolicy, byMessage, byTag }: Work): Promise<void> {
  const stops = effectiveStops(guard.emulator);
  expect([...stops.values()].filter((count) => count !== 1)).toEqual([]);
  for (const { jobs } of [byPolicy, byMessage, byTag])
    expect(jobs.filter((arn) => stops.has(arn))).toEqual([]);
  expectEveryStopExplained(guard.emulator, await guard.trail());
}

const figuresOf = ({ usage, spend }: SweepSummary) => ({ usage, spend });

describe('a guard that loses its state table in the middle of a month, through the bundles', () => {
  it('counts and does from the next sweep on what a guard does that lost nothing', async () => {
    const { lost, kept, work } = await twins();

    await lost.loseState();
    const [found, expected] = [await sweepFor(lost, 180), await sweepFor(kept, 180)];

    expect(found[0]?.usage).toMatchObject([
      { rule: 'daily', spent: expect.closeTo(94, 1), incomplete: false },
      { rule: 'monthly', spent: expect.closeTo(219.1, 1), incomplete: false },
    ]);
    expect(found.map(toldBy)).toEqual(expected.map(toldBy));
    expect(await storyOf(lost)).toEqual(await storyOf(kept));
    // One is stopped for its duration later on, and one for the budget when that is used up.
    expect(found.flatMap(({ stopped }) => stopped)).toEqual(
      expect.arrayContaining([...work.long.jobs, ...work.half.jobs.slice(1)]),
    );
    await expectNoWrongStop(lost, work);
  });

  it('says that its usage is incomplete while a project cannot be listed, and stops nothing for it', async () => {
    const { lost, kept, work } = await twins();
    await lost.loseState();
    lost.emulator.faults.add({
      kind: 'error',
      operation: 'ListRuns',
      name: 'InternalServiceException',
      match: work.mobile,
    });

    const [partial, whole] = [await lost.sweep(), await kept.sweep()];
    lost.emulator.faults.clear();
    // A sweep that waited for a refused listing took its time.
    for (const { clock } of [lost, kept]) clock.advanceTo(START + 10 * MINUTE);
    const [rebuilt, expected] = [await lost.sweep(), await kept.sweep()];

    expect(partial).toMatchObject({ partial: true, stopped: [] });
    const labels = ({ usage, spend }: SweepSummary) =>
      [...usage, ...spend].map(({ incomplete }) => incomplete);
    expect(new Set(labels(partial))).toEqual(new Set([true]));
    partial.usage.forEach(({ spent }, index) => {
      expect(spent).toBeLessThan(whole.usage[index]?.spent ?? 0);
    });
    expect(new Set(labels(rebuilt))).toEqual(new Set([false]));
    expect(figuresOf(rebuilt)).toEqual(figuresOf(expected));
    await expectNoWrongStop(lost, work);
  });

  it('keeps a pause and every exemption, and forgets what the cap held without stopping it', async () => {
    const pause = { action: 'pause', until: IN_A_DAY, reason: 'release', requestedBy: 'ada' };
    const { lost, kept, work } = await twins(async (guard) => {
      // Two of three places are taken: of what the budget's alert would stop, one is stopped and the rest is held.
      await guard.publish(BUDGET_ALERT);
      await guard.publish(pause);
    }, 3);
    const before = [...effectiveStops(lost.emulator).keys()];

    await lost.loseState();
    const [first, expected] = [await lost.sweep(), await kept.sweep()];
    lost.clock.advance(5 * MINUTE);
    const paused = [first, ...(await sweepFor(lost, 15))];
    await lost.publish({ action: 'resume', requestedBy: 'ada' });
    await sweepFor(lost, 10);

    expect(before.toSorted()).toEqual([...work.stopping.jobs, ...work.ending.jobs, work.session].toSorted());
    expect(figuresOf(first)).toEqual(figuresOf(expected));
    expect(paused.flatMap(({ stopped }) => stopped)).toEqual([]);
    expect(paused.at(-1)?.heldBack).toEqual(
      work.long.jobs.map((arn) => ({ arn, why: `paused until ${IN_A_DAY} (ada asked by message: release)` })),
    );
    // Held orders went with the state; that they were held stays on record.
    expect([...effectiveStops(lost.emulator).keys()].toSorted()).toEqual(
      [...before, ...work.long.jobs].toSorted(),
    );
    const held = (await lost.trail()).filter(({ id }) => id === 'StopHeld#budget:Test Budget#cap');
    expect(held.map(({ subject }) => subject)).toContain(work.half.jobs[1]);
    await expectNoWrongStop(lost, work);
  });

  it('rebuilds the same by two sweeps at once', async () => {
    const { lost, kept, work } = await twins();
    await lost.loseState();

    const both = await Promise.all([lost.sweep(), lost.sweep()]);
    const expected = await kept.sweep();
    for (const { clock } of [lost, kept]) clock.advance(5 * MINUTE);
    const [after, expectedAfter] = [await lost.sweep(), await kept.sweep()];

    for (const summary of both) expect(figuresOf(summary)).toEqual(figuresOf(expected));
    expect(figuresOf(after)).toEqual(figuresOf(expectedAfter));
    await expectNoWrongStop(lost, work);
  });

  it('carries out a manual stop before its first sweep, and leaves alone what it had stopped and what is exempt', async () => {
    const { lost, work } = await twins();
    const before = [...effectiveStops(lost.emulator).keys()];
    const earlier = await lost.publish({ action: 'stop', target: work.web, include: 'queued' });
    await lost.loseState();

    await lost.publish({ action: 'stop', target: work.mobile });
    const byMessage = [...effectiveStops(lost.emulator).keys()];
    lost.clock.advance(MINUTE);
    lost.emulator.addRun({ project: work.web, jobs: [{ status: 'PENDING_DEVICE' }] });
    lost.deployment.redeliver(earlier);
    await lost.deployment.settle();
    const delivered = [...effectiveStops(lost.emulator).keys()];
    await sweepFor(lost, 30);

    const expected = [...before, ...work.half.jobs.slice(1), work.session];
    expect(byMessage.toSorted()).toEqual(expected.toSorted());
    // What SNS delivers again means no work that has come since.
    expect(delivered).toEqual(byMessage);
    await expectNoWrongStop(lost, work);
  });
});

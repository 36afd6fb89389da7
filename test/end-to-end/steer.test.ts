import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import { deployGuard } from './deploy-guard.ts';
import { type Guard, MINUTE, START } from './start-guard.ts';
import { effectiveStops, expectEveryStopExplained } from './trail.ts';

const ACCOUNT = '123456789012';
const BUDGET_TEXT = readFileSync(new URL('../golden/budgets-notification.txt', import.meta.url), 'utf8');
const IN_A_DAY = new Date(START + 24 * 60 * MINUTE).toISOString();
const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60, match: { work: 'jobs' } },
    {
      id: 'hard-stop',
      type: 'budget',
      period: 'day',
      limit: { usd: 1 },
      match: { projects: ['costly'] },
      ignoreExemptions: true,
      thresholds: [{ percent: 100, action: 'stop-all' }],
    },
  ],
  exemptions: [
    { id: 'release', match: { runs: ['release-*'] }, until: IN_A_DAY, owner: 'mobile', reason: 'release' },
  ],
  manualStop: { budgets: [{ name: 'Test Budget', stop: 'all' }] },
};

/** One job too long in a run of its own, for each of the three ways to be exempt, and one that is not. */
function seedWork({ emulator }: Guard) {
  const project = emulator.addProject({ name: 'mobile' });
  const tags = { 'autostop:exempt-until': IN_A_DAY };
  const long = (name: string, extra = {}) => {
    const run = emulator.addRun({
      project,
      name,
      created: START - 75 * MINUTE,
      jobs: [{ testMinutes: 140 }],
      ...extra,
    });
    return { run: run.arn, job: run.jobs[0] ?? '' };
  };
  return {
    project,
    byPolicy: long('release-7'),
    byMessage: long('soak'),
    byTag: long('tagged', { tags }),
    plain: long('nightly'),
    costly: long('costly', { project: emulator.addProject({ name: 'costly', tags }) }),
  };
}

async function recordsOf(guard: Guard, arn: string) {
  return (await guard.trail()).filter(({ subject }) => subject === arn);
}

const stoppedBy = (guard: Guard) => [...effectiveStops(guard.emulator).keys()];

describe('steering, through the bundles', () => {
  it('keeps what is exempt by policy, message or tag, and forgets nothing with the state table', async () => {
    const guard = await deployGuard(POLICY, { throttle: false });
    const { byPolicy, byMessage, byTag, plain, costly, project } = seedWork(guard);
    const exempted = await guard.publish({ action: 'exempt', target: byMessage.run, until: IN_A_DAY });
    const first = await guard.sweep();
    guard.clock.advance(5 * MINUTE);
    await guard.loseState();

    await guard.sweep();
    await guard.publish({ action: 'stop', target: 'account', confirm: ACCOUNT });

    expect(first.stopped.toSorted()).toEqual([plain.job, costly.job].toSorted());
    expect(stoppedBy(guard).length).toBe(2);
    for (const [{ job }, why] of [
      [byPolicy, /^kept by exemption release until .*; otherwise: ran 75 min/],
      [byMessage, new RegExp(`^kept by exemption message:${exempted} until .*; otherwise: ran 75 min`)],
      [byTag, /^kept by tag autostop:exempt-until of .*; otherwise: ran 75 min/],
    ] as const) {
      const records = await recordsOf(guard, job);
      expect(records.map(({ event }) => event)).toEqual(['StopHeld', 'StopHeld']);
      expect(records.find(({ rule }) => rule === 'long-jobs')?.reason).toMatch(why);
    }
    const requested = (await recordsOf(guard, costly.job)).find(({ event }) => event === 'StopRequested');
    expect(requested?.reason).toMatch(/rule hard-stop\); it ignores what would keep this: tag autostop/);
    await guard.publish({ action: 'stop', target: project, ignoreExemptions: true });
    expect(stoppedBy(guard)).toHaveLength(5);
    expectEveryStopExplained(guard.emulator, await guard.trail());
  });

  it('holds rules and messages of AWS while paused, and forgets no pause with the state table', async () => {
    const guard = await deployGuard(POLICY, { throttle: false });
    const { plain, project } = seedWork(guard);
    const fresh = guard.emulator.addRun({
      project,
      created: START - 5 * MINUTE,
      jobs: [{ testMinutes: 140 }],
    });
    await guard.publish({ action: 'pause', until: IN_A_DAY, reason: 'release', requestedBy: 'ada' });
    await guard.sweep();
    await guard.loseState();
    guard.clock.advance(5 * MINUTE);

    const second = await guard.sweep();
    await guard.publish(BUDGET_TEXT);
    const before = stoppedBy(guard);
    await guard.publish({ action: 'resume', requestedBy: 'ada' });
    const third = await guard.sweep();

    const why = `paused until ${IN_A_DAY} (ada asked by message: release)`;
    expect(second.heldBack).toContainEqual({ arn: plain.job, why });
    expect(before).toEqual([]);
    expect(third.stopped).toContain(plain.job);
    // No rule is against it: only the message is, which came during the pause.
    expect(third.stopped).toContain(fresh.jobs[0]);
    expect((await recordsOf(guard, fresh.jobs[0] ?? '')).map(({ event }) => event)).toEqual(
      expect.arrayContaining(['StopHeld', 'StopRequested', 'StopAccepted']),
    );
    const held = (await recordsOf(guard, plain.job)).filter(({ event }) => event === 'StopHeld');
    expect(held.map(({ id }) => id).toSorted()).toEqual([
      'StopHeld#budget:Test Budget#paused',
      'StopHeld#long-jobs#paused',
    ]);
    const steering = (await recordsOf(guard, 'guard')).filter(({ event }) => event.startsWith('Guard'));
    expect(steering.map(({ event }) => event).toSorted()).toEqual(['GuardPaused', 'GuardResumed']);
  });
});

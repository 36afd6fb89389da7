import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { deploy } from './deploy.ts';
import { ACCOUNT, type Deployed, MINUTE, START } from './start.ts';
import { effectiveStops, expectEveryStopExplained, once, stopRequests } from './trail.ts';

const BUDGET_ALERT = readFileSync(new URL('../golden/budgets-notification.txt', import.meta.url), 'utf8');
const IN_A_DAY = new Date(START + 24 * 60 * MINUTE).toISOString();
const HANGS = { testMinutes: Number.POSITIVE_INFINITY };
const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
  exemptions: [
    { id: 'release', match: { runs: ['release-*'] }, until: IN_A_DAY, owner: 'mobile', reason: 'release' },
  ],
  manualStop: { budgets: [{ name: 'Test Budget', stop: 'all' }] },
};
const OBSERVING: PolicyInput = { ...POLICY, mode: 'observe' };

/** A run of one job that has been RUNNING for 75 minutes; the ARNs of both. */
function addLong({ emulator }: Deployed, project: string, name: string, more = {}) {
  const created = START - 75 * MINUTE;
  const { arn, jobs } = emulator.addRun({ project, name, created, jobs: [HANGS], ...more });
  return { run: arn, job: jobs[0] ?? '' };
}

async function eventsOf(deployed: Deployed, arn: string) {
  const own = (await deployed.trail()).filter(({ subject }) => subject === arn);
  return own.toSorted((a, b) => (a.at < b.at ? -1 : 1)).map(({ event }) => event);
}

describe('a policy that changes', () => {
  it('from observe to enforce stops what it only recorded before', async () => {
    const deployed = await deploy(OBSERVING);
    const project = deployed.emulator.addProject({ name: 'mobile' });
    const { job } = addLong(deployed, project, 'nightly');

    const [observed] = await deployed.sweepFor(10);
    const before = stopRequests(deployed.emulator);
    await deployed.deployPolicy(POLICY);
    const [enforced] = await deployed.sweepFor(10);

    expect(observed).toMatchObject({ mode: 'observe', wouldStop: [job], stopped: [] });
    expect(before).toEqual([]);
    expect(enforced).toMatchObject({ mode: 'enforce', wouldStop: [], stopped: [job] });
    expect(effectiveStops(deployed.emulator)).toEqual(once([job]));
    expect(await eventsOf(deployed, job)).toEqual(
      expect.arrayContaining(['WouldStop', 'StopRequested', 'StopAccepted', 'StopConfirmed']),
    );
    expectEveryStopExplained(deployed.emulator, await deployed.trail());
  });

  it.each([
    ['only observes', OBSERVING],
    ['allows twice as long', { ...POLICY, rules: [{ ...POLICY.rules[0], maxMinutes: 140 }] }],
  ])('so that it %s is what counts for a stop that had no effect', async (_, next) => {
    const deployed = await deploy(POLICY);
    const { emulator } = deployed;
    const { job } = addLong(deployed, emulator.addProject({ name: 'mobile' }), 'nightly');
    const deaf = emulator.faults.add({ kind: 'ignoredStop', operation: '*' });

    await deployed.sweep();
    deployed.clock.advance(5 * MINUTE);
    deaf.remove();
    await deployed.deployPolicy(next as PolicyInput);
    await deployed.sweepFor(20);

    expect(stopRequests(emulator)).toEqual([job]);
    expect(effectiveStops(emulator)).toEqual(new Map());
  });
});

describe('exempt work and a pause', () => {
  it('are heeded by rules, tags and messages alike, also when the state table is lost', async () => {
    const deployed = await deploy(POLICY);
    const project = deployed.emulator.addProject({ name: 'mobile' });
    const tags = { 'autostop:exempt-until': IN_A_DAY };
    const plain = addLong(deployed, project, 'nightly');
    const byPolicy = addLong(deployed, project, 'release-7');
    const byMessage = addLong(deployed, project, 'soak');
    const byTag = addLong(deployed, project, 'tagged', { tags });
    await deployed.publish({ action: 'exempt', target: byMessage.run, until: IN_A_DAY, reason: 'soak test' });

    const first = await deployed.sweep();
    deployed.clock.advance(5 * MINUTE);
    await deployed.loseState();
    const second = await deployed.sweep();
    await deployed.publish({ action: 'stop', target: 'account', confirm: ACCOUNT });

    expect([first.stopped, second.stopped]).toEqual([[plain.job], []]);
    expect(effectiveStops(deployed.emulator)).toEqual(once([plain.job]));
    const trail = await deployed.trail();
    for (const [{ job }, why] of [
      [byPolicy, /exemption release/],
      [byMessage, /soak test/],
      [byTag, /tag autostop:exempt-until/],
    ] as const) {
      const held = trail.find(({ subject, rule }) => subject === job && rule === 'long-jobs');
      expect(held).toMatchObject({ event: 'StopHeld', reason: expect.stringMatching(why) });
    }
    await deployed.publish({ action: 'stop', target: project, ignoreExemptions: true });
    expect(effectiveStops(deployed.emulator).size).toBe(4);
  });

  it('hold rules and messages of AWS, whose work is stopped when they end', async () => {
    const deployed = await deploy(POLICY);
    const { emulator, clock } = deployed;
    const project = emulator.addProject({ name: 'mobile' });
    const long = addLong(deployed, project, 'nightly');
    const fresh = emulator.addRun({ project, created: START - 5 * MINUTE, jobs: [HANGS] });
    await deployed.publish({ action: 'pause', until: IN_A_DAY, reason: 'release', requestedBy: 'ada' });

    await deployed.publish(BUDGET_ALERT);
    await deployed.loseState();
    const paused = await deployed.sweep();
    const during = stopRequests(emulator);
    await deployed.publish({ action: 'resume', requestedBy: 'ada' });
    await clock.sleep(6 * MINUTE);
    await deployed.aws.settle();
    await deployed.sweep();

    const why = expect.stringContaining(`paused until ${IN_A_DAY}`);
    expect(paused.heldBack).toContainEqual({ arn: long.job, why });
    expect(during).toEqual([]);
    // No rule is against the second: only the message is, and the queue has kept it.
    expect(effectiveStops(emulator)).toEqual(once([long.job, ...fresh.jobs]));
    const controls = (await deployed.trail()).filter(({ event }) => event.startsWith('Guard'));
    expect(controls.map(({ event }) => event).toSorted()).toEqual(['GuardPaused', 'GuardResumed']);
    expectEveryStopExplained(emulator, await deployed.trail());
  });
});

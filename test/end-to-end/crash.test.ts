import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import { deployGuard } from './deploy-guard.ts';
import { type Guard, MINUTE, START } from './start-guard.ts';
import { effectiveStops, expectEveryStopExplained } from './trail.ts';

const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
};

/** Three jobs and a session that break the policy. */
function seedRunaways({ emulator }: Guard): readonly string[] {
  const project = emulator.addProject({ name: 'mobile' });
  const created = START - 75 * MINUTE;
  const jobs = [{ testMinutes: Number.POSITIVE_INFINITY }];
  const runs = [1, 2, 3].map(() => emulator.addRun({ project, created, jobs }));
  return [...runs.flatMap((run) => run.jobs), emulator.addSession({ project, created })];
}

/** Kills the sweep at its nth stop request, before the service has acted or after. */
function killAtStop(guard: Guard, nth: number, when: 'onRequest' | 'onEffect'): void {
  let stops = 0;
  guard.emulator[when] = async ({ operation }) => {
    if (!operation.startsWith('Stop')) return;
    stops += 1;
    if (stops === nth)
      await guard.deployment.killContainers(guard.deployment.outputs.SweepFunctionName ?? '');
  };
}

describe.each(['onRequest', 'onEffect'] as const)('a sweep that is killed %s of a stop', (when) => {
  it.each([1, 2, 4])('is finished by later sweeps, at stop %i', async (nth) => {
    const guard = await deployGuard(POLICY);
    const runaways = seedRunaways(guard);
    killAtStop(guard, nth, when);

    const killed = await guard.deployment.invoke(guard.deployment.outputs.SweepFunctionName ?? '');
    const summaries = [];
    for (let sweep = 0; sweep < 4; sweep += 1) {
      guard.clock.advance(5 * MINUTE);
      summaries.push(await guard.sweep());
    }

    expect(killed.error).toBeDefined();
    expect(effectiveStops(guard.emulator)).toEqual(new Map(runaways.map((arn) => [arn, 1])));
    const trail = await guard.trail();
    expectEveryStopExplained(guard.emulator, trail);
    expect(
      trail
        .filter(({ event }) => event === 'StopConfirmed')
        .map(({ subject }) => subject)
        .sort(),
    ).toEqual([...runaways].sort());
    expect(summaries.at(-1)).toMatchObject({ activeItems: 0, failed: [], problems: [] });
  });
});

describe.each(['onRequest', 'onEffect'] as const)(
  'a sweep that is killed %s of a stop of a whole run',
  (when) => {
    it('is finished by later sweeps', async () => {
      const guard = await deployGuard(POLICY);
      const project = guard.emulator.addProject({ name: 'mobile' });
      const jobs = [1, 2, 3].map(() => ({ testMinutes: Number.POSITIVE_INFINITY }));
      const run = guard.emulator.addRun({ project, created: START - 75 * MINUTE, jobs });
      killAtStop(guard, 1, when);

      const killed = await guard.deployment.invoke(guard.deployment.outputs.SweepFunctionName ?? '');
      for (let sweep = 0; sweep < 4; sweep += 1) {
        guard.clock.advance(5 * MINUTE);
        await guard.sweep();
      }

      expect(killed.error).toBeDefined();
      expect(effectiveStops(guard.emulator)).toEqual(new Map(run.jobs.map((arn) => [arn, 1])));
      const trail = await guard.trail();
      const confirmed = trail.filter(({ event }) => event === 'StopConfirmed');
      expect(confirmed.map(({ subject }) => subject).sort()).toEqual([...run.jobs].sort());
    });
  },
);

describe('a guard that loses its state table', () => {
  it('stops nothing twice and goes on', async () => {
    const guard = await deployGuard(POLICY);
    const runaways = seedRunaways(guard);

    await guard.sweep();
    await guard.loseState();
    guard.clock.advance(MINUTE / 10);
    const after = await guard.sweep();

    expect(after.stopped).toEqual([]);
    expect(after.failed).toEqual([]);
    expect(effectiveStops(guard.emulator)).toEqual(new Map(runaways.map((arn) => [arn, 1])));
    expectEveryStopExplained(guard.emulator, await guard.trail());
  });
});

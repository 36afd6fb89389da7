import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { deploy } from './deploy.ts';
import { type Deployed, MINUTE, START } from './start.ts';
import { effectiveStops, expectEveryStopExplained, once } from './trail.ts';

const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
};
const HANGS = { testMinutes: Number.POSITIVE_INFINITY };

/** Three jobs in runs of their own and a session, all over the limit. */
function seedRunaways({ emulator }: Deployed): readonly string[] {
  const project = emulator.addProject({ name: 'mobile' });
  const created = START - 75 * MINUTE;
  const runs = ['a', 'b', 'c'].map((name) => emulator.addRun({ project, name, created, jobs: [HANGS] }));
  return [...runs.flatMap(({ jobs }) => jobs), emulator.addSession({ project, created, name: 'd' })];
}

/** Three jobs of one run over the limit, which one call stops. */
function seedRun({ emulator }: Deployed): readonly string[] {
  const project = emulator.addProject({ name: 'mobile' });
  const jobs = [HANGS, HANGS, HANGS];
  return emulator.addRun({ project, name: 'wide', created: START - 75 * MINUTE, jobs }).jobs;
}

/** Kills the sweep at its nth stop request, before the service has acted or after. */
function killAtStop({ aws, emulator }: Deployed, nth: number, when: 'onRequest' | 'onEffect'): void {
  let stops = 0;
  emulator[when] = async ({ operation }) => {
    if (!operation.startsWith('Stop')) return;
    stops += 1;
    if (stops === nth) await aws.killContainers('SweepFunctionName');
  };
}

describe('a sweep that is killed at a stop', () => {
  it.each([
    ['the 1st', 1, 'onRequest', seedRunaways],
    ['the 1st', 1, 'onEffect', seedRunaways],
    ['the 2nd', 2, 'onRequest', seedRunaways],
    ['the 2nd', 2, 'onEffect', seedRunaways],
    ['the 4th', 4, 'onRequest', seedRunaways],
    ['the 4th', 4, 'onEffect', seedRunaways],
    ['that of a run', 1, 'onRequest', seedRun],
    ['that of a run', 1, 'onEffect', seedRun],
  ] as const)('%s (%i, %s), is finished and reported by later sweeps', async (_, nth, when, seed) => {
    const deployed = await deploy(POLICY);
    const { aws, clock, emulator } = deployed;
    const runaways = seed(deployed);
    killAtStop(deployed, nth, when);

    const killed = await aws.invoke('SweepFunctionName');
    clock.advance(5 * MINUTE);
    const summaries = await deployed.sweepFor(15);

    expect(killed.error).toBeDefined();
    expect(effectiveStops(emulator)).toEqual(once(runaways));
    const trail = await deployed.trail();
    expectEveryStopExplained(emulator, trail);
    const confirmed = trail.filter(({ event }) => event === 'StopConfirmed').map(({ subject }) => subject);
    expect(confirmed.toSorted()).toEqual(runaways.toSorted());
    expect(summaries.at(-1)).toMatchObject({ activeItems: 0, failed: [], problems: [] });
    const mailed = deployed
      .mails()
      .map(({ message }) => message)
      .join('\n');
    for (const name of new Set(
      trail.flatMap(({ event, run }) => (event === 'StopConfirmed' && run ? [run] : [])),
    ))
      expect(mailed, `a mail names run ${name}`).toContain(name);
  });
});

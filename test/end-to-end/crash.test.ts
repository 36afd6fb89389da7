import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { isRecord } from '../../lambda/text.ts';
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

/** Kills a function at its nth stop request, before the service has acted or after. */
function killAtStop(
  { aws, emulator }: Deployed,
  nth: number,
  when: 'onRequest' | 'onEffect',
  name: 'SweepFunctionName' | 'ManualStopFunctionName' = 'SweepFunctionName',
): void {
  let stops = 0;
  emulator[when] = async ({ operation }) => {
    if (!operation.startsWith('Stop')) return;
    stops += 1;
    if (stops === nth) await aws.killContainers(name);
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

describe('a decision at the moment of a limit', () => {
  const seedCrossing = ({ emulator }: Deployed) => {
    const project = emulator.addProject({ name: 'mobile' });
    return emulator.addRun({ project, name: 'a', created: START - 57 * MINUTE, jobs: [HANGS] }).jobs;
  };

  it('stops within five seconds of the limit, through the queue', async () => {
    const deployed = await deploy(POLICY);
    const { emulator, clock, aws } = deployed;
    const [arn = ''] = seedCrossing(deployed);
    await deployed.sweep();
    await clock.sleep(4 * MINUTE);
    await aws.settle();

    const job = emulator.show(arn);
    const startedAt = isRecord(job) ? Number(job.started) * 1_000 : 0;
    const late = emulator.requests
      .filter(({ operation }) => operation === 'StopJob')
      .map(({ at }) => at - startedAt - 60 * MINUTE);
    expect(late).toEqual([expect.any(Number)]);
    expect(late[0]).toBeGreaterThan(0);
    expect(late[0]).toBeLessThanOrEqual(5_000);
    expectEveryStopExplained(emulator, await deployed.trail());
  });

  it.each(['onRequest', 'onEffect'] as const)(
    'that is killed (%s) is finished by later sweeps',
    async (when) => {
      const deployed = await deploy(POLICY);
      const runaways = seedCrossing(deployed);
      killAtStop(deployed, 1, when, 'ManualStopFunctionName');

      await deployed.sweep();
      await deployed.clock.sleep(4 * MINUTE);
      expect(deployed.orders().map(({ error }) => error)).toEqual([expect.anything()]);
      await deployed.sweepFor(15);

      expect(effectiveStops(deployed.emulator)).toEqual(once(runaways));
      const trail = await deployed.trail();
      expectEveryStopExplained(deployed.emulator, trail);
      expect(trail.filter(({ event }) => event === 'StopConfirmed')).toHaveLength(1);
    },
  );
});

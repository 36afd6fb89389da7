import { describe, expect, it } from 'vitest';
import type { PlanReport } from '../../cli/plan-report.ts';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import { deployGuard } from '../end-to-end/deploy-guard.ts';
import { type Guard, MINUTE } from '../end-to-end/start-guard.ts';
import { openFarm } from './open-farm.ts';
import { runAutostop } from './run-autostop.ts';
import { useEnvironment } from './use-environment.ts';
import { writePolicy } from './write-policy.ts';

const POLICY: PolicyInput = {
  version: 1,
  mode: 'observe',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
};
const RAISED: PolicyInput = { ...POLICY, rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 90 }] };

/** A guard that has seen one false stop. */
async function guardThatLearnt(): Promise<Guard> {
  const guard = await deployGuard(POLICY, { throttle: false });
  useEnvironment(guard.deployment.environment);
  const { emulator, clock } = guard;
  emulator.addRun({
    project: emulator.addProject({ name: 'mobile' }),
    created: clock.now() - 65 * MINUTE,
    jobs: [{ testMinutes: 67 }],
  });
  await guard.sweep();
  clock.advance(5 * MINUTE);
  await guard.sweep();
  return guard;
}

async function planBy(guard: Guard, policy: PolicyInput, ...options: string[]) {
  const table = guard.deployment.outputs.StateTableName ?? '';
  const args = ['plan', '--policy', writePolicy(policy), '--state-table', table, ...options];
  return (await runAutostop(args, { now: guard.clock.now, width: 400 })).out;
}

describe('what a plan says of would-be stops', () => {
  it('is the rate of the rule, in words and in JSON', async () => {
    const guard = await guardThatLearnt();

    const text = await planBy(guard, POLICY);
    const report: PlanReport = JSON.parse(await planBy(guard, POLICY, '--json'));

    expect(text).toContain(
      'Would-be stops that have ended\n  long-jobs: 1 would-be stop ended in 30 days; 1 of 1 false (too few for a rate, 5 are needed); these ended within 3 min (half),',
    );
    expect(report.lessons).toMatchObject([
      { rule: 'long-jobs', falseStops: 1, falseStopRate: null, endedWithin: { half: 3 }, falseMinutes: 3 },
    ]);
  });

  it('is nothing of a rule that is tried with another limit', async () => {
    const guard = await guardThatLearnt();

    expect(await planBy(guard, RAISED)).toContain(
      'Would-be stops that have ended\n  none yet of the rules as they stand\n',
    );
  });

  it.each([
    ['observe', true],
    ['enforce', false],
  ] as const)('is not known without the state table, which matters in mode %s: %s', async (mode, said) => {
    await openFarm();

    const ran = await runAutostop(['plan', '--policy', writePolicy({ ...POLICY, mode })]);

    expect(ran.out.includes('  not known without --state-table\n')).toBe(said);
  });
});

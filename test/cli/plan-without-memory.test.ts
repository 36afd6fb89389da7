import { describe, expect, it } from 'vitest';
import type { PlanReport } from '../../cli/plan-report.ts';
import { openFarm } from './open-farm.ts';
import { MINUTE, NOW, runAutostop } from './run-autostop.ts';
import { writePolicy } from './write-policy.ts';

async function reasonUnder(rule: object): Promise<string | undefined> {
  const policy = writePolicy({ version: 1, mode: 'enforce', rules: [{ id: 'one', ...rule }] });
  const { out } = await runAutostop(['plan', '--json', '--policy', policy]);
  const report: PlanReport = JSON.parse(out);
  return report.items[0]?.reason;
}

describe('a plan without the memory of the guard', () => {
  it.each([
    [
      { type: 'stalled', maxMinutes: 1 },
      'rule one does not apply: it has not been seen to move a counter while RUNNING',
    ],
    [
      { type: 'elastic', percent: 100 },
      'rule one does not apply: it has a history of 0 successful jobs of run "nightly" on Google Pixel 8; 5 are needed',
    ],
  ])('says of %j why it does not apply', async (rule, reason) => {
    const emulator = await openFarm();
    emulator.addRun({
      project: emulator.addProject({ name: 'mobile' }),
      name: 'nightly',
      created: NOW - 75 * MINUTE,
      jobs: [{ device: 'Google Pixel 8', testMinutes: 140 }],
    });

    expect(await reasonUnder(rule)).toBe(reason);
  });
});

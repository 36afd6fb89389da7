import { describe, expect, it } from 'vitest';
import { MINUTE, openFarm, runAutostop, START, writePolicy } from './support.ts';

const RULE = { id: 'old', type: 'superseded', key: 'pr-{key}-{number}' };
const policyOf = (...rules: readonly object[]) => writePolicy(JSON.stringify({ version: 1, rules }));

async function withRuns() {
  const farm = await openFarm();
  const project = farm.addProject({ name: 'mobile' });
  const add = (name: string, minutesAgo: number, testMinutes: number) =>
    farm.addRun({ project, name, created: START - minutesAgo * MINUTE, jobs: [{ testMinutes }] });
  add('pr-12-1', 100, 60);
  add('pr-12-2', 80, 10);
  add('pr-12-3', 20, 90);
  add('pr-7-4', 90, 60);
  add('nightly', 300, 20);
}

describe('keys', () => {
  it('shows the groups, what has no key, and what would have replaced what', async () => {
    await withRuns();

    const { code, out } = await runAutostop(['keys', '--policy', policyOf(RULE)]);

    expect(code).toBe(0);
    expect(out).toMatch(/^old +mobile +12 +3 +1 +pr-12-1 by pr-12-2$/m);
    expect(out).toMatch(/^old +mobile +7 +1 +0 +pr-7-4$/m);
    expect(out).toMatch(/^old +mobile +\(none\) +1 +0 +nightly$/m);
  });

  it('looks at what the rule matches, and at runs that are far enough apart', async () => {
    await withRuns();
    const rule = { ...RULE, apartMinutes: 30, match: { runs: ['pr-*'] } };

    const { out } = await runAutostop(['keys', '--policy', policyOf(rule), '--json']);

    const groups: readonly { readonly key: string; readonly replaced: readonly unknown[] }[] =
      JSON.parse(out);
    expect(groups.map(({ key, replaced }) => [key, replaced.length])).toEqual(
      expect.arrayContaining([
        ['12', 0],
        ['7', 0],
      ]),
    );
    expect(groups).toHaveLength(2);
  });

  it('says so when the policy has no such rule', async () => {
    await withRuns();
    const file = policyOf({ id: 'long', type: 'job-duration', maxMinutes: 60 });

    const { code, err } = await runAutostop(['keys', '--policy', file]);

    expect(code).toBe(2);
    expect(err).toContain('has no rule of the type superseded');
  });
});

import { describe, expect, it } from 'vitest';
import { runAutostop } from './run-autostop.ts';
import { writePolicy } from './write-policy.ts';

const RULE = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 };

describe('policy check', () => {
  it('says what a valid policy does, and ends with 0', async () => {
    const file = writePolicy({ version: 1, mode: 'enforce', rules: [RULE] });

    const ran = await runAutostop(['policy', 'check', file]);

    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/is valid; its version is [0-9a-f]{12}\.\nMode enforce/);
    expect(ran.out).toMatch(/long-jobs +stops jobs and sessions RUNNING for more than 60 min/);
  });

  it('tells every fault in one line with its place, and ends with 1', async () => {
    const file = writePolicy(
      'version: 1\nmode: enfroce\nrules:\n  - id: a\n    type: queue-age\n    maxMinutes: 0\n',
    );

    const ran = await runAutostop(['policy', 'check', file]);

    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err.trimEnd().split('\n')).toEqual([
      expect.stringContaining(`${file}:2:7: mode: found "enfroce"`),
      expect.stringContaining(`${file}:6:17: rules[0].maxMinutes: found 0`),
    ]);
  });

  it.each(['policy.yaml', 'local/policy.yaml'])('finds nothing wrong with %s', async (file) => {
    const ran = await runAutostop(['policy', 'check', new URL(`../../${file}`, import.meta.url).pathname]);

    expect(ran).toMatchObject({ code: 0, err: '' });
  });
});

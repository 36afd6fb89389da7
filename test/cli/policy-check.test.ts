import { describe, expect, it } from 'vitest';
import { runAutostop, START, writePolicy } from './support.ts';

const RULE = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 };

describe('policy check', () => {
  it('says what a valid policy does, and ends with 0', async () => {
    const file = writePolicy({ version: 1, mode: 'enforce', rules: [RULE] });

    const ran = await runAutostop(['policy', 'check', file]);

    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/is valid; its version is [0-9a-f]{12}\.\n/);
    expect(ran.out).toMatch(/enforces: what is over is stopped/);
    expect(ran.out).toMatch(/long-jobs: stops .*60 min/);
  });

  it('warns of what cannot mean what it says, and still ends with 0', async () => {
    const until = new Date(START - 1).toISOString();
    const exemptions = [{ id: 'old', match: { runs: ['r[12]'] }, until, owner: 'ada', reason: 'release' }];
    const file = writePolicy({ version: 1, rules: [RULE], exemptions });

    const ran = await runAutostop(['policy', 'check', file]);

    expect(ran.code).toBe(0);
    expect(ran.err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^warning: exemptions\[0\]\.match\.runs\[0\]: "r\[12\]" is a glob/),
      expect.stringMatching(/^warning: exemptions\[0\]\.until: the exemption ended at 2026-11-23/),
    ]);
  });

  it('shows every fault in one line with its place, and ends with 1', async () => {
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

  it('obeys no escape sequence of a key or a value', async () => {
    const file = writePolicy({
      version: 1,
      rules: [RULE],
      '\u009b31mred': 'x',
      timezone: '\u001b[2J',
    });

    const ran = await runAutostop(['policy', 'check', file]);

    expect(ran.code).toBe(1);
    expect(ran.err.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it.each(['policy.yaml', 'demo/policy.yaml'])('finds nothing wrong with %s', async (file) => {
    const ran = await runAutostop(['policy', 'check', new URL(`../../${file}`, import.meta.url).pathname]);

    expect(ran).toMatchObject({ code: 0, err: '' });
  });
});

import { describe, expect, it } from 'vitest';
import { runAutostop, START, writePolicy } from './support.ts';

const RULE = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 };

describe('policy check', () => {
  it('says what a valid policy does, and ends with 0', async () => {
    const file = writePolicy({ version: 1, mode: 'enforce', rules: [RULE] });

    const ran = await runAutostop(['policy', 'check', file]);

    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/is valid; its version is [0-9a-f]{12}\.\n/);
    expect(ran.out).toMatch(/Mode enforce: what is over is stopped\n {2}long-jobs: .*more than 60 min\n/);
  });

  it('says of every kind of rule what it is about', async () => {
    const rules = [
      RULE,
      {
        id: 'wide',
        type: 'run-minutes',
        maxMinutes: 400,
        match: { projects: ['a', 'b-*'], billing: 'metered' },
      },
      { id: 'stuck', type: 'queue-age', maxMinutes: 240, mode: 'observe' },
      { id: 'hours', type: 'window', allow: [{ from: '07:00', to: '20:00' }] },
      { id: 'builds', type: 'superseded', key: 'pr-{key}-{number}', match: { runs: ['pr-*'] } },
      { id: 'stalled', type: 'stalled', maxMinutes: 30 },
      { id: 'unusual', type: 'elastic', percent: 300 },
      {
        id: 'money',
        type: 'budget',
        period: 'day',
        limit: { usd: 50 },
        thresholds: [{ percent: 100, basis: 'worst-case', action: 'stop-queued' }],
      },
    ];
    const manualStop = { budgets: [{ name: 'monthly', stop: 'queued' }] };

    const ran = await runAutostop(
      ['policy', 'check', writePolicy({ version: 1, mode: 'enforce', rules, manualStop })],
      { width: 300 },
    );

    expect(ran).toMatchObject({ code: 0, err: '' });
    for (const [id, words] of [
      ['wide', '400 min; only projects a or b-\\*, billing metered'],
      ['stuck', '240 min \\(only observed\\)'],
      ['hours', 'outside .*07:00-20:00'],
      ['builds', 'newer run of the same key.*only runs pr-\\*'],
      ['stalled', 'no counter for more than 30 min'],
      ['unusual', '300 % of the median'],
      ['money', 'more than \\$50 in a day: stop-queued above 100 % worst-case'],
      ['AWS budget "monthly"', 'queued work'],
    ] as const)
      expect(ran.out).toMatch(new RegExp(`^  ${id}: .*${words}`, 'm'));
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

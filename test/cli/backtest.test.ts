import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { policyFromText } from '../../lambda/policy/load.ts';
import { policyFromFile } from '../../lib/policy-from-file.ts';
import { MINUTE, openFarm, runAutostop, START, writePolicy } from './support.ts';

const DAY = 1_440;
const POLICY = { version: 1, mode: 'observe', rules: [{ id: 'long', type: 'job-duration', maxMinutes: 60 }] };

function cacheFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'auto-stop-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'history', 'cache.jsonl');
}

/** Eight nightly runs of 20 minutes that pass, a hang of 150 minutes, and a slow suite of 70 minutes that passes. */
async function withHistory() {
  const farm = await openFarm();
  const project = farm.addProject({ name: 'mobile' });
  const run = (name: string, minutesAgo: number, testMinutes: number) =>
    farm.addRun({
      project,
      name,
      created: START - minutesAgo * MINUTE,
      jobs: [{ testMinutes }],
      jobTimeoutMinutes: 150,
    });
  for (let night = 1; night <= 8; night += 1) run(`nightly-${night}`, night * DAY, 20);
  run('nightly-9', DAY / 2, Number.POSITIVE_INFINITY);
  for (let count = 1; count <= 6; count += 1) run(`soak-${count}`, count * DAY + 300, 50);
  run('soak-7', 400, 70);
  return { farm, cache: cacheFile() };
}

const policyFile = (policy: object) => writePolicy(JSON.stringify(policy));

describe('backtest', () => {
  it('finds a planted hang, what stopping it saves, and a planted false positive', async () => {
    const { cache } = await withHistory();

    const { code, out } = await runAutostop(['backtest', '--policy', policyFile(POLICY), '--cache', cache]);

    expect(code).toBe(0);
    expect(out).toContain('History of 30 days: 16 runs with 16 jobs that ended. Nothing is changed.');
    expect(out).toMatch(/^long +2 +1 +9\d min +\$1\d\.\d\d +1\d\d min$/m);
    expect(out).toMatch(/mobile \/ soak-7 .*it went on for (9\.\d|10) min and ended PASSED/);
    expect(out).toMatch(/mobile \/ nightly-9 .*: ran 61 min .*it went on for (89|9\d) min and ended/);
  });

  it('reads each run once, also when it was broken off, and keeps nothing that it cannot read', async () => {
    const { farm, cache } = await withHistory();
    const args = ['backtest', '--policy', policyFile(POLICY), '--cache', cache];
    await runAutostop(args);
    const whole = readFileSync(cache, 'utf8');
    writeFileSync(cache, whole.slice(0, whole.length - 30));
    const before = farm.requests.length;

    const { out } = await runAutostop(args);

    expect(farm.requests.slice(before).filter(({ operation }) => operation === 'ListJobs')).toHaveLength(1);
    expect(out).toContain('16 runs with 16 jobs');
  });

  it('compares two policies, and gives all of it as JSON', async () => {
    const { cache } = await withHistory();
    const wider = { ...POLICY, rules: [{ id: 'long', type: 'job-duration', maxMinutes: 90 }] };
    const files = [policyFile(POLICY), policyFile(wider)];

    const { out } = await runAutostop([
      'backtest',
      '--policy',
      files[0] ?? '',
      '--against',
      files[1] ?? '',
      '--cache',
      cache,
      '--json',
    ]);

    const { policies } = JSON.parse(out);
    expect(policies.map(({ rules }: { rules: readonly object[] }) => rules[0])).toMatchObject([
      { rule: 'long', stops: 2, falsePositives: 1 },
      { rule: 'long', stops: 1, falsePositives: 0 },
    ]);
  });

  it('heeds what a stop changes: budgets count what is left, and a newer run replaces an older one', async () => {
    const farm = await openFarm();
    const project = farm.addProject({ name: 'mobile' });
    const run = (name: string, minutesAgo: number) =>
      farm.addRun({ project, name, created: START - minutesAgo * MINUTE, jobs: [{ testMinutes: 100 }] });
    for (const [name, ago] of [
      ['pr-1-1', 300],
      ['pr-1-2', 280],
      ['pr-2-1', 150],
    ] as const)
      run(name, ago);
    const policy = {
      version: 1,
      rules: [
        { id: 'old', type: 'superseded', key: 'pr-{key}-{number}' },
        {
          id: 'day',
          type: 'budget',
          period: 'day',
          limit: { minutes: 160 },
          thresholds: [{ percent: 100, action: 'stop-all' }],
        },
      ],
    };

    const { out } = await runAutostop([
      'backtest',
      '--policy',
      policyFile(policy),
      '--cache',
      cacheFile(),
      '--json',
    ]);

    const stops: readonly { readonly run: string; readonly rule: string }[] =
      JSON.parse(out).policies[0].stops;
    expect(stops.map(({ run: name, rule }) => [name, rule])).toEqual([
      ['pr-1-1', 'old'],
      ['pr-2-1', 'day'],
    ]);
  });

  it.each([
    [['backtest', '--days', '500'], '--days is "500"; write a whole number from 1 to 400'],
    [['suggest', '--factor', '0'], '--factor is "0"; write a number from 1 to 10'],
  ])('says what to change: %s', async (args, sentence) => {
    const { code, err } = await runAutostop([
      ...args,
      ...(args[0] === 'backtest' ? ['--policy', policyFile(POLICY)] : []),
    ]);

    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});

describe('suggest', () => {
  it('finds limits above what passes and below what hangs, and says what has none', async () => {
    const { farm, cache } = await withHistory();
    farm.addRun({
      project: farm.addProject({ name: 'web' }),
      name: 'new',
      created: START - 100 * MINUTE,
      jobs: [{ testMinutes: 5 }],
    });

    const { code, out } = await runAutostop(['suggest', '--cache', cache]);

    expect(code).toBe(0);
    expect(out).toMatch(
      /^mobile +nightly-\* +9 +8 +2\d min +2\d min +2\d min +3\d min; its timeout of 150 min is far above it$/m,
    );
    expect(out).toMatch(/^mobile +soak-\* +7 +7 .* 7\d min +10\d min$/m);
    expect(out).toMatch(/^web +new +1 +1 .*none: fewer than 5 jobs passed$/m);
  });

  it('prints a policy that is one', async () => {
    const { cache } = await withHistory();

    const { out } = await runAutostop(['suggest', '--cache', cache]);

    const policy = policyFromText(out.slice(out.indexOf('version: 1')), 'suggested');
    expect(policy).toMatchObject({ mode: 'observe', rules: [{ match: { projects: ['mobile'] } }, {}] });
  });
});

describe('init', () => {
  /** Writes a policy into an empty directory. */
  async function init(cache: string, ...args: string[]) {
    const file = join(dirname(writePolicy('')), 'first.yaml');
    const ran = await runAutostop(['init', '--policy', file, '--cache', cache, ...args]);
    return { ...ran, file };
  }

  it('writes a policy that observes, with the limits of the history and one for the rest', async () => {
    const { cache } = await withHistory();

    const { code, out, err, file } = await init(cache);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`${file} is written: 2 limits from the history of the account`);
    expect(policyFromFile(file)).toMatchObject({
      mode: 'observe',
      rules: [
        { maxMinutes: 32, match: { projects: ['mobile'], runs: ['nightly-*'], work: 'jobs' } },
        { maxMinutes: 107, match: { runs: ['soak-*'] } },
        { id: 'everything', maxMinutes: 107, match: {} },
      ],
    });
    expect(readFileSync(file, 'utf8')).toMatch(
      /^ {2}# mobile \/ nightly-\*: 8 of 9 jobs passed, half of them within 2\d min, the slowest in 2\d min\.$/m,
    );
  });

  it('writes what loads without a warning, whatever names and limits the history has', async () => {
    const { farm, cache } = await withHistory();
    const project = farm.addProject({ name: 'shop [eu]: "a" {b,c} | d*\n# e' });
    for (const [name, testMinutes] of [
      ['v1.2 (a|b)$', 20],
      ['^slow [x]\\d', 140],
    ] as const)
      for (let count = 1; count <= 5; count += 1)
        farm.addRun({
          project,
          name,
          created: START - count * DAY * MINUTE,
          jobs: [{ testMinutes }],
          jobTimeoutMinutes: 150,
        });

    const { file } = await init(cache);
    const check = await runAutostop(['policy', 'check', file]);
    const backtest = await runAutostop(['backtest', '--policy', file, '--cache', cache]);

    expect(check).toMatchObject({ code: 0, err: '' });
    expect(check.out).toMatch(/runs\s+v\*\?\* \?a\?b\?\?, work jobs/);
    expect(readFileSync(file, 'utf8')).toContain('1 group of runs had no limit below 150 min');
    expect(backtest.code).toBe(0);
  });

  it('has one limit where there is no history', async () => {
    await openFarm();

    const { file } = await init(cacheFile());

    expect(policyFromFile(file).rules).toMatchObject([{ id: 'everything', maxMinutes: 60 }]);
  });

  it('keeps a file that is there, and replaces it with --force', async () => {
    const { cache } = await withHistory();
    const file = writePolicy('mine');

    const kept = await runAutostop(['init', '--policy', file, '--cache', cache]);
    const before = readFileSync(file, 'utf8');
    const replaced = await runAutostop(['init', '--policy', file, '--cache', cache, '--force']);
    const nowhere = await runAutostop(['init', '--policy', join(file, 'policy.yaml'), '--cache', cache]);

    expect(kept).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(`${file} is there already`),
    });
    expect(before).toBe('mine');
    expect(replaced.code).toBe(0);
    expect(policyFromFile(file).rules).toHaveLength(3);
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining('could not be written: ENOTDIR') });
  });
});

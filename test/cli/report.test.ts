import { describe, expect, it } from 'vitest';
import { deployed, MINUTE, START, writePolicy } from './support.ts';

const POLICY = {
  version: 1 as const,
  mode: 'enforce' as const,
  rules: [
    { id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 60 },
    { id: 'stuck-queue', type: 'queue-age' as const, maxMinutes: 600 },
  ],
};

/** A month with three runs that passed, one that was stopped, and a session, all settled. */
async function withMonth() {
  const auto = await deployed(POLICY);
  const { emulator, clock } = auto;
  const mobile = emulator.addProject({ name: 'mobile' });
  const odd = emulator.addProject({ name: '=cmd <b>"web"</b>' });
  const run = (project: string, name: string, billingMethod: 'METERED' | 'UNMETERED', testMinutes: number) =>
    emulator.addRun({ project, name, billingMethod, created: START - 30 * MINUTE, jobs: [{ testMinutes }] });
  run(mobile, 'nightly-1', 'METERED', 20);
  run(mobile, 'nightly-2', 'METERED', 20);
  run(odd, 'soak', 'UNMETERED', 10);
  emulator.addRun({
    project: mobile,
    name: 'hangs',
    created: START - 70 * MINUTE,
    jobs: [{ testMinutes: 1_000 }],
  });
  emulator.addSession({ project: odd, created: START - 20 * MINUTE, sessionMinutes: 5 });
  await auto.sweep();
  for (let count = 0; count < 5; count += 1) {
    await clock.sleep(10 * MINUTE);
    await auto.sweep();
  }
  const file = writePolicy(JSON.stringify(POLICY));
  return { run: (...args: string[]) => auto.run('report', '--policy', file, ...args) };
}

describe('report', () => {
  it('says what the month cost, by project, by name of runs and by test type, and what rules did', async () => {
    const { run } = await withMonth();

    const { code, out } = await run();

    expect(code).toBe(0);
    expect(out).toMatch(
      /^2026-11, UTC days: \$\d+\.\d\d for \d+ min metered, and 1\d min unmetered, in 5 runs and sessions/,
    );
    expect(out).toMatch(/^mobile +3 +\d+ min +0 min +\$\d+\.\d\d$/m);
    expect(out).toMatch(/^mobile \/ nightly-\* +2 +4\d min +0 min +\$\d\.\d\d$/m);
    expect(out).toMatch(/^remote access +1 /m);
    expect(out).toMatch(/^long-jobs +1 +\$1\d\.\d\d +\$0\.00 +0 +0$/m);
    expect(out).toContain('Rules that never fired: stuck-queue');
  });

  it('adds up: projects, names and test types have the same sum', async () => {
    const { run } = await withMonth();

    const found = JSON.parse((await run('--format', 'json')).out);

    const sum = (lines: readonly { readonly money: number }[]) =>
      lines.reduce((all, { money }) => all + money, 0);
    expect([found.byProject, found.byRun, found.byTestType].map(sum)).toEqual(
      Array(3).fill(found.total.money),
    );
  });

  it('is safe as a page and as a spreadsheet, whatever a project is called', async () => {
    const { run } = await withMonth();

    const [page, sheet] = [(await run('--format', 'html')).out, (await run('--format', 'csv')).out];

    expect(page).toContain('&#60;b&#62;');
    expect(page).not.toMatch(/<b>|<script|https?:/);
    expect(sheet).toContain(`2026-11,project,"'=cmd <b>""web""</b>",2,`);
  });

  it('says so when nothing has ended', async () => {
    const auto = await deployed(POLICY);

    const { code, out } = await auto.run(
      'report',
      '--month',
      '2026-01',
      '--policy',
      writePolicy(JSON.stringify(POLICY)),
    );

    expect(code).toBe(0);
    expect(out).toContain('2026-01, UTC days: $0.00');
    expect(out).toContain('No rule stopped anything.');
  });

  it.each([
    ['--format', 'pdf', '--format is "pdf"; write text, json, csv, html'],
    ['--month', '2026-13', 'month "2026-13" is not a month'],
  ])('refuses %s %s', async (option, value, sentence) => {
    const auto = await deployed(POLICY);

    const { code, err } = await auto.run(
      'report',
      option,
      value,
      '--policy',
      writePolicy(JSON.stringify(POLICY)),
    );

    expect(code).toBe(2);
    expect(err).toContain(sentence);
  });
});

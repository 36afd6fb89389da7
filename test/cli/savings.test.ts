import { describe, expect, it } from 'vitest';
import { deployGuard } from '../end-to-end/deploy-guard.ts';
import { runAutostop } from './run-autostop.ts';
import { useEnvironment } from './use-environment.ts';

const MINUTE = 60_000;

/** A guard that has stopped a job and confirmed it. */
async function guardWithSavings() {
  const guard = await deployGuard({
    version: 1,
    mode: 'enforce',
    pricePerMeteredMinute: 0.2,
    rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
  });
  useEnvironment(guard.deployment.environment);
  const project = guard.emulator.addProject({ name: 'mobile' });
  const created = guard.clock.now() - 70 * MINUTE;
  guard.emulator.addRun({ project, created, jobs: [{ testMinutes: 140 }] });
  await guard.sweep();
  guard.clock.advance(10 * MINUTE);
  await guard.sweep();
  const table = guard.deployment.outputs.AuditTableName ?? '';
  return (...args: string[]) => runAutostop(['savings', '--table', table, ...args], { now: guard.clock.now });
}

describe('savings', () => {
  it('states what the stops of this month avoided, from the audit trail', async () => {
    const run = await guardWithSavings();

    const text = await run();
    const json = await run('--json');
    const before = await run('--month', '2026-10', '--json');

    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toMatch(/upper bound/);
    expect(text.out).toMatch(/long-jobs +1 +1 +0 +0 +[\d.]+ +\$1\d\.\d\d/);
    expect(text.out).toMatch(/mobile +1 +1 +0 +0 /);
    const statement: unknown = JSON.parse(json.out);
    expect(statement).toMatchObject({
      format: 1,
      month: '2026-11',
      total: { stops: 1, confirmed: 1 },
      byRule: [{ rule: 'long-jobs', confirmed: 1 }],
      byProject: [{ project: 'mobile', confirmed: 1 }],
    });
    expect(JSON.parse(before.out)).toMatchObject({ month: '2026-10', total: { stops: 0 }, byRule: [] });
  });

  it.each(['2026-13', '2026-00', '26-11', 'november'])('refuses the month %s', async (month) => {
    const ran = await runAutostop(['savings', '--table', 'audit', '--month', month]);

    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining(`"${month}"`) });
  });

  it('needs a table', async () => {
    const ran = await runAutostop(['savings']);

    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('--table') });
  });
});

import { describe, expect, it } from 'vitest';
import { ALARMS, addJob, deployed, MINUTE, runAutostop, START, withAlarms, writePolicy } from './support.ts';

const POLICY = {
  version: 1 as const,
  mode: 'enforce' as const,
  rules: [
    { id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 60 },
    {
      id: 'day',
      type: 'budget' as const,
      period: 'day' as const,
      limit: { usd: 100 },
      thresholds: [{ percent: 100, action: 'notify' as const }],
    },
  ],
};
const NONE = '/nowhere';

/** What stands behind a name on the screen. */
function lineOf(out: string, name: string): string {
  return new RegExp(`^${name} +(.*)$`, 'm').exec(out)?.[1] ?? '';
}

describe('status', () => {
  it('says that nothing has swept yet, and ends with 1', async () => {
    const auto = await deployed(POLICY);

    const { code, out } = await auto.run('status');

    expect(code).toBe(1);
    expect(lineOf(out, 'alive')).toBe('NO: no sweep is on record since yesterday');
  });

  it('shows the last sweep, what it stopped and what is spent', async () => {
    const auto = await deployed(POLICY);
    addJob(auto, 75);
    await auto.sweep();

    const { code, out } = await auto.run('status');

    expect(code).toBe(0);
    expect(lineOf(out, 'alive')).toBe('yes: the last sweep ended 0 min ago');
    expect(lineOf(out, 'stopped')).toContain('mobile / nightly / Google Pixel 8: ran 75 min');
    expect(lineOf(out, 'budgets')).toContain('[##..................] day: $12.75 of $100.00 spent');
    expect(lineOf(out, 'orders')).toBe('all done');
  });

  it('says that sweeps are missing', async () => {
    const auto = await deployed(POLICY);
    await auto.sweep();
    await auto.clock.sleep(5 * MINUTE);
    await auto.sweep();
    await auto.clock.sleep(16 * MINUTE);

    const { code, out } = await auto.run('status');

    expect(code).toBe(1);
    expect(lineOf(out, 'alive')).toBe('NO: the last sweep ended 16 min ago');
  });

  it('shows a pause and who asked for it, exemptions, longer limits, and orders that are not done', async () => {
    const auto = await deployed(POLICY);
    const job = addJob(auto, 5);
    const run = job.replace(':job:', ':run:').replace(/\/\d+$/, '');
    await auto.sweep();
    await auto.run('pause', '--for', '2h', '--reason', 'release');
    await auto.run('exempt', run, '--for', '3h');
    await auto.run('extend', job, '--for', '30m');
    auto.emulator.faults.add({ kind: 'error', name: 'ServiceAccountException', operation: 'StopJob' });
    await auto.run('stop', job, '--no-wait');
    await auto.aws.settle();

    const { out } = await auto.run('status');

    expect(lineOf(out, 'paused')).toMatch(
      /^paused until 2026-11-23T14:00:.*user\/ada asked by message: release/,
    );
    expect(lineOf(out, 'exempt')).toContain(run);
    expect(lineOf(out, 'extended')).toContain(`${job} may run 30 min longer than its rules allow`);
    expect(lineOf(out, 'orders')).toMatch(/^message .* is not done yet$/);

    await auto.clock.sleep(28 * 60 * MINUTE);
    expect(lineOf((await auto.run('status')).out, 'extended')).toBe('');
  });

  it('compares the policy that is deployed with the one here', async () => {
    const auto = await deployed(POLICY);
    await auto.sweep();
    const same = writePolicy(JSON.stringify(POLICY));
    const other = writePolicy(JSON.stringify({ ...POLICY, mode: 'observe' }));

    expect(lineOf((await auto.run('status', '--policy', same)).out, 'mode')).toContain('the same as');
    expect(lineOf((await auto.run('status', '--policy', other)).out, 'mode')).toContain('is another one');
    expect((await auto.run('status', '--policy', NONE)).code).toBe(1);
  });

  it('stays on the screen with --watch, until somebody ends it', async () => {
    const auto = await deployed(POLICY);
    await auto.sweep();
    let looks = 0;
    const sleep = async (ms: number) => {
      looks += 1;
      if (looks === 3) throw new Error('Ctrl-C');
      await auto.clock.sleep(ms);
    };

    const watching = runAutostop(['status', '--watch'], { now: auto.clock.now, sleep });

    await expect(watching).rejects.toThrow('Ctrl-C');
    expect(auto.clock.now() - START).toBeGreaterThanOrEqual(60_000);
  });

  it('prints JSON for programs', async () => {
    const auto = await deployed(POLICY);
    await auto.sweep();

    const { out } = await auto.run('status', '--json');

    expect(JSON.parse(out)).toMatchObject({ stack: 'AutoStop', alive: true, mode: 'enforce', stops: [] });
  });
});

describe('the alarms of the stack', () => {
  /** What status says where these alarms are in ALARM, and where one of the calls is refused. */
  async function statusWith(inAlarm: readonly string[], denied?: 'ListStackResources' | 'DescribeAlarms') {
    const auto = await deployed(POLICY);
    await auto.sweep();
    const { asked } = await withAlarms(auto, inAlarm, denied);
    return { ...(await auto.run('status')), asked };
  }

  it.each([
    { inAlarm: [], says: 'none in alarm' },
    { inAlarm: ALARMS, says: 'IN ALARM: AutoStop-NoSweep, AutoStop-Trouble' },
  ])('are shown: $says', async ({ inAlarm, says }) => {
    const { code, out, asked } = await statusWith(inAlarm);

    expect(code).toBe(0);
    expect(lineOf(out, 'alarms')).toBe(says);
    expect(asked).toEqual([{ AlarmNames: ALARMS, StateValue: 'ALARM', MaxRecords: 100 }]);
  });

  it.each(['ListStackResources', 'DescribeAlarms'] as const)(
    'are not known to who may not call %s, and the rest is shown',
    async (denied) => {
      const { code, out } = await statusWith([], denied);

      expect(code).toBe(0);
      expect(lineOf(out, 'alarms')).toBe(
        'not known here (you may not call cloudformation:ListStackResources or cloudwatch:DescribeAlarms)',
      );
      expect(lineOf(out, 'alive')).toContain('yes');
    },
  );

  it('are not known on a machine without CloudWatch', async () => {
    const auto = await deployed(POLICY);
    await auto.sweep();

    const [screen, json] = [await auto.run('status'), await auto.run('status', '--json')];

    expect(lineOf(screen.out, 'alarms')).toBe('not known here (NotFound)');
    expect(JSON.parse(json.out)).toMatchObject({ alarms: { unknown: 'NotFound' } });
  });
});

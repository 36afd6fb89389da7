import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pasteable, watchReading } from '../../cli/terminal.ts';
import { addJob, deployed, runAutostop, withAlarms, writePolicy } from './support.ts';

function terminal(watched: boolean) {
  const printed: string[] = [];
  return { printed, watched, err: (text: string) => void printed.push(text) };
}

describe('reading that takes long', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('shows how far it has come, and removes that at its end', () => {
    const watcher = terminal(true);
    const { onPage, end } = watchReading(watcher);
    for (const [operation, items] of [
      ['ListProjects', 2],
      ['ListRuns', 3],
      ['ListRuns', 1],
      ['ListJobs', 5],
    ] as const)
      onPage(operation, items);

    vi.advanceTimersByTime(1_000);
    end();
    vi.advanceTimersByTime(10_000);

    expect(watcher.printed).toEqual(['\r4 runs, 5 jobs and 0 sessions read\u001b[K', '\r\u001b[K']);
  });

  it.each([
    ['is over before the first line', true, 999],
    ['nobody watches', false, 60_000],
  ])('shows nothing where it %s', (_, watched, ms) => {
    const watcher = terminal(watched);
    const { onPage, end } = watchReading(watcher);
    onPage('ListRuns', 3);

    vi.advanceTimersByTime(ms);
    end();

    expect(watcher.printed).toEqual([]);
  });
});

describe('a command to paste', () => {
  it.each([
    ['npx autostop audit', { npm_command: 'exec' }],
    ['autostop audit', {}],
    [
      'node demo/autostop.mjs http://x audit',
      { AUTOSTOP_COMMAND: 'node demo/autostop.mjs http://x', npm_command: 'exec' },
    ],
  ])('is %s where autostop was started in that way', (command, env) => {
    expect(pasteable('audit', { env })).toBe(command);
  });
});

describe('colours', () => {
  const rules = [{ id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 60 }];
  const loud = (text: string) => `\u001b[1;31m${text}\u001b[0m`;

  it('show on a screen what nobody may miss', async () => {
    const auto = await deployed({ version: 1, mode: 'enforce', rules });
    addJob(auto, 75);
    await withAlarms(auto, ['AutoStop-NoSweep']);
    const policy = (mode: string) => writePolicy({ version: 1, mode, rules });
    const screen = { now: auto.clock.now, isScreen: true };

    const status = await runAutostop(['status'], screen);
    const doctor = await runAutostop(['doctor', '--policy', policy('enforce')], screen);
    const stops = await runAutostop(['plan', '--policy', policy('enforce')], screen);
    const observes = await runAutostop(['plan', '--policy', policy('observe')], screen);

    expect(status.out).toContain(`alive    ${loud('NO')}: no sweep is on record`);
    expect(status.out).toContain(`alarms   ${loud('IN ALARM')}: AutoStop-NoSweep\n`);
    expect(doctor.out).toContain(`${loud('WRONG')}  people    nobody is told`);
    expect(stops.out).toContain(`  ${loud('stop #1')}\n`);
    expect(observes.out).toContain(`  ${loud('would stop #1')}\n`);
  });

  it.each([
    ['NO_COLOR is set', ['status'], { isScreen: true, env: { NO_COLOR: '1' } }],
    ['output goes to a file or program', ['status'], { isScreen: false }],
    ['output is JSON', ['status', '--json'], { isScreen: true }],
  ])('are left out where %s', async (_, args, terminal) => {
    const auto = await deployed({ version: 1, mode: 'enforce', rules });

    const { out } = await runAutostop(args, { now: auto.clock.now, ...terminal });

    expect(out).toMatch(/NO: no sweep|"alive": false/);
    expect(out).not.toContain('\u001b');
  });
});

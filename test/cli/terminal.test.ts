import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pasteable, watchReading } from '../../cli/terminal.ts';

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

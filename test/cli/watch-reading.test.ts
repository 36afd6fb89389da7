import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchReading } from '../../cli/watch-reading.ts';
import type { Run } from '../../lambda/core/service.ts';
import type { DeviceFarm, Pages } from '../../lambda/ports.ts';

async function* pages<T>(...given: T[][]): AsyncGenerator<readonly T[]> {
  yield* given;
}

async function readAll<T>(listing: Pages<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const page of listing) items.push(...page);
  return items;
}

const run = (arn: string): Run => ({ arn, name: arn, status: 'RUNNING', counters: {}, billing: 'metered' });
const unused = () => Promise.reject(new Error('not asked'));
const farm: DeviceFarm = {
  projects: () => pages([{ arn: 'p1', name: 'p1' }], [{ arn: 'p2', name: 'p2' }]),
  runs: (arn) => pages([run(`${arn}/1`), run(`${arn}/2`)], [run(`${arn}/3`)]),
  jobs: () => pages(),
  sessions: () => pages(),
  run: unused,
  job: unused,
  session: unused,
  accountSettings: unused,
};

function terminal(watched: boolean) {
  const told: string[] = [];
  const err = (text: string) => {
    told.push(text);
  };
  return { told, watched, err, out: err, width: 80, env: {}, now: () => 0, userName: () => undefined };
}

describe('reading that takes long', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells how far it has come, and wipes that out at its end', async () => {
    const watcher = terminal(true);
    const { farm: watched, end } = watchReading(farm, watcher);
    await readAll(watched.projects());
    const runs = await readAll(watched.runs('p1'));

    vi.advanceTimersByTime(1_000);
    end();
    vi.advanceTimersByTime(10_000);

    expect(watcher.told).toEqual(['\r1 of 2 projects read, 3 runs\u001b[K', '\r\u001b[K']);
    expect(runs.map(({ arn }) => arn)).toEqual(['p1/1', 'p1/2', 'p1/3']);
  });

  it('tells nothing when it is over before the first look', async () => {
    const watcher = terminal(true);
    const { end } = watchReading(farm, watcher);

    vi.advanceTimersByTime(999);
    end();

    expect(watcher.told).toEqual([]);
  });

  it('tells nothing where nobody watches', () => {
    const watcher = terminal(false);
    const { farm: same } = watchReading(farm, watcher);

    vi.advanceTimersByTime(60_000);

    expect(watcher.told).toEqual([]);
    expect(same).toBe(farm);
  });
});

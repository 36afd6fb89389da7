import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DayResult } from './day-result.ts';
import type { Watching } from './policy-of-day.ts';

export interface AskedDay {
  readonly seed: number;
  readonly watching: Watching;
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/**
 * Lives the days in that many processes, each day in whichever is free; the results stand in the order of the days.
 * @param each is called when a day is done
 * @throws Error when a process ends before its day
 */
export async function spread(
  days: readonly AskedDay[],
  processes: number,
  each: (done: number) => void,
): Promise<readonly DayResult[]> {
  const results = new Map<AskedDay, DayResult>();
  const waiting = days.values();
  const work = async () => {
    const child = fork(WORKER, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    try {
      for (const day of waiting) {
        results.set(day, await ask(child, day));
        each(results.size);
      }
    } finally {
      child.kill();
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return days.flatMap((day) => results.get(day) ?? []);
}

function ask(child: ChildProcess, day: AskedDay): Promise<DayResult> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`the process that lived the day of seed ${day.seed} has ended`));
    child.once('exit', ended);
    child.once('message', (result: DayResult) => {
      child.off('exit', ended);
      resolve(result);
    });
    child.send(day);
  });
}

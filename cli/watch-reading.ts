import type { DeviceFarm, Pages } from '../lambda/ports.ts';
import type { Terminal } from './terminal.ts';

/** Milliseconds between two looks at the progress; what is faster than the first needs none. */
const INTERVAL = 1_000;

/**
 * Tells on a watched terminal how far reading has come, once it takes long.
 * @returns the same Device Farm, counted, and what ends the telling
 */
export function watchReading(farm: DeviceFarm, terminal: Terminal): { farm: DeviceFarm; end(): void } {
  if (!terminal.watched) return { farm, end: () => {} };
  const counts = { projects: 0, read: 0, runs: 0 };
  let told = false;
  const timer = setInterval(() => {
    told = true;
    terminal.err(`\r${counts.read} of ${counts.projects} projects read, ${counts.runs} runs\u001b[K`);
  }, INTERVAL);
  timer.unref();
  return {
    farm: {
      ...farm,
      projects: () => counting(farm.projects(), (found) => (counts.projects += found)),
      runs: (arn) =>
        counting(
          farm.runs(arn),
          (found) => (counts.runs += found),
          () => (counts.read += 1),
        ),
    },
    end: () => {
      clearInterval(timer);
      if (told) terminal.err('\r\u001b[K');
    },
  };
}

async function* counting<T>(
  pages: Pages<T>,
  found: (items: number) => void,
  done: () => void = () => {},
): AsyncGenerator<readonly T[]> {
  try {
    for await (const page of pages) {
      found(page.length);
      yield page;
    }
  } finally {
    done();
  }
}

import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { OnPage } from '../lambda/device-farm/device-farm.ts';

/** What a command sees of the world around it, besides AWS. */
export interface Terminal {
  /** Results, for people or programs. */
  out(text: string): void;
  /** What went wrong, and progress. */
  err(text: string): void;
  /** Whether a person watches `err`. */
  readonly watched: boolean;
  /** Whether `out` is a screen, and no file or program. */
  readonly isScreen: boolean;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** What a person types when asked; empty when there is no answer. */
  ask(question: string): Promise<string>;
  /** Characters in a line of `out`. */
  readonly width: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  now(): number;
  /** Waits; milliseconds. */
  sleep(ms: number): Promise<void>;
}

/** Characters in a line when nothing says how many: output that goes to a file or another program. */
const WIDTH = 120;

/** The terminal of this process. */
export function systemTerminal(): Terminal {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    watched: process.stderr.isTTY === true,
    isScreen: process.stdout.isTTY === true,
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    ask,
    width: process.stdout.columns ?? WIDTH,
    env: process.env,
    now: () => Date.now(),
    sleep: (ms) => setTimeout(ms),
  };
}

/** On standard error, since results may go to a file. Ctrl-C and the end of the input are no answer. */
async function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.once('SIGINT', () => lines.close());
  const answer = await new Promise<string | undefined>((resolve) => {
    lines.once('close', () => resolve(undefined));
    lines.question(question, resolve);
  });
  lines.close();
  if (answer === undefined) process.stderr.write('\n');
  return answer ?? '';
}

/** The command as a person can paste it where this one runs; a script that starts it says in AUTOSTOP_COMMAND how. */
export function pasteable(command: string, { env }: Pick<Terminal, 'env'>): string {
  const start = env.AUTOSTOP_COMMAND ?? (env.npm_command === 'exec' ? 'npx autostop' : 'autostop');
  return `${start} ${command}`;
}

/** What nobody may miss: no sweeps, an alarm, a wrong setting, a plan that lacks something, and what would be stopped. */
const LOUD =
  /^WRONG(?= )|(?<=^alive +)NO(?=:)|(?<=^alarms +)IN ALARM(?=:)|^NOT EVERYTHING COULD BE READ|\b(?:would )?stop #\d+$/gm;

/** A text for people, with those words in bold red on a screen. NO_COLOR (https://no-color.org) leaves them plain. */
export function coloured(text: string, { isScreen, env }: Pick<Terminal, 'isScreen' | 'env'>): string {
  return isScreen && !env.NO_COLOR ? text.replace(LOUD, '\u001b[1;31m$&\u001b[0m') : text;
}

/** Milliseconds between two lines of progress; what is faster than the first needs none. */
const INTERVAL = 1_000;

/** Shows on a watched terminal how far reading has come. `end` removes what it shows. */
export function watchReading({ watched, err }: Pick<Terminal, 'watched' | 'err'>): {
  readonly onPage: OnPage;
  end(): void;
} {
  if (!watched) return { onPage: () => {}, end: () => {} };
  const counts = { ListRuns: 0, ListJobs: 0, ListRemoteAccessSessions: 0 };
  let isShown = false;
  const timer = setInterval(() => {
    isShown = true;
    err(
      `\r${counts.ListRuns} runs, ${counts.ListJobs} jobs and ${counts.ListRemoteAccessSessions} sessions read\u001b[K`,
    );
  }, INTERVAL);
  timer.unref();
  return {
    onPage: (operation, items) => {
      if (isCounted(operation)) counts[operation] += items;
    },
    end: () => {
      clearInterval(timer);
      if (isShown) err('\r\u001b[K');
    },
  };
}

function isCounted(operation: string): operation is 'ListRuns' | 'ListJobs' | 'ListRemoteAccessSessions' {
  return ['ListRuns', 'ListJobs', 'ListRemoteAccessSessions'].includes(operation);
}

import { main } from '../../cli/main.ts';
import type { Terminal } from '../../cli/terminal.ts';

/** The moment at which every test of a command stands, unless it says otherwise. */
export const NOW = Date.UTC(2026, 10, 23, 12);
export const MINUTE = 60_000;

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process, as a user named ada who watches nothing. */
export async function runAutostop(
  args: readonly string[],
  { now = () => NOW, ...terminal }: Partial<Omit<Terminal, 'out' | 'err'>> = {},
): Promise<Ran> {
  const told = { out: '', err: '' };
  const code = await main(args, {
    out: (text) => {
      told.out += text;
    },
    err: (text) => {
      told.err += text;
    },
    watched: false,
    width: 120,
    env: {},
    userName: () => 'ada',
    now,
    ...terminal,
  });
  return { code, ...told };
}

import { userInfo } from 'node:os';
import type { Terminal } from './terminal.ts';

/** Characters in a line when nobody says: output that goes to a file or another program. */
const WIDTH = 120;

/** The terminal of this process. */
export function systemTerminal(): Terminal {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    watched: process.stderr.isTTY === true,
    width: process.stdout.columns ?? WIDTH,
    env: process.env,
    now: () => Date.now(),
    userName,
  };
}

/** A container may run as a user without a name. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR') return undefined;
    throw error;
  }
}

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runDemo } from '../demo/run-demo.ts';

const HELP = `npm start: AutoStop at work on this machine, without an AWS account

  npm start            a morning of made-up work in some seconds; exit code 0 when all went as it should, 1 when not
  npm start -- --stay  the same, and then a sweep every 5 seconds until Ctrl-C, with commands to try
  npm start -- --help  this text

Both also serve a page for a browser on this machine, and print its address. With --stay it orders stops and sets the speed.

Nothing leaves this machine and nothing is left on it: no process, port or file.
`;

const POLICY = fileURLToPath(new URL('../demo/policy.yaml', import.meta.url));
/** Exit codes of a program that a signal ended (https://tldp.org/LDP/abs/html/exitcodes.html). */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
/** Characters in a line when the output is no terminal. */
const WIDTH = 120;

/** Why the demo ended before its time. */
class Ended extends Error {
  override readonly name = 'Ended';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('ended from outside');
    this.exitCode = exitCode;
  }
}

// The demo runs on every version of Node.js that the project takes; what the SDK will need next year is no news here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.exitCode = await main();

async function main(): Promise<number> {
  const { stay, help, fault } = readArguments();
  if (fault !== undefined) {
    process.stderr.write(`${fault}\n"npm start -- --help" says what can be given\n`);
    return 1;
  }
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    const asItShould = await runDemo({
      page: {
        write: (text) => process.stdout.write(text),
        width: process.stdout.columns ?? WIDTH,
        colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
      },
      policyFile: POLICY,
      midnight: midnightBefore(Date.now()),
      stay,
      signal: endFromOutside(),
    });
    return asItShould ? 0 : 1;
  } catch (error) {
    const cause = error instanceof Error && error.name === 'AbortError' ? error.cause : error;
    if (cause instanceof Ended) return cause.exitCode;
    throw error;
  }
}

function readArguments(): { readonly stay: boolean; readonly help: boolean; readonly fault?: string } {
  try {
    const options = { stay: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
    const { stay = false, help = false } = parseArgs({ options }).values;
    return { stay, help };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { stay: false, help: false, fault: error.message };
  }
}

function midnightBefore(time: number): number {
  return time - (time % 86_400_000);
}

/** Aborted by Ctrl-C, by a termination signal, and when the reader of the output has gone. */
function endFromOutside(): AbortSignal {
  const controller = new AbortController();
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => controller.abort(new Ended(exitCode)));
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    controller.abort(new Ended(0));
  });
  return controller.signal;
}

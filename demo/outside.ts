import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { LocalAws } from './aws/local-aws.ts';

const PREPARE = fileURLToPath(new URL('./prepare.ts', import.meta.url));
const COMMAND_LINE = fileURLToPath(new URL('./autostop.mjs', import.meta.url));

/** Who orders which stop, and why. */
export interface StopOrder {
  readonly target: string;
  readonly reason: string;
  readonly requestedBy: string;
}

/** Orders a stop by a message to the topic, as a person or a tool would send it; resolves with its id when AutoStop has dealt with it. */
export async function orderStop(aws: LocalAws, stop: StopOrder): Promise<string> {
  const client = new SNSClient(aws.client);
  const order = { action: 'stop', ...stop };
  const TopicArn = aws.plan.output('ManualStopTopicArn');
  try {
    const { MessageId = '' } = await client.send(
      new PublishCommand({ TopicArn, Message: JSON.stringify(order) }),
    );
    await aws.settle();
    return MessageId;
  } finally {
    client.destroy();
  }
}

/** A command for another terminal, complete: it needs no AWS command line and no settings, and goes by the demo's clock. */
export function commandFor(aws: LocalAws, ...words: readonly string[]): string {
  const quoted = words.map((word) => (/^[\w./:@=-]+$/.test(word) ? word : `'${word}'`));
  return `node demo/autostop.mjs ${aws.url} ${quoted.join(' ')}`;
}

/** Runs a command of the command line and returns what it prints. */
export async function autostop(aws: LocalAws, words: readonly string[]): Promise<string> {
  const { code, output } = await run(process.execPath, [COMMAND_LINE, aws.url, ...words]);
  return code === 0 ? output : `${output}(exit code ${code})\n`;
}

/**
 * Builds the functions, synthesises the stack into a temporary directory and hands that to `use`; removes it afterwards.
 * @throws Error with the output of the build when it fails
 */
export async function prepared<T>(
  policyFile: string,
  stackName: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'device-farm-auto-stop-'));
  try {
    const arguments_ = ['--import', 'tsx', PREPARE, policyFile, directory, stackName];
    const { code, output, signal } = await run(process.execPath, arguments_);
    // Ctrl-C just before the process had its own group: the demo gets the same signal and ends by it.
    if (signal === 'SIGINT' || signal === 'SIGTERM') await new Promise((resolve) => setImmediate(resolve));
    else if (code !== 0) throw new Error(`the build failed with exit code ${code}; mend this:\n${output}`);
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** Runs in a process group of its own, so that Ctrl-C does not leave a half-written build: it ends, then the demo. */
function run(file: string, arguments_: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, arguments_, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
    }
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, output: output.join('') }));
  });
}

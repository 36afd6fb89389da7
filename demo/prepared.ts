import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./prepare.ts', import.meta.url));

/**
 * Builds the functions, synthesises the stack into a temporary directory and hands that to `use`; removes it afterwards.
 * @throws Error with the output of the build when it fails
 */
export async function prepared<T>(policyFile: string, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'device-farm-auto-stop-'));
  try {
    await prepare(policyFile, directory);
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs in a process group of its own, so that Ctrl-C does not leave a half-written build: the build ends, then the demo. */
function prepare(policyFile: string, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, policyFile, directory], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      // Ctrl-C just before the process had its own group: the demo gets the same signal and ends by it.
      if (signal === 'SIGINT' || signal === 'SIGTERM') setImmediate(resolve);
      else if (code === 0) resolve();
      else reject(new Error(`the build failed with exit code ${code}; mend this:\n${output.join('')}`));
    });
  });
}

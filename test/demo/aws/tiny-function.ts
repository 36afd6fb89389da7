import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A directory for one test, gone after it. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'local-stack-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** Writes a bundle whose module is the given text; returns the module's path. */
export async function tinyBundle(source: string): Promise<string> {
  const file = join(await temporaryDirectory(), 'index.mjs');
  await writeFile(file, source);
  return file;
}

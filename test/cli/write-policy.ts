import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes a policy file that is there until the test ends; returns its path. */
export function writePolicy(content: unknown): string {
  const directory = mkdtempSync(join(tmpdir(), 'autostop-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'policy.yaml');
  // JSON is YAML.
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

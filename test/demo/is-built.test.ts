import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBuilt } from '../../demo/is-built.ts';
import { temporaryDirectory } from './aws/tiny-function.ts';

const OUTPUTS = ['dist/lambda/sweep/index.mjs', 'dist/lambda/manual-stop/index.mjs', 'dist/autostop.mjs'];
const INPUTS = ['build.ts', 'package-lock.json', 'lambda/core/decide.ts', 'cli/main.ts'];
const DIRECTORIES = ['lambda/core', 'lambda', 'cli'];

/** A project whose sources are of second 100 and whose outputs are of second 200. */
async function builtProject(): Promise<string> {
  const root = await temporaryDirectory();
  for (const path of [...INPUTS, ...OUTPUTS]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '');
  }
  for (const path of [...INPUTS, ...DIRECTORIES]) await utimes(join(root, path), 100, 100);
  for (const path of OUTPUTS) await utimes(join(root, path), 200, 200);
  return root;
}

describe('isBuilt', () => {
  it('holds when every output is younger than every source', async () => {
    expect(await isBuilt(await builtProject())).toBe(true);
  });

  it.each([...INPUTS, ...DIRECTORIES])('does not hold when %s changed after the build', async (path) => {
    const root = await builtProject();

    await utimes(join(root, path), 300, 300);

    expect(await isBuilt(root)).toBe(false);
  });

  it.each(OUTPUTS)('does not hold without %s', async (path) => {
    const root = await builtProject();

    await rm(join(root, path));

    expect(await isBuilt(root)).toBe(false);
  });
});

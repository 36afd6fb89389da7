import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What `npm run build` makes, as far as the demo needs it. */
const OUTPUTS = ['dist/lambda/sweep/index.mjs', 'dist/lambda/manual-stop/index.mjs', 'dist/autostop.mjs'];
/** What those are made of. */
const INPUTS = ['lambda', 'cli', 'build.ts', 'package-lock.json'];

/** Whether the built files are younger than everything that they are made of. */
export async function isBuilt(root: string): Promise<boolean> {
  const built = await Promise.all(OUTPUTS.map((path) => changedAt(join(root, path))));
  const sources = await Promise.all(INPUTS.map((path) => newestBelow(join(root, path))));
  return built.every((time) => time !== undefined && time > Math.max(...sources));
}

/** The latest change of a file, or of a directory and everything in it: deletions change the directory. */
async function newestBelow(path: string): Promise<number> {
  const own = await stat(path);
  if (!own.isDirectory()) return own.mtimeMs;
  const entries = await readdir(path);
  const below = await Promise.all(entries.map((entry) => newestBelow(join(path, entry))));
  return Math.max(own.mtimeMs, ...below);
}

async function changedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The root of this project. */
export const ROOT = join(import.meta.dirname, '../..');

const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

/** One complaint of the linter. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Writes files by their paths into a new folder that has this project's lint rules; the caller removes it. */
export function plant(files: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(tmpdir(), 'auto-stop-lint-'));
  cpSync(join(ROOT, 'biome.json'), join(home, 'biome.json'));
  cpSync(join(ROOT, 'lint'), join(home, 'lint'), { recursive: true });
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), source);
  }
  return home;
}

/** What the linter says of files below `cwd`, as far as it is of one of these categories. */
export function lintFindings(
  cwd: string,
  categories: readonly string[],
  ...paths: string[]
): readonly Finding[] {
  const options = ['lint', '--reporter=json', '--max-diagnostics=none', ...paths];
  const { stdout, stderr } = spawnSync(process.execPath, [BIOME, ...options], { cwd, encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(`biome gave no report:\n${stdout}${stderr}`);
  const { diagnostics }: Report = JSON.parse(stdout);
  return diagnostics
    .filter(({ category }) => categories.includes(category))
    .map(({ message, location }) => ({ path: location.path, line: location.start.line, message }));
}

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly message: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
}

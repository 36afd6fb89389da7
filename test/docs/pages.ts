import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

const NOT_OURS = new Set(['node_modules', 'dist', 'cdk.out', '.git']);

/** Every file of the project, by its path from the root. */
export const files: readonly string[] = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => {
  if (NOT_OURS.has(entry.name)) return [];
  if (entry.isFile()) return [entry.name];
  return readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.split('/').includes('node_modules'))
    .map((path) => join(entry.name, path));
});

/** Every page, by its path from the root. */
export const pages = files.filter((path) => path.endsWith('.md'));

export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What the first group of a pattern finds in a page. */
export function matches(page: string, pattern: RegExp): readonly string[] {
  return [...textOf(page).matchAll(pattern)].map(([, text = '']) => text);
}

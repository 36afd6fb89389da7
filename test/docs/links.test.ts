import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PLACES = ['bench', 'bin', 'cli', 'docs', 'lambda', 'lib', 'lint', 'local', 'test'];
const files = [
  ...readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : [])),
  ...PLACES.flatMap((place) =>
    readdirSync(join(ROOT, place), { recursive: true, encoding: 'utf8' }).map((path) => join(place, path)),
  ),
];
const pages = files.filter((path) => path.endsWith('.md'));

/** What an address within this project leads to that is not there; nothing for other addresses. */
function deadEnd(page: string, address: string): string | undefined {
  if (/^[a-z]+:/.test(address)) return undefined;
  const [path = '', heading] = address.split('#');
  const target = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
  const isThere = existsSync(target) && (heading === undefined || headings(target).includes(heading));
  return isThere ? undefined : `${page}: ${address}`;
}

/** The anchors of a page, as GitHub makes them of its headings. */
function headings(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

function matches(page: string, pattern: RegExp): readonly string[] {
  return [...readFileSync(join(ROOT, page), 'utf8').matchAll(pattern)].map(([, text = '']) => text);
}

describe('the pages', () => {
  it('lead nowhere that does not exist', () => {
    const dead = pages.flatMap((page) =>
      matches(page, /\]\(([^)\s]+)\)/g).flatMap((address) => deadEnd(page, address) ?? []),
    );

    expect(dead).toEqual([]);
  });

  it('name only source files that exist', () => {
    const isThere = (name: string) => files.some((path) => path === name || path.endsWith(`/${name}`));

    const wrong = pages.flatMap((page) =>
      matches(page, /`([\w./*-]+\.ts)`/g)
        .filter((name) => !hasLike(name, isThere))
        .map((name) => `${page}: ${name}`),
    );

    expect(wrong).toEqual([]);
  });

  it('number the decisions without gaps, in their file names and their titles', () => {
    const decisions = pages.filter((path) => path.startsWith('docs/decisions/')).toSorted();

    const numbers = decisions.map((path) => [
      Number(path.slice('docs/decisions/'.length).split('-')[0]),
      Number(matches(path, /^# (\d+)\. /g)[0]),
    ]);

    expect(numbers).toEqual(decisions.map((_, index) => [index + 1, index + 1]));
  });
});

/** Whether a name, or one that its asterisk stands for, is there. */
function hasLike(name: string, isThere: (name: string) => boolean): boolean {
  if (!name.includes('*')) return isThere(name);
  const [start = '', end = ''] = name.split('*');
  return files.some((path) => {
    const at = `/${path}`.indexOf(`/${start}`);
    return at >= 0 && path.endsWith(end);
  });
}

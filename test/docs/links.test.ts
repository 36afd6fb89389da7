import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { files, matches, pages, ROOT, textOf } from './pages.ts';

/** What an address within this project leads to that is not there; nothing for other addresses. */
function deadEnd(page: string, address: string): string | undefined {
  if (/^[a-z]+:/.test(address)) return undefined;
  const [path = '', heading] = address.split('#');
  const target = path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
  const isThere =
    existsSync(join(ROOT, target)) && (heading === undefined || headings(target).includes(heading));
  return isThere ? undefined : `${page}: ${address}`;
}

/** The anchors of a page, as GitHub makes them of its headings: of equal ones the second ends with -1. */
function headings(page: string): readonly string[] {
  const known = new Map<string, number>();
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => {
    const anchor = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    const before = known.get(anchor) ?? 0;
    known.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

describe('the pages', () => {
  it('lead nowhere that does not exist', () => {
    const dead = pages.flatMap((page) =>
      matches(page, /\]\(([^)\s]+)\)/g).flatMap((address) => deadEnd(page, address) ?? []),
    );

    expect(dead).toEqual([]);
  });

  it('name only source files and folders that exist', () => {
    const isThere = (name: string) => files.some((path) => path === name || path.endsWith(`/${name}`));

    const wrong = pages.flatMap((page) =>
      matches(page, /`([\w./-]+\.(?:ts|mjs)|(?:lambda|lib|cli|demo|emulator|bench|bin|test)\/[\w./-]*)`/g)
        .filter((name) => !isThere(name.replace(/\/$/, '')))
        .map((name) => `${page}: ${name}`),
    );

    expect(wrong).toEqual([]);
  });

  it('number the decisions without gaps, in their file names and their titles, and list each of them', () => {
    const decisions = pages.filter((path) => /^docs\/decisions\/\d/.test(path)).toSorted();

    const numbers = decisions.map((path) => [
      Number(path.slice('docs/decisions/'.length).split('-')[0]),
      Number(matches(path, /^# (\d+)\. /g)[0]),
    ]);
    const listed = matches('docs/decisions/README.md', /\]\((\d[^)]*)\)/g);

    expect(numbers).toEqual(decisions.map((_, index) => [index + 1, index + 1]));
    expect(listed).toEqual(decisions.map((path) => path.slice('docs/decisions/'.length)));
  });
});

import { describe, expect, it } from 'vitest';
import { commandHelp, generalHelp } from '../../cli/help.ts';
import { COMMANDS } from '../../cli/main.ts';
import { files, pages, textOf } from './pages.ts';

/** Words of earlier versions, and metaphors that a reader would have to guess. */
const GONE =
  /auto-stop controller|\bthe guard\b|\bguards\b|\bguard's\b|committed|steer(?:s|ing|ed)?\b|\btelling\b|lessons?\b|\btaught\b|\bwhoever\b|patiently|errand|\bgathering\b|kept day/gi;
/** What says which words are gone, and why. */
const MAY_NAME_THEM = new Set(['CHANGELOG.md']);
const helps: readonly (readonly [string, string])[] = [
  [
    'autostop --help',
    generalHelp(
      COMMANDS.map(({ spec }) => spec),
      100,
    ),
  ],
  ...COMMANDS.map(({ spec }) => [`autostop ${spec.name} --help`, commandHelp(spec, 100)] as const),
];
const own = pages.filter((page) => !page.startsWith('test/') && !page.startsWith('bench/'));
const texts: readonly (readonly [string, string])[] = [
  ...own.filter((page) => !MAY_NAME_THEM.has(page)).map((page) => [page, textOf(page)] as const),
  ...files
    .filter((path) => /^(demo\/)?policy\.yaml$/.test(path))
    .map((path) => [path, textOf(path)] as const),
  ...helps,
];

/** A page without what programs print and what people type. */
function prose(text: string): string {
  return text.replaceAll(/```[\s\S]*?```/g, '').replaceAll(/`[^`]*`/g, 'x');
}

describe('pages and help texts', () => {
  it.each(texts)("use today's words: %s", (_, text) => {
    expect(text.match(GONE) ?? []).toEqual([]);
  });

  it.each(texts.filter(([name]) => name.endsWith('.md')))(
    'have no sentence that takes two breaths: %s',
    (_, text) => {
      const sentences = prose(text)
        .split('\n')
        .filter((line) => !/^\s*(\||#|>|- \[)/.test(line))
        .join('\n')
        .split(/(?<=[.:;?!])\s|\n\s*\n|\n\s*[-\d]/);

      const long = sentences.filter((sentence) => sentence.split(/\s+/).filter(Boolean).length > 35);

      expect(long).toEqual([]);
    },
  );

  it('leave no figure to be filled in', () => {
    expect(texts.filter(([, text]) => /TODO|FIXME|TBD/.test(text)).map(([name]) => name)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../cli/command.ts';
import { COMMANDS } from '../../cli/main.ts';
import { pages, textOf } from './pages.ts';

/** Every `npx autostop ...` that a page tells people to type, as a shell would take it apart. */
const commands = pages.flatMap((page) =>
  [...textOf(page).matchAll(/(?:npx autostop|demo\/autostop\.mjs \S+) ([a-z][^`\n]*)/g)]
    .map(([, text = '']) => text.split(/ [|&#] ?| && |\\$/)[0] ?? '')
    .map((text) => [page, text.trim()] as const),
);
const typed = commands.filter(([, text]) => !/^<?command>?/.test(text));
const scripts = pages.flatMap((page) =>
  [...textOf(page).matchAll(/npm run ([a-z:-]+)/g)].map(([, name = '']) => [page, name] as const),
);

function words(text: string): readonly string[] {
  const found = text.match(/"[^"]*"|<[^>]*>|\$\([^)]*\)|\S+/g) ?? [];
  return found.map((word) => word.replace(/^"(.*)"$/, '$1'));
}

describe('what the pages tell people to type', () => {
  it('is enough to look at', () => {
    expect(typed.length).toBeGreaterThan(20);
  });

  it.each(typed)('is a command with its options (%s): autostop %s', (_, text) => {
    const args = words(text);
    const command = COMMANDS.find(({ spec }) => spec.name.split(' ').every((word, at) => args[at] === word));

    expect(command?.spec.name).toBeDefined();
    if (!command || args.length === command.spec.name.split(' ').length) return;
    const rest = args.slice(command.spec.name.split(' ').length);
    expect(() => parseArguments(command.spec, rest)).not.toThrow();
  });

  it.each(scripts)('is a script of the package (%s): npm run %s', (_, name) => {
    const { scripts: known } = JSON.parse(textOf('package.json'));

    expect(Object.keys(known)).toContain(name);
  });
});

import { describe, expect, it } from 'vitest';
import { matches, textOf } from './pages.ts';

const sections = matches('docs/api.md', /^### (\w+)/gm);
const exported = matches('lib/index.ts', /\{([^}]*)\}/g).flatMap((names) =>
  [...names.matchAll(/\w+(?=\s*(?:,|$))/g)].map(([name]) => name),
);

describe('the page about the constructs and types (else: npm run api-docs)', () => {
  it('has a section for each export of the package, and no other', () => {
    expect(exported).toContain('AutoStop');
    expect(sections.toSorted()).toEqual(exported.toSorted());
  });

  it.each(['lib/auto-stop.ts', 'lib/auto-stop-stack.ts'])('names every property that %s has', (file) => {
    const headings = matches('docs/api.md', /^##### (\w+)/gm);
    const properties = matches(file, /^ {2}readonly (\w+)\??:/gm);

    expect(properties).not.toEqual([]);
    expect(properties.filter((name) => !headings.includes(name))).toEqual([]);
  });

  it('says what the comments in the code say', () => {
    const words = (text: string) => text.replaceAll(/\s+/g, ' ');
    const comments = ['lib/auto-stop.ts', 'lib/policy-from-file.ts', 'lib/auto-stop-stack.ts'].flatMap(
      (file) => matches(file, /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?: {2}readonly|export)/g),
    );
    const sentences = comments.map((text) =>
      words(text.replaceAll(/^ *\* ?/gm, '').split('@')[0] ?? '').trim(),
    );

    const missing = sentences.filter((sentence) => !words(textOf('docs/api.md')).includes(sentence));

    expect(sentences.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });
});

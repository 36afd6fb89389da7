import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlain, plain, quote } from '../../../../lambda/core/messages/command.ts';

/** Characters that a sentence must not hold, by name. */
const unplain = {
  markup: '<',
  'end of markup': '>',
  'line break': '\n',
  escape: '\u001b',
  'right-to-left override': '\u202e',
  'zero-width space': '\u200b',
  'line separator': '\u2028',
  'paragraph separator': '\u2029',
  'half of a pair': '\ud83d',
};
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(fc.constantFrom(...Object.values(unplain), 'a', '\udc00', '😀'), { maxLength: 300 })
    .map((all) => all.join('')),
);

/** Lists in lists, by hand: a literal or a parser would be limited too. */
function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe('isPlain', () => {
  it.each(Object.entries(unplain))('refuses a text with a %s', (_, character) => {
    expect(isPlain(`before${character}after`)).toBe(false);
  });

  it.each(['', 'over budget', 'Grüße, 東京 😀', '"quoted" & $52.10; 100 %'])('takes "%s"', (text) => {
    expect(isPlain(text)).toBe(true);
  });
});

describe('plain', () => {
  it.each(Object.entries(unplain))('replaces a %s', (_, character) => {
    expect(plain(`before${character}after`)).toBe('before.after');
  });

  it('cuts a long text, says how long it was, and leaves no half of a pair', () => {
    const text = plain(`${'a'.repeat(119)}😀${'b'.repeat(879)}`);

    expect(text).toBe(`${'a'.repeat(119)}.... (1000 characters)`);
  });

  it('makes a short, plain text of any text, and none of one that is', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = plain(text);

        expect(isPlain(shown)).toBe(true);
        expect(shown.length).toBeLessThanOrEqual(150);
        if (isPlain(text) && text.length <= 120) expect(shown).toBe(text);
      }),
    );
  });
});

describe('quote', () => {
  it.each([
    [undefined, 'missing'],
    [null, 'null'],
    [5, '5'],
    ['stop', '"stop"'],
    [['a', 'b'], '["a","b"]'],
    [{ a: 1 }, '{"a":1}'],
    [{ a: { b: 1 }, c: [2] }, '{"a":"...","c":"..."}'],
    ['<b>', '".b."'],
    ['a\nb', '"a\\nb"'],
  ])('shows %j as %s', (value, text) => {
    expect(quote(value)).toBe(text);
  });

  it('shows a thousand names as a few', () => {
    const text = quote(Array.from({ length: 1_000 }, (_, index) => `name-${index}`));

    expect(text).toMatch(/^\["name-0",.*\.\.\. \(\d+ characters\)$/);
  });

  it('takes a value nested without end', () => {
    expect(quote(nested(100_000))).toBe('["..."]');
  });

  it('makes a short, plain text of any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
        const shown = quote(value);

        expect(isPlain(shown)).toBe(true);
        expect(shown.length).toBeLessThanOrEqual(150);
      }),
    );
  });
});

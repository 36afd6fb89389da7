import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText, table, wrapText } from '../../cli/table.ts';

const COLUMNS = [{ head: 'NAME' }, { head: 'MIN', align: 'right' }, { head: 'WHY' }] as const;

describe('a table', () => {
  it('is as wide as its cells, wraps the last column and lets texts run across', () => {
    const rows = [
      ['a', '5', 'it ran for longer than anybody would have thought'],
      { text: 'across', indent: 2 },
      ['bb', '1000', 'short'],
    ];

    const text = table(COLUMNS, rows, 40);

    expect(text).toBe(
      [
        'NAME   MIN  WHY',
        'a        5  it ran for longer than',
        '            anybody would have thought',
        '  across',
        'bb    1000  short',
        '',
      ].join('\n'),
    );
  });

  it('never loses a character, and breaks no line of a cell but at a control character', () => {
    const cell = fc.string({ maxLength: 40 });
    const wordsOf = (text: string) =>
      text
        .replace(/[<>\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '.')
        .split(/\s+/)
        .filter(Boolean);

    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell)), fc.integer({ min: 1, max: 90 }), (rows, width) => {
        const text = table(COLUMNS, rows, width);

        const given = ['NAME', 'MIN', 'WHY', ...rows.flat().flatMap(wordsOf)];
        expect(wordsOf(text.replaceAll('\n', ' ')).join('')).toHaveLength(given.join('').length);
        expect(text.split('\n').length - 1).toBeGreaterThanOrEqual(rows.length + 1);
      }),
    );
  });
});

describe('a wrapped text', () => {
  it('is the text again when its lines are joined, whatever the width', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ') });

    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 50 }), (given, width) => {
        expect(wrapText(given, width).join(' ')).toBe(given);
      }),
    );
  });

  it('has no line above the width but one of a single word', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 40 }), fc.integer({ min: 1, max: 50 }), (text, width) => {
        const lines = wrapText(text, width);

        expect(lines.filter((line) => line.length > width && line.includes(' '))).toEqual([]);
      }),
    );
  });

  it('breaks only where it must', () => {
    expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
  });
});

describe('a value as JSON', () => {
  it('holds nothing that a terminal obeys, and is the value again', () => {
    const character = fc.constantFrom(
      'a',
      '"',
      '\n',
      '\u001b',
      '\u007f',
      '\u009b',
      '\u202e',
      '\u2028',
      '\u{e0001}',
    );

    fc.assert(
      fc.property(fc.string({ unit: character }), (name) => {
        const text = jsonText({ name });

        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(text)).toEqual({ name });
      }),
    );
  });
});

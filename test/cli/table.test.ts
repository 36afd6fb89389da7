import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { table } from '../../cli/table.ts';

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

  it('indents all of its rows', () => {
    const text = table([{ head: 'A' }, { head: 'B' }], [['1', '2']], 40, 4);

    expect(text).toBe('    A  B\n    1  2\n');
  });

  it('never loses a word, and breaks no line of a cell but at a control character', () => {
    const cell = fc.string({ maxLength: 40 });
    const wordsOf = (text: string) =>
      text
        .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '.')
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

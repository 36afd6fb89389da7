import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeValue } from '../../../../lambda/core/policy/describe-value.ts';

describe('describeValue', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['-1', -1],
    ['NaN', Number.NaN],
    ['true', true],
    ['"60"', '60'],
    ['"a\\nb"', 'a\nb'],
    ['"\\u202etxt\\u009b"', '\u202etxt\u009b'],
    ['12', 12n],
    ['Symbol(a)', Symbol('a')],
    ['a function', () => 1],
    ['[]', []],
    ['{}', {}],
    ['{ "usd": 1 }', { usd: 1 }],
    ['[1, [2, [3, [...]]]]', [1, [2, [3, [4]]]]],
    ['[1, 2, 3, 4, 5, 6, 7, 8]', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['[1, 2, 3, 4, 5, 6, 7, 8, ...]', [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [`"${'x'.repeat(78)}"`, 'x'.repeat(78)],
    [`"${'x'.repeat(79)}...`, 'x'.repeat(79)],
  ])('shows %s', (expected, value) => {
    const result = describeValue(value);

    expect(result).toBe(expected);
  });

  it('is one short line without control characters, whatever the value', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withSparseArray: true }), (value) => {
        const result = describeValue(value);

        expect(result).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,83}$/u);
      }),
      { numRuns: 1_000 },
    );
  });
});

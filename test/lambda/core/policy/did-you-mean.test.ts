import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../../../lambda/core/policy/did-you-mean.ts';

const KEYS = ['id', 'match', 'mode', 'type', 'maxMinutes'];

describe('didYouMean', () => {
  it.each([
    ['maxminutes', 'maxMinutes'],
    ['maxMinute', 'maxMinutes'],
    ['max_minutes', 'maxMinutes'],
    ['mach', 'match'],
    ['tpye', 'type'],
    ['typ', 'type'],
    ['ib', 'id'],
    ['mxMinuts', 'maxMinutes'],
    ['mxMinut', undefined],
    ['x', undefined],
    ['webhook', undefined],
    ['', undefined],
  ])('takes %j for %j', (text, expected) => {
    const result = didYouMean(text, KEYS);

    expect(result).toBe(expected);
  });

  it('finds every key in which one letter is missing', () => {
    fc.assert(
      fc.property(fc.constantFrom('match', 'maxMinutes', 'thresholds', 'timezone'), fc.nat(4), (key, at) => {
        const mistyped = key.slice(0, at) + key.slice(at + 1);

        expect(didYouMean(mistyped, ['match', 'maxMinutes', 'thresholds', 'timezone'])).toBe(key);
      }),
    );
  });

  it('does not compare texts that are too long to be a slip', () => {
    const result = ['a'.repeat(64), 'a'.repeat(65)].map((text) => didYouMean(text, [text]));

    expect(result).toEqual(['a'.repeat(64), undefined]);
  });
});

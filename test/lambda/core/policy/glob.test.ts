import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../../../lambda/core/policy/glob.ts';
import { glob, text } from './arbitraries.ts';

/** What a glob means, one character at a time. Exponential, so only for short texts. */
function naive(pattern: readonly string[], given: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  const [character, ...others] = given;
  if (first === undefined) return character === undefined;
  if (first === '*') return naive(rest, given) || (character !== undefined && naive(pattern, others));
  return character !== undefined && (first === '?' || first === character) && naive(rest, others);
}

describe('matchesGlob', () => {
  it.each([
    ['nightly-*', 'nightly-42', true],
    ['nightly-*', 'nightly-', true],
    ['nightly-*', 'nightly', false],
    ['nightly-*', 'a nightly-42', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '', false],
    ['?', 'a', true],
    ['?', 'ab', false],
    ['?', '📱', true],
    ['a?c', 'abc', true],
    ['*-tests', 'ui-tests', true],
    ['*-tests', 'ui-tests-2', false],
    ['mobile*android*', 'mobile-app-android-14', true],
    ['Mobile', 'mobile', false],
    ['a.c', 'abc', false],
    ['[ab]', 'a', false],
    ['[ab]', '[ab]', true],
    ['a\\*', 'a\\b', true],
  ])('says of %j and %j: %j', (pattern, name, expected) => {
    const result = matchesGlob(pattern, name);

    expect(result).toBe(expected);
  });

  it('agrees with the naive reading of a glob', () => {
    fc.assert(
      fc.property(glob, text, (pattern, name) => {
        expect(matchesGlob(pattern, name)).toBe(naive([...pattern], [...name]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets every name match itself when it holds no wildcard', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        fc.pre(!/[*?]/.test(name));
        expect(matchesGlob(name, name)).toBe(true);
      }),
    );
  });

  it('ends with a pattern that would take a backtracking matcher for ever', () => {
    const result = matchesGlob(`${'*a'.repeat(120)}*b`, 'a'.repeat(256));

    expect(result).toBe(false);
  });
});

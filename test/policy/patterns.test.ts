import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isKeyPattern, keyFinder, matchesGlob } from '../../lambda/policy/match.ts';
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
      { numRuns: 1_000 },
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

describe('keyFinder', () => {
  it.each([
    ['{key}', 'nightly', 'nightly'],
    ['{key}', '', undefined],
    ['{key}-{number}', 'pr-12-43', 'pr-12'],
    ['{key}-{number}', 'release-candidate', undefined],
    ['{key}-{number}', '-43', undefined],
    ['{key}-{number}', 'pr-', undefined],
    ['{key}-{number}', 'pr-09', 'pr'],
    ['{key}-{number}', 'pr-/', undefined],
    ['{key}-{number}', 'pr-:', undefined],
    ['{key}-*', 'feature-x-y', 'feature-x'],
    ['*-{key}', 'feature-x-y', 'x-y'],
    ['* {key} #{number}', 'CI feature-x #7', 'feature-x'],
    ['build {key}??', 'build main07', 'main'],
    ['{number}:{key}', '12:3:main', '3:main'],
    ['{number}{key}', '123', '23'],
    ['{key}{number}', '123', '12'],
    ['{key}-{number}-{number}', 'a-1-2-3', 'a-1'],
    ['x{key}', 'main', undefined],
    ['pr-{key}-{number}', 'pr-88-7', '88'],
    ['pr-{key}-{number}', 'pr-88', undefined],
    ['{key}.*', 'a.b', 'a'],
    ['{key}-?', 'ab-😀', 'ab'],
  ])('takes the key by "%s" from "%s": %s', (pattern, name, key) => {
    expect(keyFinder(pattern)(name)).toBe(key);
  });

  it('finds a part with which the name matches, and no longer one that begins as early', () => {
    fc.assert(
      fc.property(glob, glob, text, (before, after, name) => {
        const key = keyFinder(`${before}{key}${after}`)(name);

        const parts = Array.from({ length: name.length }, (_, from) =>
          Array.from({ length: name.length - from }, (_, size) => [from, name.length - size] as const),
        ).flat();
        const fits = parts.find(
          ([from, to]) => matchesGlob(before, name.slice(0, from)) && matchesGlob(after, name.slice(to)),
        );
        expect(key).toBe(fits && name.slice(...fits));
      }),
    );
  });

  it('does not go back and forth over a long name', () => {
    const name = 'a'.repeat(256);

    const key = keyFinder(`${'*a'.repeat(60)}{key}${'*a*'.repeat(60)}b`)(name);

    expect(key).toBeUndefined();
  });
});

describe('isKeyPattern', () => {
  it.each([
    ['{key}', true],
    ['a-{key}-{number}', true],
    ['', false],
    ['{number}', false],
    ['{key}{key}', false],
    ['{Key}', false],
  ])('"%s" is %s', (pattern, expected) => {
    expect(isKeyPattern(pattern)).toBe(expected);
  });
});

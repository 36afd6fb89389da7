import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../../../lambda/core/policy/glob.ts';
import { isKeyPattern, keyOfName } from '../../../../lambda/core/policy/run-name-key.ts';
import { glob, text } from './arbitraries.ts';

describe('keyOfName', () => {
  it.each([
    ['{key}', 'nightly', 'nightly'],
    ['{key}', '', undefined],
    ['{key}-{number}', 'pr-12-43', 'pr-12'],
    ['{key}-{number}', 'release-candidate', undefined],
    ['{key}-{number}', '-43', undefined],
    ['{key}-{number}', 'pr-', undefined],
    ['{key}-*', 'feature-x-y', 'feature-x'],
    ['*-{key}', 'feature-x-y', 'x-y'],
    ['* {key} #{number}', 'CI feature-x #7', 'feature-x'],
    ['build {key}??', 'build main07', 'main'],
    ['{number}:{key}', '12:3:main', '3:main'],
    ['{number}{key}', '123', '23'],
    ['{key}{number}', '123', '12'],
    ['{key}-{number}-{number}', 'a-1-2-3', 'a-1'],
    ['x{key}', 'main', undefined],
    ['{key}.*', 'a.b', 'a'],
    ['{key}-?', 'ab-😀', 'ab'],
  ])('takes the key by "%s" from "%s": %s', (pattern, name, key) => {
    expect(keyOfName(pattern, name)).toBe(key);
  });

  it('finds a part with which the name matches, and no longer one that begins as early', () => {
    fc.assert(
      fc.property(glob, glob, text, (before, after, name) => {
        const key = keyOfName(`${before}{key}${after}`, name);

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

    const key = keyOfName(`${'*a'.repeat(60)}{key}${'*a*'.repeat(60)}b`, name);

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

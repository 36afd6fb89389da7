import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../lambda/policy/load.ts';
import { policyInput, policyWith } from './arbitraries.ts';
import { refusalOf } from './refusal.ts';

const refusal = (input: unknown) => refusalOf(() => parsePolicy(input));

/** Values as JSON has them, often with the keys and texts of a policy. */
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1,
      1.5,
      100,
      '',
      'UTC',
      'budget',
      'job-duration',
      'a',
      'observe',
    ),
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        'version',
        'rules',
        'id',
        'type',
        'limit',
        'usd',
        'match',
        'safety',
        'thresholds',
        'until',
        '__proto__',
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value;

/** Puts `value` in the place of some part of `input`. */
function replacePart(input: unknown, steps: readonly number[], value: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined || typeof input !== 'object' || input === null) return value;
  const keys = Object.keys(input);
  const key = keys[step % (keys.length + 1)] ?? 'added';
  const members = Object.entries(input).filter(([name]) => name !== key);
  const part = replacePart(Object.getOwnPropertyDescriptor(input, key)?.value, rest, value);
  if (Array.isArray(input)) return input.map((entry, index) => (String(index) === key ? part : entry));
  return Object.fromEntries([...members, [key, part]]);
}

describe('parsePolicy, given anything', () => {
  const brokenPolicy = fc
    .tuple(policyInput, fc.array(fc.nat(20), { minLength: 1, maxLength: 5 }), anyJson)
    .map(([input, steps, value]) => replacePart(input, steps, value));

  it.each<[string, fc.Arbitrary<unknown>]>([
    ['any JSON', fc.jsonValue()],
    ['JSON that looks like a policy', anyJson],
    ['a policy with one part replaced', brokenPolicy],
    [
      'any value of the language',
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
    ],
  ])(
    'answers %s with a policy, or with faults that name a path, a value and what is allowed',
    (_, inputs) => {
      fc.assert(
        fc.property(inputs, (input) => {
          const result = refusal(input);

          if (!result) return;
          expect(result.faults.length).toBeGreaterThan(0);
          expect(result.message.split('\n').length).toBeGreaterThanOrEqual(result.faults.length);
          for (const { path, found, allowed } of result.faults) {
            expect([path, found, allowed].map((text) => text.trim().length > 0)).toEqual([true, true, true]);
          }
        }),
        { numRuns: 300 },
      );
    },
  );

  it('survives values nested deeper than any stack', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);

    const results = [deep, policyWith({ rules: deep }), policyWith({ extra: deep })].map(refusal);

    expect(results.map((result) => result?.faults.length)).toEqual([1, 1, 1]);
  });
});

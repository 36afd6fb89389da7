import { describe, expect, it } from 'vitest';
import { policyJsonSchema } from '../../../../lambda/core/policy/json-schema.ts';
import { notYetApplied } from '../../../../lambda/core/policy/not-yet-applied.ts';
import { parsePolicy } from '../../../../lambda/core/policy/parse-policy.ts';
import { policyWith } from './arbitraries.ts';

describe('notYetApplied', () => {
  it.each<[unknown, readonly string[]]>([
    [{}, []],
    [null, []],
    [5, []],
    [{ safety: null }, []],
    [{ safety: { confirmWithinMinutes: 5 } }, []],
    [{ safety: { maxStopsPerHour: 200 } }, ['safety.maxStopsPerHour']],
    [{ safety: { breaker: { holdMinutes: 5 }, maxAttempts: 4 } }, ['safety.breaker', 'safety.maxAttempts']],
  ])('tells what a policy as written sets without effect: %j', (input, expected) => {
    const result = notYetApplied(input);

    expect(result).toEqual(expected);
  });

  it.each<[unknown, readonly string[]]>([
    [{}, []],
    [{ maxAttempts: 4 }, ['safety.maxAttempts']],
    [{ breaker: { holdMinutes: 5 } }, ['safety.breaker']],
  ])('tells of a parsed policy only what is not the default: %j', (safety, expected) => {
    const result = notYetApplied(parsePolicy(policyWith({ safety })));

    expect(result).toEqual(expected);
  });

  it('knows exactly the keys that the schema says are not applied yet', () => {
    const properties = policyJsonSchema().properties?.safety?.properties ?? {};
    const said = Object.keys(properties).filter((key) =>
      properties[key]?.description?.endsWith('not applied yet.'),
    );

    const result = notYetApplied({
      safety: { maxStopsPerHour: 1, breaker: {}, maxAttempts: 1, confirmWithinMinutes: 1 },
    });

    expect(result).toEqual(said.map((key) => `safety.${key}`));
  });
});

import { DevicePlatform, TestType } from '@aws-sdk/client-device-farm';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../../../lambda/core/policy/parse-policy.ts';
import { matchSchema } from '../../../../../lambda/core/policy/schema/match.ts';
import { policyWithRule } from '../arbitraries.ts';

describe('matchSchema', () => {
  it('knows every platform and test type that Device Farm has', () => {
    const match = { platforms: Object.values(DevicePlatform), testTypes: Object.values(TestType) };

    const policy = parsePolicy(policyWithRule({ id: 'a', type: 'queue-age', maxMinutes: 1, match }));

    expect(policy.rules[0]?.match).toEqual(match);
  });

  it('knows no test type that Device Farm does not have', () => {
    const known = matchSchema.shape.testTypes.unwrap().element.options;

    expect([...known].sort()).toEqual(Object.values(TestType).sort());
  });
});

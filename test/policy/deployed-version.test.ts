import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyVersion, ruleVersion } from '../../lambda/policy/deployed.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import type { Policy } from '../../lambda/policy/schema.ts';
import { policyInput, policyWith, policyWithRule } from './arbitraries.ts';

/** The same value with the keys of every mapping the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

describe('policyVersion', () => {
  it('is twelve hex digits', () => {
    const version = policyVersion(parsePolicy(policyWith()));

    expect(version).toMatch(/^[0-9a-f]{12}$/);
  });

  it('is the same in every release: it is the hash of JSON with sorted keys', () => {
    const hash = createHash('sha256').update('{"a":[{"c":2,"d":1},null],"b":{"x":"y"}}').digest('hex');

    expect(policyVersion({ b: { x: 'y' }, a: [{ d: 1, c: 2 }, null] })).toBe(hash.slice(0, 12));
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(policyInput, (input) => {
        const policy = parsePolicy(input);
        const mirrored: Policy = JSON.parse(JSON.stringify(reversed(policy)));

        expect(policyVersion(mirrored)).toBe(policyVersion(policy));
      }),
    );
  });

  it('does not depend on whether a default is written down', () => {
    const versions = [policyWith(), policyWith({ mode: 'observe', safety: {} })].map((input) =>
      policyVersion(parsePolicy(input)),
    );

    expect(versions[0]).toBe(versions[1]);
  });

  it('differs where the content differs', () => {
    const inputs = [
      policyWith(),
      policyWith({ mode: 'enforce' }),
      policyWithRule({ id: 'long-jobs', type: 'job-duration', maxMinutes: 61 }),
      policyWithRule({ id: 'long-jobs', type: 'job-duration', maxMinutes: 60, match: { runs: ['a', 'b'] } }),
      policyWithRule({ id: 'long-jobs', type: 'job-duration', maxMinutes: 60, match: { runs: ['b', 'a'] } }),
    ];

    const versions = inputs.map((input) => policyVersion(parsePolicy(input)));

    expect(new Set(versions).size).toBe(inputs.length);
  });
});

describe('ruleVersion', () => {
  const versionOf = (others: object = {}) => {
    const rule = { id: 'long', type: 'job-duration', maxMinutes: 60, match: {}, ...others };
    return ruleVersion(rule as { readonly mode?: string }); // its keys are those above
  };

  it('stays when the rule goes from observing to enforcing', () => {
    const versions = [versionOf(), versionOf({ mode: 'observe' }), versionOf({ mode: 'enforce' })];

    expect(new Set(versions).size).toBe(1);
  });

  it.each([
    ['limit', { maxMinutes: 61 }],
    ['match', { match: { runs: ['a'] } }],
    ['id', { id: 'longer' }],
  ])('changes with its %s', (_, change) => {
    expect(versionOf(change)).not.toBe(versionOf());
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exemptionFor } from '../../../../lambda/core/policy/exemption.ts';
import { matchesItem } from '../../../../lambda/core/policy/match.ts';
import { parsePolicy } from '../../../../lambda/core/policy/parse-policy.ts';
import type { Match } from '../../../../lambda/core/policy/schema.ts';
import type { WorkItem } from '../../../../lambda/core/work-item.ts';
import { item, match, policyWith } from './arbitraries.ts';

const END = Date.parse('2026-12-01T00:00:00Z');
const minutes = { total: 10, metered: 10, unmetered: 0 };
const work: WorkItem = {
  arn: 'arn:aws:devicefarm:us-west-2:123456789012:job:p/r/00000',
  kind: 'job',
  name: 'Google Pixel 8',
  device: 'Google Pixel 8',
  project: { arn: 'arn:aws:devicefarm:us-west-2:123456789012:project:p', name: 'mobile-app' },
  run: { arn: 'arn:aws:devicefarm:us-west-2:123456789012:run:p/r', name: 'release-7', minutes, devices: 1 },
  status: 'RUNNING',
  phase: 'started',
  billing: 'metered',
  minutes,
};

function policyExempting(...matches: readonly Match[]) {
  const exemptions = matches.map((one, index) => ({
    id: `exemption-${index}`,
    match: one,
    until: '2026-12-01T01:00:00+01:00',
    owner: 'mobile',
    reason: 'store release',
  }));
  return parsePolicy(policyWith({ exemptions }));
}

describe('exemptionFor', () => {
  it.each([
    ['a millisecond before its end', END - 1, 'exemption-0'],
    ['at its end', END, undefined],
    ['after its end', END + 1, undefined],
  ])('protects matching work until its end: %s', (_, now, expected) => {
    const policy = policyExempting({ runs: ['release-*'] });

    const result = exemptionFor(work, policy, now);

    expect(result?.id).toBe(expected);
  });

  it('does not protect other work', () => {
    const policy = policyExempting({ runs: ['nightly-*'] });

    const result = exemptionFor(work, policy, 0);

    expect(result).toBeUndefined();
  });

  it('is the first one that matches', () => {
    const policy = policyExempting({ runs: ['nightly-*'] }, { projects: ['mobile-*'] }, {});

    const result = exemptionFor(work, policy, 0);

    expect(result?.id).toBe('exemption-1');
  });

  it('protects work of which Device Farm does not tell what the exemption asks', () => {
    const policy = policyExempting({ billing: 'unmetered', platforms: ['IOS'] });

    const results = (['unknown', 'unmetered', 'metered'] as const).map(
      (billing) => exemptionFor({ ...work, billing }, policy, 0)?.id,
    );

    expect(results).toEqual(['exemption-0', 'exemption-0', undefined]);
  });

  it('protects all that it matches, and nothing once it has ended', () => {
    fc.assert(
      fc.property(match, item, fc.integer({ min: 0, max: 2 * END }), (asked, any, now) => {
        const found = exemptionFor(any, policyExempting(asked), now);

        if (now >= END) expect(found).toBeUndefined();
        else if (matchesItem(asked, any)) expect(found?.id).toBe('exemption-0');
      }),
    );
  });
});

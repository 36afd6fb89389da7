import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exemptibleBy, exemptionFor, policyExemptions } from '../../lambda/policy/exemption.ts';
import { type Match, matchesItem } from '../../lambda/policy/match.ts';
import { item, jobArn, projectArn, runArn, sessionArn, target } from '../support/samples.ts';
import * as any from './arbitraries.ts';

const END = Date.parse('2026-12-01T00:00:00Z');

/** Exemptions as a policy grants them, until `END`. */
function exempting(...matches: readonly Match[]) {
  return policyExemptions(
    matches.map((match, index) => ({
      id: `exemption-${index}`,
      match,
      until: '2026-12-01T01:00:00+01:00',
      owner: 'mobile',
      reason: 'store release',
    })),
  );
}

/** An exemption by message or tag. */
const granted = (arn: string) => [{ id: 'message:1', target: arn, until: END, why: 'a message' }];

describe('exemptionFor', () => {
  it.each([
    ['a millisecond before its end', END - 1, 'exemption-0'],
    ['at its end', END, undefined],
    ['after its end', END + 1, undefined],
  ])('protects matching work until its end: %s', (_, now, expected) => {
    expect(exemptionFor(item(), exempting({ runs: ['night*'] }), now)?.id).toBe(expected);
  });

  it('does not protect other work', () => {
    expect(exemptionFor(item(), exempting({ runs: ['release-*'] }), 0)).toBeUndefined();
  });

  it('is the first one that matches', () => {
    const found = exemptionFor(item(), exempting({ runs: ['x'] }, { projects: ['mob*'] }, {}), 0);

    expect(found?.id).toBe('exemption-1');
  });

  it('says who protects the work and until when, without what a terminal would carry out', () => {
    const [exemption] = policyExemptions([
      { id: 'soak', match: {}, until: '2026-12-01T00:00:00Z', owner: 'ada\u001b[2J<b>', reason: 'r' },
    ]);

    expect(exemption?.why).toBe('exemption soak until 2026-12-01T00:00:00Z (ada.[2J.b.)');
  });

  it('protects work of which Device Farm does not say what the exemption asks', () => {
    const exemptions = exempting({ billing: 'unmetered', platforms: ['IOS'] });

    const found = (['unknown', 'unmetered', 'metered'] as const).map(
      (billing) => exemptionFor(item({ billing }), exemptions, 0)?.id,
    );

    expect(found).toEqual(['exemption-0', 'exemption-0', undefined]);
  });

  it('protects a target of which only the ARN is known, since its name may match', () => {
    const unknown = { arn: jobArn(), kind: 'job' } as const;

    expect(exemptionFor(unknown, exempting({ projects: ['mobile'] }), 0)?.id).toBe('exemption-0');
  });

  it.each([
    ['a job by its project', jobArn(), projectArn(), true],
    ['a job by its run', jobArn(), runArn(), true],
    ['a job by its own ARN', jobArn(), jobArn(), true],
    ['a session by its project', sessionArn(), projectArn(), true],
    ['a session by its own ARN', sessionArn(), sessionArn(), true],
    ['no job by another run', jobArn(), runArn('r2'), false],
    ['no job by another project', jobArn(), projectArn('p2'), false],
    ['no job by the beginning of its run', jobArn('0', 'r12'), runArn('r1'), false],
  ])('by message or tag protects %s', (_, arn, named, expected) => {
    const found = exemptionFor(target({ arn }), granted(named), END - 1);

    expect(found !== undefined).toBe(expected);
    expect(exemptionFor(target({ arn }), granted(named), END)).toBeUndefined();
  });

  it('is the first one that names the work, by whatever ARN', () => {
    const exemptions = [projectArn('p2'), runArn(), projectArn(), runArn()].flatMap((arn, index) =>
      granted(arn).map((one) => ({ ...one, id: `message:${index}` })),
    );

    expect(exemptionFor(target(), exemptions, 0)?.id).toBe('message:1');
    expect(exemptionFor(target(), exemptions.slice(2), 0)?.id).toBe('message:2');
  });

  it('is the first one of a message and of the policy', () => {
    const both = [...granted(jobArn()), ...exempting({})];

    const found = [both, both.toReversed()].map((exemptions) => exemptionFor(target(), exemptions, 0)?.id);

    expect(found).toEqual(['message:1', 'exemption-0']);
  });

  it('protects all that it matches, and nothing once it has ended', () => {
    fc.assert(
      fc.property(any.match, any.item, fc.integer({ min: 0, max: 2 * END }), (asked, work, now) => {
        const found = exemptionFor(work, exempting(asked), now);

        if (now >= END) expect(found).toBeUndefined();
        else if (matchesItem(asked)(work)) expect(found?.id).toBe('exemption-0');
      }),
    );
  });
});

describe('exemptibleBy', () => {
  it.each([
    ['job', jobArn(), [jobArn(), runArn(), projectArn()]],
    ['run', runArn(), [runArn(), runArn(), projectArn()]],
    ['session', sessionArn(), [sessionArn(), projectArn()]],
  ])('names what a message can exempt a %s by', (_, arn, names) => {
    expect(exemptibleBy(arn)).toEqual(names);
  });

  it('names only itself of what is no ARN', () => {
    expect(exemptibleBy('odd')).toEqual(['odd']);
  });
});

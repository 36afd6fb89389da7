import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../lambda/core/decision.ts';
import { rank } from '../../../../lambda/core/safety/rank.ts';
import type { Billing } from '../../../../lambda/core/service.ts';
import type { WorkItem } from '../../../../lambda/core/work-item.ts';
import { item, jobArn, metered } from '../samples.ts';

function decision(facts: Partial<WorkItem>): Decision {
  return { item: item(facts), action: 'stop', reason: 'why', only: 'any', verdicts: [] };
}

function arnsOf(decisions: readonly Decision[]): readonly string[] {
  return decisions.map((one) => one.item.arn);
}

const anyDecision = fc
  .record({
    arn: fc.integer({ min: 0, max: 99 }).map((index) => jobArn(String(index).padStart(5, '0'))),
    status: fc.constantFrom('PENDING', 'RUNNING', 'STOPPING', 'NEW'),
    billing: fc.constantFrom<Billing>('metered', 'unmetered', 'unknown'),
    minutes: fc.integer({ min: 0, max: 200 }).map(metered),
    timeoutMinutes: fc.option(fc.integer({ min: 5, max: 150 }), { nil: undefined }),
  })
  .map(decision);

describe('rank', () => {
  it('puts queued work first, then what can still cost most, then by ARN', () => {
    const decisions = [
      decision({ arn: 'unmetered', billing: 'unmetered', minutes: metered(0) }),
      decision({ arn: 'nearly-done', minutes: metered(140) }),
      decision({ arn: 'b-fresh', minutes: metered(10) }),
      decision({ arn: 'a-fresh', minutes: metered(10) }),
      decision({ arn: 'short', minutes: metered(10), timeoutMinutes: 60 }),
      decision({ arn: 'queued', status: 'PENDING', timeoutMinutes: 5 }),
      decision({ arn: 'queued-long', status: 'PENDING' }),
    ];

    const ranked = rank(decisions);

    expect(arnsOf(ranked)).toEqual([
      'queued-long',
      'queued',
      'a-fresh',
      'b-fresh',
      'short',
      'nearly-done',
      'unmetered',
    ]);
  });

  it('takes unknown billing for metered, and queued work for what can still use its whole timeout', () => {
    const decisions = [
      decision({ arn: 'queued-unmetered', status: 'PENDING', billing: 'unmetered' }),
      decision({ arn: 'queued-short', status: 'PENDING', timeoutMinutes: 30 }),
      decision({ arn: 'queued-whole', status: 'PENDING', timeoutMinutes: 90 }),
      decision({ arn: 'unmetered', billing: 'unmetered', minutes: metered(0) }),
      decision({ arn: 'unknown', billing: 'unknown', minutes: metered(20) }),
      decision({ arn: 'metered', minutes: metered(30) }),
    ];

    expect(arnsOf(rank(decisions))).toEqual([
      'queued-whole',
      'queued-short',
      'queued-unmetered',
      'unknown',
      'metered',
      'unmetered',
    ]);
  });

  it('takes a timeout of 0 for one that was not told', () => {
    const decisions = [
      decision({ arn: 'told', minutes: metered(0), timeoutMinutes: 100 }),
      decision({ arn: 'not-told', minutes: metered(0), timeoutMinutes: 0 }),
    ];

    expect(arnsOf(rank(decisions))).toEqual(['not-told', 'told']);
  });

  it('counts work past its timeout as having nothing left to spend', () => {
    const decisions = [
      decision({ arn: 'b', minutes: metered(200) }),
      decision({ arn: 'a', minutes: metered(150) }),
    ];

    expect(arnsOf(rank(decisions))).toEqual(['a', 'b']);
  });

  it('leaves decisions on one ARN in their order', () => {
    const twice = [decision({ arn: 'same', name: 'first' }), decision({ arn: 'same', name: 'second' })];

    expect(rank(twice).map((one) => one.item.name)).toEqual(['first', 'second']);
  });

  it('is one order: it loses nothing and does not depend on the order it is given', () => {
    const distinct = fc.uniqueArray(anyDecision, { selector: (one) => one.item.arn, maxLength: 30 });
    const withOther = distinct.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(withOther, ([decisions, shuffled]) => {
        const ranked = rank(decisions);

        expect(rank(shuffled)).toEqual(ranked);
        expect(ranked).toHaveLength(decisions.length);
        expect(new Set(ranked)).toEqual(new Set(decisions));
        const phases = ranked.map((one) => one.item.phase === 'queued');
        expect(phases.lastIndexOf(true)).toBeLessThan(phases.includes(false) ? phases.indexOf(false) : 31);
      }),
    );
  });
});

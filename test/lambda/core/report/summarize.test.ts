import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../lambda/core/decision.ts';
import { type Findings, summarize } from '../../../../lambda/core/report/summarize.ts';
import { budgetRule, budgetState, item, jobArn, policy } from '../samples.ts';

const inventory = {
  projects: [1, 2],
  activeRuns: 3,
  items: [1, 2, 3, 4],
  settled: [],
  partial: false,
  problems: [],
};
const quiet: Findings = {
  inventory,
  budgets: [],
  spend: [],
  idleSlots: [],
  decisions: [],
  results: [],
  confirmed: [],
  lessons: [],
  blind: false,
  problems: [],
};
const context = {
  sweepId: 's1',
  policy: policy([{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }]),
  policyVersion: 'v1',
};

function decision(arn: string, action: Decision['action']): Decision {
  return { item: item({ arn }), action, reason: 'why', only: 'any', verdicts: [] };
}

describe('summarize', () => {
  it('counts what was seen', () => {
    expect(summarize(quiet, context)).toEqual({
      sweepId: 's1',
      mode: 'enforce',
      policyVersion: 'v1',
      projects: 2,
      activeRuns: 3,
      activeItems: 4,
      wouldStop: [],
      stopped: [],
      alreadyStopping: [],
      failed: [],
      heldBack: [],
      confirmed: [],
      spend: [],
      account: null,
      idleSlots: [],
      estimateError: { count: 0, minutes: 0, absoluteMinutes: 0 },
      lessons: [],
      partial: false,
      problems: [],
      usage: [],
    });
  });

  it('puts every outcome where it belongs', () => {
    const why = { reason: 'why' };
    const results = [
      { kind: 'stopped', arn: 'a', ...why },
      { kind: 'alreadyStopping', arn: 'b', ...why },
      { kind: 'inProgress', arn: 'c', ...why },
      { kind: 'alreadyFinished', arn: 'd', ...why },
      { kind: 'skipped', arn: 'e', ...why },
      { kind: 'failed', arn: 'f', error: 'refused', accessDenied: false },
      { kind: 'heldBack', arn: 'g', why: 'no time' },
    ] as const;

    const summary = summarize({ ...quiet, results, confirmed: ['h'] }, context);

    expect(summary).toMatchObject({
      stopped: ['a'],
      alreadyStopping: ['b', 'c'],
      failed: [{ arn: 'f', error: 'refused' }],
      heldBack: [{ arn: 'g', why: 'no time' }],
      confirmed: ['h'],
    });
  });

  it('names what rules in observe mode would have stopped', () => {
    const decisions = [
      decision(jobArn('1'), 'would-stop'),
      decision(jobArn('2'), 'stop'),
      decision(jobArn('3'), 'keep'),
    ];

    expect(summarize({ ...quiet, decisions }, context).wouldStop).toEqual([jobArn('1')]);
  });

  it.each([
    { what: 'nothing was hidden', findings: quiet, partial: false },
    {
      what: 'a listing was cut short',
      findings: { ...quiet, inventory: { ...inventory, partial: true } },
      partial: true,
    },
    { what: 'a table did not answer', findings: { ...quiet, blind: true }, partial: true },
    {
      what: 'a stop was held back',
      findings: { ...quiet, results: [{ kind: 'heldBack', arn: 'a', why: 'no time' } as const] },
      partial: true,
    },
    { what: 'an item could not be judged', findings: { ...quiet, problems: ['odd'] }, partial: false },
  ])('is partial or not when $what', ({ findings, partial }) => {
    expect(summarize(findings, context).partial).toBe(partial);
  });

  it('tells all problems', () => {
    const findings = { ...quiet, inventory: { ...inventory, problems: ['one'] }, problems: ['two'] };

    expect(summarize(findings, context).problems).toEqual(['one', 'two']);
  });

  it('gives money in dollars and minutes in minutes', () => {
    const budgets = [
      budgetState({ unit: 'usd', spent: 12_867_300, limit: 50_000_000 }),
      budgetState({ rule: budgetRule({ id: 'minutes' }), spent: 12.5 }),
    ];

    expect(summarize({ ...quiet, budgets }, context).usage).toMatchObject([
      { rule: 'team-budget', period: '2026-11-25', unit: 'usd', spent: 12.8673, limit: 50 },
      { rule: 'minutes', unit: 'minutes', spent: 12.5, limit: 100 },
    ]);
  });

  it.each([
    { completeFrom: undefined, incomplete: true },
    { completeFrom: Date.UTC(2026, 10, 25) + 1, incomplete: true },
    { completeFrom: Date.UTC(2026, 10, 25), incomplete: false },
    { completeFrom: Date.UTC(2026, 9, 1), incomplete: false },
  ])('says whether a figure is a lower bound: read from $completeFrom', ({ completeFrom, incomplete }) => {
    const findings = {
      ...quiet,
      budgets: [budgetState()],
      inventory: { ...inventory, ...(completeFrom === undefined ? {} : { completeFrom }) },
    };

    expect(summarize(findings, context).usage).toMatchObject([{ incomplete }]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budget, crossedThresholds, sentence } from '../../../../lambda/core/rules/budget.ts';
import type { Billing } from '../../../../lambda/core/service.ts';
import { periodOf } from '../../../../lambda/core/spend/period.ts';
import { budgetRule, budgetState, hour, item, now } from '../samples.ts';

const stopAll = budgetRule();
const stopQueued = budgetRule({ thresholds: [{ percent: 100, action: 'stop-queued' }] });
const both = budgetRule({
  thresholds: [
    { percent: 80, action: 'stop-queued' },
    { percent: 100, action: 'stop-all' },
  ],
});
const queued = item({ status: 'PENDING_DEVICE' });
const running = item();

describe('budget', () => {
  it.each([
    { spent: 100, verdict: 'within' },
    { spent: 100.01, verdict: 'over' },
    { spent: 0, verdict: 'within' },
  ])('acts strictly above its limit: $spent of 100 is $verdict', ({ spent, verdict }) => {
    const finding = budget(stopAll, running, [budgetState({ rule: stopAll, spent })]);

    expect(finding.verdict).toBe(verdict);
  });

  it('does not take the drift of binary fractions for minutes', () => {
    const rule = budgetRule({ thresholds: [{ percent: 110, action: 'stop-all' }] });

    const finding = budget(rule, running, [budgetState({ rule, spent: 1.1, limit: 1 })]);

    expect(1.1 * 100).toBeGreaterThan(110);
    expect(finding.verdict).toBe('within');
  });

  it.each([
    { rule: stopQueued, work: queued, verdict: 'over', only: 'queued' },
    { rule: stopQueued, work: running, verdict: 'within', only: undefined },
    { rule: stopAll, work: queued, verdict: 'over', only: 'any' },
    { rule: stopAll, work: running, verdict: 'over', only: 'any' },
    { rule: stopAll, work: item({ status: 'PREPARING' }), verdict: 'over', only: 'any' },
    { rule: stopAll, work: item({ status: 'STOPPING' }), verdict: 'within', only: undefined },
    { rule: stopQueued, work: item({ status: 'STOPPING' }), verdict: 'within', only: undefined },
    { rule: both, work: queued, verdict: 'over', only: 'any' },
    {
      rule: budgetRule({ thresholds: [{ percent: 1, action: 'notify' }] }),
      work: queued,
      verdict: 'within',
      only: undefined,
    },
  ])('above its limit finds $work.status work $verdict', ({ rule, work, verdict, only }) => {
    const finding = budget(rule, work, [budgetState({ rule, spent: 150 })]);

    expect(finding.verdict).toBe(verdict);
    expect('only' in finding ? finding.only : undefined).toBe(only);
  });

  it('stops queued work alone between its thresholds', () => {
    const states = [budgetState({ rule: both, spent: 90 })];

    const findings = [queued, running].map((work) => budget(both, work, states).verdict);

    expect(findings).toEqual(['over', 'within']);
  });

  it.each([
    ['usd', 'metered', 'over'],
    ['usd', 'unmetered', 'notApplicable'],
    ['usd', 'unknown', 'notApplicable'],
    ['meteredMinutes', 'metered', 'over'],
    ['meteredMinutes', 'unmetered', 'notApplicable'],
    ['meteredMinutes', 'unknown', 'notApplicable'],
    ['minutes', 'metered', 'over'],
    ['minutes', 'unmetered', 'over'],
    ['minutes', 'unknown', 'over'],
  ] as const)('in %s finds %s work %s', (unit, billing, verdict) => {
    const states = [budgetState({ rule: stopAll, unit, spent: 150 })];

    const findings = [running, queued].map((work) => budget(stopAll, { ...work, billing }, states).verdict);

    expect(findings).toEqual([verdict, verdict]);
  });

  it.each([
    { chargedAt: now - 13 * hour, verdict: 'notApplicable' },
    { chargedAt: now - 12 * hour, verdict: 'over' },
    { chargedAt: now + 12 * hour - 1, verdict: 'over' },
    { chargedAt: now + 12 * hour, verdict: 'notApplicable' },
    { chargedAt: undefined, verdict: 'notApplicable' },
  ])('acts only on work charged to its period: $chargedAt is $verdict', ({ chargedAt, verdict }) => {
    const states = [budgetState({ rule: stopAll, spent: 150 })];

    const finding = budget(stopAll, item({ chargedAt }), states);

    expect(finding.verdict).toBe(verdict);
  });

  it('goes by the state of the period that the work is charged to', () => {
    const yesterday = periodOf('day', now - 24 * hour, 'UTC');
    const states = [
      budgetState({ rule: stopAll, spent: 150, period: yesterday }),
      budgetState({ rule: stopAll, spent: 50 }),
    ];

    const findings = [now, now - 24 * hour].map(
      (chargedAt) => budget(stopAll, item({ chargedAt }), states).verdict,
    );

    expect(findings).toEqual(['within', 'over']);
  });

  it('leaves the states of other budgets alone', () => {
    const other = budgetRule({ id: 'other' });

    const finding = budget(stopAll, running, [budgetState({ rule: other, spent: 150 })]);

    expect(finding.verdict).toBe('notApplicable');
  });

  it('says figure, limit, period, threshold and rule', () => {
    const states = [budgetState({ rule: stopAll, unit: 'usd', spent: 52_100_000, limit: 50_000_000 })];

    const { reason } = budget(stopAll, running, states);

    expect(reason).toBe(
      '$52.10 of $50.00 spent in the day of 2026-11-25 (104 %); at 100 % it stops all work (rule team-budget)',
    );
  });

  it('never lets a budget of money or metered minutes stop work that is not known to be metered', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('usd', 'meteredMinutes'),
        fc.constantFrom<Billing>('unmetered', 'unknown'),
        fc.constantFrom('PENDING', 'PREPARING', 'RUNNING', 'PROCESSING', 'STOPPING', 'NEW'),
        fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
        (unit, billing, status, spent) => {
          const finding = budget(stopAll, item({ billing, status }), [
            budgetState({ rule: stopAll, unit, spent }),
          ]);

          expect(finding.verdict).toBe('notApplicable');
        },
      ),
    );
  });

  it('stays over with more spent, and is over exactly when a threshold that may stop the work is crossed', () => {
    const percent = fc.integer({ min: 1, max: 1_000 });
    const action = fc.constantFrom('notify', 'stop-queued', 'stop-all');
    const thresholds = fc.array(fc.record({ percent, action }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        thresholds,
        fc.nat(100_000),
        fc.nat(1_000),
        fc.boolean(),
        (thresholds, spent, more, isQueued) => {
          const rule = budgetRule({ thresholds });
          const work = isQueued ? queued : running;
          const verdictAt = (figure: number) =>
            budget(rule, work, [budgetState({ rule, spent: figure / 100 })]).verdict;

          const verdicts = [verdictAt(spent), verdictAt(spent + more)];

          const crossed = thresholds.some(
            ({ percent, action }) =>
              spent > percent * 100 && (action === 'stop-all' || (action === 'stop-queued' && isQueued)),
          );
          expect(verdicts[0]).toBe(crossed ? 'over' : 'within');
          if (crossed) expect(verdicts[1]).toBe('over');
        },
      ),
    );
  });
});

describe('crossedThresholds', () => {
  it('gives those that the figure is above, in the order of the policy', () => {
    const rule = budgetRule({
      thresholds: [
        { percent: 100, action: 'stop-all' },
        { percent: 50, action: 'notify' },
        { percent: 80, action: 'stop-queued' },
      ],
    });

    const crossed = [50, 50.01, 80.01, 100.01].map((spent) =>
      crossedThresholds(budgetState({ rule, spent })).map(({ percent }) => percent),
    );

    expect(crossed).toEqual([[], [50], [50, 80], [100, 50, 80]]);
  });
});

describe('sentence', () => {
  it.each([
    { spent: 0, limit: 100, percent: 0 },
    { spent: 99.99, limit: 100, percent: 99 },
    { spent: 29, limit: 100, percent: 29 },
    { spent: 1.1, limit: 1, percent: 110 },
    { spent: 199.99, limit: 100, percent: 199 },
  ])('rounds the percentage down: $spent of $limit is $percent %', ({ spent, limit, percent }) => {
    expect(sentence(budgetState({ spent, limit }))).toContain(`(${percent} %)`);
  });

  it('never shows a percentage above the figure', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000_000 }), (spent, limit) => {
        const text = sentence(budgetState({ spent: spent / 100, limit: limit / 100 }));

        const percent = Number(/\((\d+) %\)$/.exec(text)?.[1]);
        expect(percent).toBe(Math.floor((spent * 100) / limit));
      }),
    );
  });

  it.each([
    { spent: 52.1, limit: 50, above: 100, text: '52 min of 50 min spent', percent: '104' },
    { spent: 100.004, limit: 100, above: 100, text: '100.004 min of 100 min spent', percent: '100.004' },
    { spent: 80.2, limit: 100, above: 80, text: '80 min of 100 min spent', percent: '80.2' },
    { spent: 99.7, limit: 100, above: 99.5, text: '99.7 min of 100 min spent', percent: '99.7' },
  ])('shows that $spent of $limit is above $above %', ({ spent, limit, above, text, percent }) => {
    const told = sentence(budgetState({ spent, limit }), 'spent', above);

    expect(told).toContain(text);
    expect(told).toContain(`(${percent} %)`);
  });

  it('of an order to stop never shows a percentage that is not above that of its threshold', () => {
    const percents = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(percents, fc.nat(2_000_000), fc.constantFrom(1, 3, 50, 777), (percent, spent, limit) => {
        const rule = budgetRule({ thresholds: [{ percent, action: 'stop-all' }] });
        const found = budget(rule, running, [budgetState({ rule, spent: spent / 10_000, limit })]);
        fc.pre(found.verdict === 'over');

        const shown = Number(/\(([\d.]+) %\); at/.exec(found.reason)?.[1]);
        expect(shown).toBeGreaterThan(percent);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Billing, WorkItem } from '../../lambda/model.ts';
import { crossedThresholds, sentence } from '../../lambda/rules/budget.ts';
import { HOUR } from '../../lambda/time.ts';
import type { BudgetState } from '../../lambda/usage/budgets.ts';
import { periodOf } from '../../lambda/usage/periods.ts';
import { item, NOW } from '../support/samples.ts';
import { budgetInput, budgetLimit, budgetState, found } from './samples.ts';

type Facts = Omit<Partial<BudgetState>, 'amounts' | 'rule'>;
type BudgetInput = ReturnType<typeof budgetInput>;

/** What a budget finds of work; it stands at so many of 100 minutes. */
function judged(rule: BudgetInput, work: WorkItem, ...states: readonly (number | Facts)[]) {
  const budgets = states.map((one) =>
    budgetState({ rule: budgetLimit(rule), ...(typeof one === 'number' ? { spent: one } : one) }),
  );
  return found(rule, work, { budgets });
}

const thresholds = (...all: BudgetInput['thresholds']) => budgetInput({ thresholds: all });
const stopAll = budgetInput();
const stopQueued = thresholds({ percent: 100, action: 'stop-queued' });
const both = thresholds({ percent: 80, action: 'stop-queued' }, { percent: 100, action: 'stop-all' });
const queued = item({ status: 'PENDING_DEVICE' });
const running = item();

describe('the budget rule', () => {
  it.each([
    [0, 'within'],
    [100, 'within'],
    [100.01, 'over'],
  ])('is over strictly above its limit: %d of 100 is %s', (spent, verdict) => {
    expect(judged(stopAll, running, spent).verdict).toBe(verdict);
  });

  it('does not take the drift of binary fractions for minutes', () => {
    const rule = thresholds({ percent: 110, action: 'stop-all' });

    expect(1.1 * 100).toBeGreaterThan(110);
    expect(judged(rule, running, { spent: 1.1, limit: 1 }).verdict).toBe('within');
  });

  it.each([
    [stopQueued, queued, 'over', 'queued'],
    [stopQueued, running, 'within', 'any'],
    [stopAll, queued, 'over', 'any'],
    [stopAll, running, 'over', 'any'],
    [stopAll, item({ status: 'PREPARING' }), 'over', 'any'],
    [stopAll, item({ status: 'STOPPING' }), 'within', 'any'],
    [stopQueued, item({ status: 'STOPPING' }), 'within', 'any'],
    [both, queued, 'over', 'any'],
    [thresholds({ percent: 1, action: 'notify' }), queued, 'within', 'any'],
  ])('above its limit with %o of %o is %s for %s work', (rule, work, verdict, scope) => {
    expect(judged(rule, work, 150)).toMatchObject({ verdict, scope });
  });

  it('stops queued work alone between its thresholds', () => {
    const verdicts = [queued, running].map((work) => judged(both, work, 90).verdict);

    expect(verdicts).toEqual(['over', 'within']);
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
    const verdicts = [running, queued].map(
      (work) => judged(stopAll, { ...work, billing }, { unit, spent: 150 }).verdict,
    );

    expect(verdicts).toEqual([verdict, verdict]);
  });

  it.each([
    ['a millisecond before it', NOW - 12 * HOUR - 1, 'notApplicable'],
    ['at its beginning', NOW - 12 * HOUR, 'over'],
    ['in its last millisecond', NOW + 12 * HOUR - 1, 'over'],
    ['at its end', NOW + 12 * HOUR, 'notApplicable'],
    ['at a time that is not known', undefined, 'notApplicable'],
  ])('is about work of its period: created %s', (_, usageAt, verdict) => {
    expect(judged(stopAll, item({ usageAt }), 150).verdict).toBe(verdict);
  });

  it('goes by the state of the period to which the work belongs', () => {
    const yesterday = periodOf('day', NOW - 24 * HOUR, 'UTC');
    const states = [{ spent: 150, period: yesterday }, 50];

    const verdicts = [NOW, NOW - 24 * HOUR].map(
      (usageAt) => judged(stopAll, item({ usageAt }), ...states).verdict,
    );

    expect(verdicts).toEqual(['within', 'over']);
  });

  it('does not look at the states of other budgets', () => {
    const budgets = [budgetState({ rule: budgetLimit({ id: 'other' }), spent: 150 })];

    expect(found(stopAll, running, { budgets }).verdict).toBe('notApplicable');
  });

  it('says figure, limit, period, threshold and rule', () => {
    const { reason } = judged(stopAll, running, { unit: 'usd', spent: 52_100_000, limit: 50_000_000 });

    expect(reason).toBe(
      '$52.10 of $50.00 spent in the day of 2026-11-25 (104 %); at 100 % it stops all work (rule team-budget)',
    );
  });

  it.each<[string, WorkItem, string]>([
    ['unmetered', item({ billing: 'unmetered' }), 'is unmetered; it costs nothing'],
    ['of unknown billing', item({ billing: 'unknown' }), 'does not say how it is billed'],
    ['of another day', item({ usageAt: NOW - 24 * HOUR }), 'belongs to no period of this budget'],
    ['within it', running, '$40.00 of $50.00 spent in the day of 2026-11-25 (80 %)'],
  ])('says of work %s why it is not stopped', (_, work, reason) => {
    const state = { unit: 'usd', spent: 40_000_000, limit: 50_000_000 } as const;

    expect(judged(stopAll, work, state).reason).toBe(reason);
  });

  it('says when it stops only queued work, and shows what is spent, not the worst case', () => {
    expect(judged(stopQueued, queued, { spent: 104, worstCase: 300 }).reason).toBe(
      '104 min of 100 min spent in the day of 2026-11-25 (104 %); at 100 % it stops queued work (rule team-budget)',
    );
  });

  it('says by how little the figure is above the threshold', () => {
    expect(judged(stopAll, running, 100.004).reason).toContain('(100.004 %); at 100 % it stops all work');
  });

  it('never stops work for money that is not known to be metered', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('usd', 'meteredMinutes'),
        fc.constantFrom<Billing>('unmetered', 'unknown'),
        fc.constantFrom('PENDING', 'PREPARING', 'RUNNING', 'PROCESSING', 'STOPPING', 'NEW'),
        fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
        (unit, billing, status, spent) => {
          expect(judged(stopAll, item({ billing, status }), { unit, spent }).verdict).toBe('notApplicable');
        },
      ),
    );
  });

  it('is over exactly when a threshold that may stop the work is crossed, and stays over', () => {
    const percent = fc.integer({ min: 1, max: 1_000 });
    const action = fc.constantFrom('notify', 'stop-queued', 'stop-all');
    const some = fc.array(fc.record({ percent, action }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(some, fc.nat(100_000), fc.nat(1_000), fc.boolean(), (all, spent, more, isQueued) => {
        const verdictAt = (hundredths: number) =>
          judged(thresholds(...all), isQueued ? queued : running, hundredths / 100).verdict;

        const verdicts = [verdictAt(spent), verdictAt(spent + more)];

        const isCrossed = all.some(
          (one) =>
            spent > one.percent * 100 &&
            (one.action === 'stop-all' || (one.action === 'stop-queued' && isQueued)),
        );
        expect(verdicts[0]).toBe(isCrossed ? 'over' : 'within');
        if (isCrossed) expect(verdicts[1]).toBe('over');
      }),
    );
  });
});

describe('crossedThresholds', () => {
  it('gives those that the figure is above, in the order of the policy', () => {
    const rule = budgetLimit({
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

  it('compares each threshold with its own figure; a forecast that does not exist is above nothing', () => {
    const rule = budgetLimit({
      thresholds: [
        { percent: 10, basis: 'forecast', action: 'notify' },
        { percent: 100, basis: 'worst-case', action: 'notify' },
        { percent: 50, action: 'notify' },
      ],
    });

    const states = [
      { spent: 40, worstCase: 101 },
      { spent: 51, worstCase: 100, forecast: 11 },
    ].map((one) => budgetState({ rule, ...one }));

    expect(states.map((state) => crossedThresholds(state).map(({ basis }) => basis))).toEqual([
      ['worst-case'],
      ['forecast', 'spent'],
    ]);
  });
});

describe('the sentence of a budget', () => {
  it.each([
    [0, 100, 0],
    [99.99, 100, 99],
    [29, 100, 29],
    [1.1, 1, 110],
    [199.99, 100, 199],
  ])('rounds the percentage down: %d of %d is %d %', (spent, limit, percent) => {
    expect(sentence(budgetState({ spent, limit }))).toContain(`(${percent} %)`);
  });

  it('never shows a percentage above the figure', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000_000 }), (spent, limit) => {
        const text = sentence(budgetState({ spent: spent / 100, limit: limit / 100 }));

        expect(Number(/\((\d+) %\)$/.exec(text)?.[1])).toBe(Math.floor((spent * 100) / limit));
      }),
    );
  });

  it.each([
    [52.1, 50, 100, '52 min of 50 min spent', '104'],
    [100.004, 100, 100, '100.004 min of 100 min spent', '100.004'],
    [100.004_56, 100, 100, '100.005 min of 100 min spent', '100.004'],
    [80.2, 100, 80, '80 min of 100 min spent', '80.2'],
    [99.7, 100, 99.5, '99.7 min of 100 min spent', '99.7'],
  ])('shows that %d of %d is above %d %', (spent, limit, above, figures, percent) => {
    const text = sentence(budgetState({ spent, limit }), 'spent', above);

    expect(text).toContain(figures);
    expect(text).toContain(`(${percent} %)`);
  });

  it('rounds a percentage down that is not above the one it is compared with', () => {
    const texts = [50, 29.7].map((above) => sentence(budgetState({ spent: 29.7 }), 'spent', above));

    expect(texts.map((text) => /\((.*)\)/.exec(text)?.[1])).toEqual(['29 %', '29 %']);
  });

  it('names the figure, and shows what is spent where there is no forecast yet', () => {
    const [early, later] = [{ spent: 40 }, { spent: 40, worstCase: 90, forecast: 80 }].map((facts) =>
      budgetState(facts),
    );

    expect(early && sentence(early, 'forecast')).toBe(
      '40 min of 100 min spent in the day of 2026-11-25 (40 %)',
    );
    expect(later && sentence(later, 'forecast')).toBe(
      '80 min of 100 min forecast in the day of 2026-11-25 (80 %)',
    );
    expect(later && sentence(later, 'worst-case')).toBe(
      '90 min of 100 min at worst in the day of 2026-11-25 (90 %)',
    );
  });

  it('of a stop never shows a percentage that is not above that of its threshold', () => {
    const percents = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(percents, fc.nat(2_000_000), fc.constantFrom(1, 3, 50, 777), (percent, spent, limit) => {
        const rule = thresholds({ percent, action: 'stop-all' });
        const { verdict, reason } = judged(rule, running, { spent: spent / 10_000, limit });
        fc.pre(verdict === 'over');

        expect(Number(/\(([\d.]+) %\); at/.exec(reason)?.[1])).toBeGreaterThan(percent);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addMinutes, NO_MINUTES } from '../../../../lambda/core/minutes.ts';
import type { Policy } from '../../../../lambda/core/policy/schema.ts';
import { decide } from '../../../../lambda/core/rules/decide.ts';
import { budgetStates } from '../../../../lambda/core/spend/budget-state.ts';
import { remainingMinutes } from '../../../../lambda/core/spend/remaining.ts';
import type { WorkItem } from '../../../../lambda/core/work-item.ts';
import { budgetRule, charge, item, jobArn, minute, now, policy } from '../samples.ts';

/** A budget on the commitment, in metered minutes. */
function committing(meteredMinutes: number, others: Partial<Parameters<typeof budgetRule>[0]> = {}): Policy {
  return policy([
    budgetRule({
      limit: { meteredMinutes },
      thresholds: [{ percent: 100, basis: 'committed', action: 'stop-queued' }],
      ...others,
    }),
  ]);
}

/** A queued job that was created so many minutes ago. */
function queued(id: string, ago: number, others: Partial<WorkItem> = {}): WorkItem {
  const at = now - ago * minute;
  return item({
    arn: jobArn(id),
    status: 'PENDING',
    created: at,
    chargedAt: at,
    timeoutMinutes: 100,
    ...others,
  });
}

/** What is decided of items that are all there is. */
function decided(items: readonly WorkItem[], rules: Policy) {
  const charges = items.map((one) =>
    charge({
      arn: one.arn,
      billing: one.billing,
      created: one.chargedAt ?? now,
      basis: 'inFlight',
      minutes: one.minutes,
      remaining: remainingMinutes(one),
    }),
  );
  const budgets = budgetStates(rules, charges, now);
  const { decisions } = decide(items, { policy: rules, budgets, now });
  return { budgets, decisions, stopped: decisions.filter(({ action }) => action === 'stop') };
}

const arns = (decisions: readonly { item: WorkItem }[]) => decisions.map(({ item: { arn } }) => arn).sort();

describe('a threshold on the committed figure', () => {
  const four = [queued('1', 40), queued('2', 30), queued('3', 20), queued('4', 10)];

  it.each([
    { limit: 400, stopped: [] },
    { limit: 399, stopped: ['4'] },
    { limit: 300, stopped: ['4'] },
    { limit: 299, stopped: ['3', '4'] },
    { limit: 1, stopped: ['1', '2', '3', '4'] },
  ])('stops of four jobs of 100 min the newest until $limit min hold the rest', ({ limit, stopped }) => {
    const result = decided(four, committing(limit));

    expect(arns(result.stopped)).toEqual(stopped.map((id) => jobArn(id)));
  });

  it('says what is committed, and the turn of each', () => {
    const { stopped } = decided(four, committing(250));

    expect(stopped.map(({ item: { arn }, reason, only }) => [arn, reason, only])).toEqual([
      [
        jobArn('3'),
        '400 min of 250 min committed in the day of 2026-11-25 (160 %); at 100 % it stops queued work, the newest first, until the rest fits: this is 2 of 2 (rule team-budget)',
        'queued',
      ],
      [jobArn('4'), expect.stringContaining('this is 1 of 2'), 'queued'],
    ]);
  });

  it.each(['stop-queued', 'stop-all'] as const)('leaves started work alone: %s', (action) => {
    const started = item({ arn: jobArn('9'), chargedAt: now - 5 * minute, timeoutMinutes: 150 });
    const thresholds = [{ percent: 100, basis: 'committed' as const, action }];

    const { stopped } = decided([started, queued('1', 10)], committing(1, { thresholds }));

    expect(arns(stopped)).toEqual([jobArn('1')]);
  });

  it('goes on to the next where the newest is exempt', () => {
    const exempt = queued('4', 10, { run: { arn: 'r', name: 'release-1', minutes: NO_MINUTES, devices: 1 } });
    const rules = committing(150);
    const exemptions = [
      { id: 'e', match: { runs: ['release-*'] }, until: '2030-01-01T00:00:00Z', owner: 'o', reason: 'r' },
    ];

    const { stopped } = decided([queued('1', 40), queued('2', 20), exempt], { ...rules, exemptions });

    expect(arns(stopped)).toEqual([jobArn('1'), jobArn('2')]);
  });

  it('needs no cut for what another rule stops anyway', () => {
    const rules = policy([...committing(300).rules, { id: 'stuck', type: 'queue-age', maxMinutes: 35 }]);

    const { stopped } = decided(four, rules);

    expect(stopped.map(({ item: { arn }, rule }) => [arn, rule])).toEqual([[jobArn('1'), 'stuck']]);
  });

  it('stops no unmetered work for metered minutes', () => {
    const unmetered = queued('4', 10, { billing: 'unmetered' });

    const { stopped } = decided([queued('1', 40), unmetered], committing(50));

    expect(arns(stopped)).toEqual([jobArn('1')]);
  });

  it('of any work stops no more and no less than brings the figure under its limit', () => {
    const anyItems = fc.array(
      fc.record({
        ago: fc.integer({ min: 0, max: 600 }),
        timeoutMinutes: fc.integer({ min: 5, max: 150 }),
        status: fc.constantFrom('PENDING', 'PENDING_DEVICE', 'RUNNING', 'STOPPING'),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(anyItems, fc.integer({ min: 1, max: 1_500 }), (facts, limit) => {
        const items = facts.map(({ ago, ...one }, index) => queued(String(index), ago, one));

        const { stopped, budgets } = decided(items, committing(limit));

        const freed = stopped
          .map(({ item: one }) => remainingMinutes(one))
          .reduce(addMinutes, NO_MINUTES).metered;
        const last = stopped.map(({ item: one }) => one.created ?? 0).sort((a, b) => a - b)[0] ?? 0;
        const committed = budgets[0]?.committed ?? 0;
        const kept = items.filter((one) => !arns(stopped).includes(one.arn) && one.phase === 'queued');
        expect(stopped.every(({ item: one }) => one.phase === 'queued')).toBe(true);
        expect(committed - freed <= limit || kept.length === 0).toBe(true);
        if (stopped.length > 0) {
          const oldest = stopped.find(({ item: one }) => one.created === last);
          const least = freed - Math.max(0, oldest ? remainingMinutes(oldest.item).metered : 0);
          expect(committed - least).toBeGreaterThan(limit);
          expect(kept.every(({ created = 0 }) => created <= last)).toBe(true);
        }
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../lambda/core/decision.ts';
import {
  type HeldOrder,
  settledOrders,
  withHeldOrders,
} from '../../../../lambda/core/steering/held-order.ts';
import { item, now, policy } from '../samples.ts';

const POLICY = policy([{ id: 'long', type: 'job-duration', maxMinutes: 60 }]);
const EXEMPT = policy([{ id: 'long', type: 'job-duration', maxMinutes: 60 }], {
  exemptions: [{ id: 'all', match: {}, until: '2027-01-01T00:00:00Z', owner: 'ada', reason: 'release' }],
});
const OBSERVING = policy([{ id: 'long', type: 'job-duration', maxMinutes: 60 }], { mode: 'observe' });

const order = (only: HeldOrder['only'] = 'any'): HeldOrder => ({
  arn: item().arn,
  rule: 'budget:monthly',
  reason: 'the budget passed its alert threshold',
  only,
});

function decisionOn(status: string, action: Decision['action'] = 'keep'): Decision {
  return { item: item({ status }), action, reason: 'no rule applies', only: 'any', verdicts: [] };
}

describe('a held order', () => {
  it.each([
    { what: 'stops started work', status: 'RUNNING', only: 'any', stops: true },
    { what: 'stops queued work', status: 'PENDING', only: 'any', stops: true },
    { what: 'for queued work stops it while it is', status: 'PENDING', only: 'queued', stops: true },
    { what: 'for queued work leaves started work', status: 'RUNNING', only: 'queued', stops: false },
    { what: 'leaves what is stopping', status: 'STOPPING', only: 'any', stops: false },
    { what: 'leaves what nobody can tell', status: 'NEW', only: 'any', stops: false },
  ] as const)('$what', ({ status, only, stops }) => {
    const [decided] = withHeldOrders([decisionOn(status)], [order(only)], { policy: POLICY, now });

    expect(decided?.action).toBe(stops ? 'stop' : 'keep');
    expect(decided?.rule).toBe(stops ? 'budget:monthly' : undefined);
  });

  it.each([
    { what: 'exempt work', by: EXEMPT },
    { what: 'everything while the policy observes', by: OBSERVING },
  ])('leaves $what', ({ by }) => {
    const decisions = [decisionOn('RUNNING')];

    expect(withHeldOrders(decisions, [order()], { policy: by, now })).toEqual(decisions);
  });

  it.each([
    { what: 'leaves a stop by a rule that goes further', held: 'queued', rules: 'any', rule: 'long' },
    { what: 'takes over a stop by a rule', held: 'any', rules: 'any', rule: 'budget:monthly' },
    { what: 'takes over a stop of queued work', held: 'queued', rules: 'queued', rule: 'budget:monthly' },
  ] as const)('$what', ({ held, rules, rule }) => {
    const decisions = [{ ...decisionOn('PENDING', 'stop'), rule: 'long', only: rules }];

    const [decided] = withHeldOrders(decisions, [order(held)], { policy: POLICY, now });

    expect(decided).toMatchObject({ action: 'stop', rule });
  });

  it.each([
    { what: 'its work is in flight', status: 'RUNNING', only: 'any', complete: true, settled: false },
    { what: 'its work is stopping', status: 'STOPPING', only: 'any', complete: true, settled: true },
    { what: 'its work has started', status: 'RUNNING', only: 'queued', complete: true, settled: true },
    { what: 'its work is gone', status: undefined, only: 'any', complete: true, settled: true },
    { what: 'its work was not seen', status: undefined, only: 'any', complete: false, settled: false },
  ] as const)('is settled ($settled) when $what', ({ status, only, complete, settled }) => {
    const items = status === undefined ? [] : [item({ status })];

    expect(settledOrders([order(only)], items, complete)).toHaveLength(settled ? 1 : 0);
  });
});

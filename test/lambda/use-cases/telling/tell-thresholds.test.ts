import { describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../../lambda/core/errors.ts';
import type { BudgetState } from '../../../../lambda/core/spend/budget-state.ts';
import { tellThresholds } from '../../../../lambda/use-cases/telling/tell-thresholds.ts';
import { type Guard, policyOf, startGuard } from '../../../harness/guard-in-process.ts';
import { touches } from '../../../harness/table-service.ts';

interface State {
  readonly spent?: number;
  readonly label?: string;
  readonly limit?: number;
}

/** A daily budget in minutes that tells at 50 and 100 %. */
function budgetAt({ spent = 80, label = '2026-08-07', limit = 100 }: State = {}): BudgetState {
  const thresholds = [50, 100].map((percent) => ({ percent, action: 'notify' as const }));
  const [rule] = policyOf({
    rules: [{ id: 'team', type: 'budget', period: 'day', limit: { minutes: limit }, thresholds }],
  }).rules;
  if (rule?.type !== 'budget') throw new Error('the rule is no budget');
  const figures = { spent, committed: spent };
  return {
    rule,
    period: { kind: 'day', start: 0, end: 1, label },
    unit: 'minutes',
    limit,
    ...figures,
    amounts: { usd: figures, meteredMinutes: figures, minutes: figures },
  };
}

async function tell(guard: Guard, ...states: readonly BudgetState[]): Promise<number> {
  const before = guard.topic.messages.length;
  await tellThresholds(guard.ports, states, { mode: 'enforce', policyVersion: 'v', sweepId: 's' });
  return guard.topic.messages.length - before;
}

describe('tellThresholds', () => {
  it('tells a crossed threshold once, with the numbers, and records it', async () => {
    const guard = await startGuard();

    const told = [await tell(guard, budgetAt()), await tell(guard, budgetAt({ spent: 90 }))];

    expect(told).toEqual([1, 0]);
    expect(guard.topic.messages[0]).toMatchObject({
      subject: 'Device Farm budget team is above 50 %',
      message: expect.stringContaining('80 min of 100 min'),
    });
    expect(await guard.eventsOf('guard')).toEqual(['ThresholdCrossed']);
  });

  it.each([
    { name: 'the next threshold', next: { spent: 101 } },
    { name: 'the next period', next: { label: '2026-08-08' } },
    { name: 'another limit', next: { limit: 120 } },
  ])('tells again for $name', async ({ next }) => {
    const guard = await startGuard();
    await tell(guard, budgetAt());

    const told = await tell(guard, budgetAt(next));

    expect(told).toBe(1);
  });

  it('tells nothing at the threshold itself', async () => {
    const guard = await startGuard();

    const told = await tell(guard, budgetAt({ spent: 50 }));

    expect(told).toBe(0);
  });

  it('tells it at the next sweep when the topic failed', async () => {
    const guard = await startGuard();
    const topic = guard.topic.answer.bind(guard.topic);
    guard.topic.answer = async () => ({ kind: 'closed' });
    await expect(tell(guard, budgetAt())).rejects.toThrow(AwsCallError);
    guard.topic.answer = topic;
    guard.pass(5);

    const told = [await tell(guard, budgetAt()), await tell(guard, budgetAt())];

    expect(told).toEqual([1, 0]);
  });

  it('tells it again rather than never when a sweep died between telling and marking it told', async () => {
    const guard = await startGuard();
    const revive = guard.tables.fail({
      match: (call) => touches('PutItem', 'told')(call) && isMark(call.input),
    });
    await expect(tell(guard, budgetAt())).rejects.toThrow(AwsCallError);
    revive();

    const atOnce = await tell(guard, budgetAt());
    guard.pass(5);
    const later = await tell(guard, budgetAt());

    expect([atOnce, later]).toEqual([0, 1]);
  });

  it('is told by one of two sweeps at once', async () => {
    const guard = await startGuard();

    const told = await Promise.all([tell(guard, budgetAt()), tell(guard, budgetAt())]);

    expect(guard.topic.messages).toHaveLength(1);
    expect(told).toContain(1);
  });
});

function isMark(input: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(input.Item).includes('"told":{"BOOL":true}');
}

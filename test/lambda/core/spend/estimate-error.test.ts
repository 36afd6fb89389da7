import { describe, expect, it } from 'vitest';
import { charge as settle } from '../../../../lambda/core/inventory/charging.ts';
import type { Unsettled } from '../../../../lambda/core/inventory/project-memory.ts';
import { estimateErrorOf } from '../../../../lambda/core/spend/estimate-error.ts';
import { charge, hour, metered, minute, now, projectArn, runArn } from '../samples.ts';

describe('estimateErrorOf', () => {
  it('sums errors with and without their sign, and leaves out what was never estimated', () => {
    const settled = [charge({ estimateError: 2.5 }), charge({ estimateError: -1 }), charge()];

    expect(estimateErrorOf(settled)).toEqual({ count: 2, minutes: 1.5, absoluteMinutes: 3.5 });
  });
});

describe('settlement', () => {
  const ended = {
    facts: {
      arn: runArn(),
      kind: 'run' as const,
      project: { arn: projectArn, name: 'mobile' },
      billing: 'metered' as const,
    },
    completed: true,
    counters: { total: 43, metered: 42.5, unmetered: 0 },
    created: now - 2 * hour,
    stopped: now - 20 * minute,
  };
  const before: Unsettled = { charge: charge({ basis: 'inFlight', minutes: metered(40) }) };
  const settledWith = (last: Unsettled | undefined) =>
    settle(
      { items: [ended], complete: true, from: now - 24 * hour },
      { ahead: [] },
      last ? { [runArn()]: last } : {},
      now,
    );

  it('records by how much the last estimate in flight was wrong', () => {
    expect(settledWith(before).settled).toMatchObject([{ basis: 'final', estimateError: 2.5 }]);
  });

  it('keeps the estimate while it waits for final counters', () => {
    const waiting = settle(
      { items: [{ ...ended, stopped: now - minute }], complete: true, from: now - 24 * hour },
      { ahead: [] },
      { [runArn()]: before },
      now,
    );

    expect(waiting.unsettled).toMatchObject([
      { charge: { minutes: { metered: 42.5 } }, lastEstimate: metered(40) },
    ]);
    expect(waiting.unsettled[0]?.charge.remaining).toBeUndefined();
    expect(settledWith(waiting.unsettled[0]).settled).toMatchObject([{ estimateError: 2.5 }]);
  });

  it('records nothing for work that was never seen in flight', () => {
    expect(settledWith(undefined).settled[0]).not.toHaveProperty('estimateError');
  });
});

import { describe, expect, it } from 'vitest';
import { describePolicy } from '../../cli/describe-policy.ts';
import { parsePolicy } from '../../lambda/core/policy/parse-policy.ts';

function describing(safety: object): string {
  const rules = [{ id: 'any', type: 'queue-age', maxMinutes: 1 }];
  return describePolicy(parsePolicy({ version: 1, rules, safety }), Date.UTC(2026, 10, 23), 400);
}

describe('the safety of a policy in words', () => {
  it('says what an hour may have, and what becomes of the rest', () => {
    const text = describing({ maxStopsPerHour: 20 });

    expect(text).toMatch(
      /maxStopsPerHour +stops at most 20 in a rolling hour, best-ranked first; the rest is held and stopped when there is room/,
    );
  });

  it('says when the breaker holds stops, and for how long', () => {
    const text = describing({ breaker: { percentOfActive: 40, minimumActive: 5, holdMinutes: 15 } });

    expect(text).toMatch(
      /breaker +holds stops for 15 min when more than 40 % of at least 5 in flight are newly over a duration, queue or stall rule/,
    );
  });

  it('says that a breaker at 100 % never holds', () => {
    const text = describing({ breaker: { percentOfActive: 100 } });

    expect(text).toMatch(/breaker +never holds/);
  });
});

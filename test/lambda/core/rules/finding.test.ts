import { describe, expect, it } from 'vitest';
import { compare, notApplicable } from '../../../../lambda/core/rules/finding.ts';

describe('compare', () => {
  it.each([
    [59.99, 'within'],
    [60, 'within'],
    [60.01, 'over'],
  ])('finds %d %s a limit of 60', (value, verdict) => {
    expect(compare(value, 60, 'why').verdict).toBe(verdict);
  });

  it('is not over for what is no number', () => {
    expect(compare(Number.NaN, 60, 'why').verdict).toBe('within');
  });

  it('stops in any state unless it is told otherwise', () => {
    const findings = [compare(61, 60, 'why'), compare(61, 60, 'why', 'queued')];

    expect(findings).toEqual([
      { verdict: 'over', reason: 'why', only: 'any' },
      { verdict: 'over', reason: 'why', only: 'queued' },
    ]);
  });
});

describe('notApplicable', () => {
  it('keeps its reason', () => {
    expect(notApplicable('why')).toEqual({ verdict: 'notApplicable', reason: 'why' });
  });
});

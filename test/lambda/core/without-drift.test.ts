import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutDrift } from '../../../lambda/core/without-drift.ts';

const hundredths = fc.integer({ min: 0, max: 100_000_000 });

describe('withoutDrift', () => {
  it('gives sums of hundredths as they are written', () => {
    const drifted = 0.1 + 0.2;

    const sum = withoutDrift(drifted);

    expect(drifted).not.toBe(0.3);
    expect(sum).toBe(0.3);
  });

  it('is exact for any sum of hundredths of a minute', () => {
    fc.assert(
      fc.property(fc.array(hundredths, { maxLength: 50 }), (counts) => {
        const sum = counts.reduce((sum, count) => withoutDrift(sum + count / 100), 0);

        expect(sum).toBe(counts.reduce((sum, count) => sum + count, 0) / 100);
      }),
    );
  });

  it('keeps a difference of one millisecond in minutes', () => {
    const limit = 60;

    const above = withoutDrift((60 * 60_000 + 1) / 60_000);

    expect(above).toBeGreaterThan(limit);
  });
});

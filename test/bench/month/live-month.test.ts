import { describe, expect, it } from 'vitest';
import { liveMonth } from '../../../bench/month/live-month.ts';

describe('liveMonth', () => {
  it('settles the runs of a day, and counts what the sweeps asked of the tables', async () => {
    const [day] = await liveMonth(24, [1]);

    expect(day).toMatchObject({ day: 1, settledRuns: 24, sweeps: 24, problems: [] });
    // Each sweep reads the current day and what it remembers, and writes its record and that record's copy in the index.
    expect(day?.usage.readUnits).toBeGreaterThanOrEqual(2 * 24);
    expect(day?.usage.writeUnits).toBeGreaterThanOrEqual(2 * 24);
    expect(day?.most.readUnits).toBeGreaterThanOrEqual((day?.usage.readUnits ?? 0) / 24);
    // Half a day of charges, some hundred bytes each, are more than one unit and far less than one unit each.
    expect(day?.everyCharge).toBeGreaterThan(1);
    expect(day?.everyCharge).toBeLessThan(12);
  });
});

import { describe, expect, it } from 'vitest';
import { followClock } from '../../../bench/days/follow-clock.ts';
import { VirtualClock } from '../../../local/virtual-clock.ts';

describe('Date that follows a clock', () => {
  it('shows its time, keeps given times, and is itself again at the end', () => {
    const clock = new VirtualClock(1_000);
    const before = Date;

    const leave = followClock(clock);
    clock.advance(500);
    const shown = [Date.now(), new Date().toISOString(), new Date(7).getTime(), Date.UTC(1970, 0, 1)];
    const isDate = new Date() instanceof Date;
    leave();

    expect(shown).toEqual([1_500, '1970-01-01T00:00:01.500Z', 7, 0]);
    expect(isDate).toBe(true);
    expect(Date).toBe(before);
  });
});

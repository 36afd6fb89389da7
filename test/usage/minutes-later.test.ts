import { describe, expect, it } from 'vitest';
import { NO_MINUTES } from '../../lambda/money.ts';
import { MINUTE } from '../../lambda/time.ts';
import { later } from '../../lambda/usage/minutes.ts';
import { item, jobArn, metered, NOW, runArn, sessionArn, usage } from '../support/samples.ts';

const inFlight = usage({ basis: 'inFlight', minutes: metered(75), remaining: metered(75) });

describe('what is in flight, a while later', () => {
  it('has used more by the time that passed, as has its run', () => {
    const { items, usages } = later({ items: [item()], usages: [inFlight] }, NOW + 5 * MINUTE);

    expect(items).toEqual([
      item({
        minutes: metered(80),
        run: { arn: runArn(), name: 'nightly', minutes: metered(80), devices: 1 },
      }),
    ]);
    expect(usages).toEqual([{ ...inFlight, minutes: metered(80), remaining: metered(70) }]);
  });

  it('adds up for a run of two jobs', () => {
    const both = [item(), item({ arn: jobArn('00001') })];

    const { items, usages } = later({ items: both, usages: [inFlight] }, NOW + 5 * MINUTE);

    expect(items.map(({ run }) => run?.minutes.total)).toEqual([85, 85]);
    expect(usages.map(({ minutes }) => minutes.total)).toEqual([85]);
  });

  it('is the same while it is not RUNNING', () => {
    const queued = item({ status: 'PENDING', minutes: NO_MINUTES });

    expect(later({ items: [queued], usages: [] }, NOW + 5 * MINUTE).items).toEqual([queued]);
  });

  it('never uses more than its timeout and the margin', () => {
    const short = item({ timeoutMinutes: 70 });

    const { items } = later({ items: [short], usages: [] }, NOW + 60 * MINUTE);

    expect(items[0]?.minutes.total).toBe(80);
  });

  it('waits for the clock to reach a counter that is ahead of it', () => {
    const ahead = item({ minutes: metered(78) });

    expect(later({ items: [ahead], usages: [] }, NOW + 2 * MINUTE).items[0]?.minutes.total).toBe(78);
    expect(later({ items: [ahead], usages: [] }, NOW + 5 * MINUTE).items[0]?.minutes.total).toBe(80);
  });

  it('leaves usage alone that is settled, or of other work', () => {
    const settled = usage();
    const other = usage({ arn: sessionArn(), kind: 'session', basis: 'inFlight' });

    const { usages } = later({ items: [item()], usages: [settled, other] }, NOW + 5 * MINUTE);

    expect(usages).toEqual([settled, other]);
  });
});

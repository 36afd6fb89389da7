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

  it.each([
    ['queued', item({ status: 'PENDING', minutes: NO_MINUTES })],
    [
      'after its tests',
      item({ status: 'PROCESSING', runningSince: NOW - 75 * MINUTE, minutes: metered(75) }),
    ],
    ['RUNNING, nobody knows since when', item({ runningSince: undefined, minutes: metered(75) })],
  ])('is the same while it is %s', (_, work) => {
    expect(later({ items: [work], usages: [] }, NOW + 5 * MINUTE).items).toEqual([work]);
  });

  it('has used more of a session too, which belongs to no run', () => {
    const work = item({ arn: sessionArn(), kind: 'session', run: undefined });
    const used = usage({ ...inFlight, arn: sessionArn(), kind: 'session' });

    const { items, usages } = later({ items: [work], usages: [used] }, NOW + 5 * MINUTE);

    expect(items).toEqual([{ ...work, minutes: metered(80) }]);
    expect(usages).toEqual([{ ...used, minutes: metered(80), remaining: metered(70) }]);
  });

  it('has used more unmetered minutes when it is unmetered, and never has fewer than none left', () => {
    const unmetered = (minutes: number) => ({ total: minutes, metered: 0, unmetered: minutes });
    const work = item({ billing: 'unmetered', minutes: unmetered(75) });
    const used = { ...inFlight, billing: 'unmetered', minutes: unmetered(75) } as const;

    const [some, none] = [75, 3].map(
      (remaining) =>
        later({ items: [work], usages: [{ ...used, remaining: unmetered(remaining) }] }, NOW + 5 * MINUTE)
          .usages,
    );

    expect(some).toEqual([{ ...used, minutes: unmetered(80), remaining: unmetered(70) }]);
    expect(none).toEqual([{ ...used, minutes: unmetered(80), remaining: unmetered(0) }]);
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

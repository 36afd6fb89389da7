import { describe, expect, it } from 'vitest';
import type { FirstSeen } from '../../../../lambda/core/inventory/first-seen.ts';
import { jobItem, jobMinutes, sessionItem } from '../../../../lambda/core/inventory/to-work-item.ts';
import { hour, job, metered, minute, now, project, run, session } from '../samples.ts';

/** Nothing was ever seen before. */
const newcomer: FirstSeen = {
  runningSince: () => now,
  remembered: () => undefined,
  still: () => ({}),
};
const context = { run: run(), project, minutes: metered(75), devices: 1 };
const limited = { ...project, defaultJobTimeoutMinutes: 30 };

describe('jobItem', () => {
  it('is charged to the creation of its run, not to its own', () => {
    const item = jobItem(job({ created: now - minute }), context, newcomer, now);

    expect(item).toMatchObject({ created: now - minute, chargedAt: now - 2 * hour });
  });

  it.each([
    { own: 'IOS', ofRun: 'ANDROID', platform: 'IOS' },
    { own: undefined, ofRun: 'ANDROID', platform: 'ANDROID' },
  ])('has the platform $platform', ({ own, ofRun, platform }) => {
    const item = jobItem(
      job({ platform: own }),
      { ...context, run: run({ platform: ofRun }) },
      newcomer,
      now,
    );

    expect(item.platform).toBe(platform);
  });

  it.each([
    { ofRun: 20, timeout: 20 },
    { ofRun: undefined, timeout: 30 },
  ])('times out as its run says, else its project: $timeout min', ({ ofRun, timeout }) => {
    const own = { ...context, run: run({ timeoutMinutes: ofRun }), project: limited };

    const item = jobItem(job({ started: now - 3 * hour }), own, newcomer, now);

    expect(item.timeoutMinutes).toBe(timeout);
    expect(item.minutes).toEqual(metered(timeout + 10));
  });
});

describe('sessionItem', () => {
  it("is charged to its own creation, and ends with the service's timeout", () => {
    const item = sessionItem(session({ started: now - 9 * hour }), limited, newcomer, now);

    expect(item).toMatchObject({ chargedAt: now - 2 * hour, minutes: metered(160) });
  });
});

describe('jobMinutes', () => {
  const ended = { status: 'COMPLETED', started: now - 20 * minute, stopped: now - 5 * minute };

  it.each([
    { what: 'its counters', facts: { ...ended, counters: metered(12) }, minutes: metered(12) },
    { what: 'its clock without counters', facts: ended, minutes: metered(15) },
    {
      what: 'its clock while counters are 0',
      facts: { ...ended, counters: metered(0) },
      minutes: metered(15),
    },
    {
      what: 'nothing when it never ran',
      facts: { status: 'COMPLETED', started: undefined },
      minutes: metered(0),
    },
    { what: 'nothing while queued', facts: { status: 'SCHEDULING' }, minutes: metered(0) },
    {
      what: 'the time since its start while PREPARING',
      facts: { status: 'PREPARING' },
      minutes: metered(75),
    },
    {
      what: 'nothing while PREPARING without a start',
      facts: { status: 'PREPARING', started: undefined },
      minutes: metered(0),
    },
  ])('are $what', ({ facts, minutes }) => {
    expect(jobMinutes(job(facts), run(), project, newcomer, now)).toEqual(minutes);
  });
});

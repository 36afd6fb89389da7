import { describe, expect, it } from 'vitest';
import { elapsedSince, liveState } from '../../../../lambda/core/stops/live-state.ts';
import { job, jobArn, metered, minute, now, projectArn, runArn, session } from '../samples.ts';

const settings = { now, pricePerMeteredMinute: 0.17 };
const { started: _, ...notStarted } = job();

describe('liveState', () => {
  it.each([
    ['PENDING', 'queued'],
    ['PENDING_CONCURRENCY', 'queued'],
    ['PENDING_DEVICE', 'queued'],
    ['SCHEDULING', 'queued'],
    ['PREPARING', 'started'],
    ['RUNNING', 'started'],
    ['PROCESSING', 'started'],
    ['STOPPING', 'stopping'],
  ])('takes %s for %s', (status, state) => {
    expect(liveState(job({ status }), settings)).toMatchObject({ state, status });
  });

  it('says how and when work ended', () => {
    const live = liveState(job({ status: 'COMPLETED', result: 'STOPPED', stopped: now - minute }), settings);

    expect(live).toMatchObject({
      state: 'ended',
      reason: 'it is COMPLETED (STOPPED)',
      result: 'STOPPED',
      stoppedAt: now - minute,
    });
  });

  it.each(['', 'HIBERNATING', 'toString'])('knows nothing of status "%s"', (status) => {
    expect(liveState(job({ status }), settings)).toMatchObject({
      state: 'unknown',
      reason: `status "${status}" is not known`,
    });
  });

  it('says what the work is, and whether stopping it was free', () => {
    const [running, queued] = [job(), { ...notStarted, status: 'PENDING' }].map((work) =>
      liveState(work, settings),
    );

    expect(running?.subject).toMatchObject({
      subject: jobArn(),
      project: projectArn,
      run: runArn(),
      device: 'Google Pixel 8',
      billed: true,
    });
    expect(queued?.subject?.billed).toBe(false);
  });
});

describe('the minutes and money of a live state', () => {
  const free = { total: 75, metered: 0, unmetered: 75 };

  it.each([
    {
      what: 'a job whose run is metered',
      work: job(),
      billing: 'metered',
      minutes: metered(75),
      money: 12_750_000,
    },
    { what: 'a job whose run is unmetered', work: job(), billing: 'unmetered', minutes: free, money: 0 },
    {
      what: 'a job of which nobody knows',
      work: job(),
      billing: undefined,
      minutes: undefined,
      money: undefined,
    },
    {
      what: 'a job whose run does not say',
      work: job(),
      billing: 'unknown',
      minutes: undefined,
      money: undefined,
    },
    {
      what: 'a job on a private device',
      work: job({ privateDevice: true }),
      billing: 'metered',
      minutes: free,
      money: 0,
    },
    {
      what: 'a metered session',
      work: session(),
      billing: undefined,
      minutes: metered(75),
      money: 12_750_000,
    },
    {
      what: 'an unmetered session',
      work: session({ billing: 'unmetered' }),
      billing: 'metered',
      minutes: free,
      money: 0,
    },
    {
      what: 'a session that does not say',
      work: session({ billing: 'unknown' }),
      billing: undefined,
      minutes: undefined,
      money: undefined,
    },
    {
      what: 'a session on a private device',
      work: session({ privateDevice: true }),
      billing: undefined,
      minutes: free,
      money: 0,
    },
  ] as const)('are told apart: $what', ({ work, billing, minutes, money }) => {
    const { subject } = liveState(work, billing ? { ...settings, billing } : settings);

    expect([subject?.minutes, subject?.money]).toEqual([minutes, money]);
  });

  it.each([
    { what: 'the counters', work: job({ status: 'COMPLETED', counters: metered(30) }), minutes: metered(30) },
    {
      what: 'the clock without counters',
      work: job({ status: 'COMPLETED', stopped: now - 5 * minute }),
      minutes: metered(70),
    },
    {
      what: 'the clock while counters are still 0',
      work: job({ status: 'COMPLETED', stopped: now, counters: metered(0) }),
      minutes: metered(75),
    },
    {
      what: 'nothing when it never ran',
      work: { ...notStarted, status: 'COMPLETED', counters: metered(0) },
      minutes: metered(0),
    },
  ])('are $what once it has ended', ({ work, minutes }) => {
    const { subject } = liveState(work, { ...settings, billing: 'metered' });

    expect(subject?.minutes).toEqual(minutes);
  });

  it('are none for work that never ran, however it would have been billed', () => {
    const work = { ...notStarted, status: 'COMPLETED', counters: metered(0) };

    const { subject } = liveState(work, settings);

    expect(subject).toMatchObject({ minutes: metered(0), money: 0 });
  });

  it('are final counters whoever asks', () => {
    const { subject } = liveState(job({ status: 'COMPLETED', counters: metered(30) }), settings);

    expect(subject).toMatchObject({ minutes: metered(30), money: 5_100_000 });
  });
});

describe('elapsedSince', () => {
  it('is the minutes up to now', () => {
    expect(elapsedSince(new Date(now - 90_000).toISOString(), now)).toBe(1.5);
  });

  it('is nothing without a time', () => {
    expect(elapsedSince(undefined, now)).toBeUndefined();
  });
});

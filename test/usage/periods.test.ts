import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Period, periodOf } from '../../lambda/usage/periods.ts';

const hour = 3_600_000;
const day = 24 * hour;
const kinds: readonly Period['kind'][] = ['day', 'week', 'month'];
/** Zones of every kind of trouble: changes at midnight, before it, by half an hour, twice a year around Ramadan, a day left out. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Santiago',
  'America/Havana',
  'America/Nuuk',
  'America/St_Johns',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
];
const zone = fc.constantFrom(...zones);
const kind = fc.constantFrom(...kinds);
/** Moments from 2009 to 2030, often close to a change of clocks somewhere. */
const moment = fc.oneof(
  fc.integer({ min: Date.UTC(2009, 0), max: Date.UTC(2030, 0) }),
  fc
    .tuple(
      fc.constantFrom(
        Date.UTC(2010, 10, 7),
        Date.UTC(2011, 11, 30),
        Date.UTC(2026, 2, 8),
        Date.UTC(2026, 2, 29),
        Date.UTC(2026, 3, 24),
        Date.UTC(2026, 8, 6),
        Date.UTC(2026, 9, 25),
        Date.UTC(2026, 9, 29),
        Date.UTC(2026, 10, 1),
      ),
      fc.integer({ min: -2 * day, max: 2 * day }),
    )
    .map(([at, shift]) => at + shift),
);

/** What the clocks show, as in `2026-11-23 00:00:00`. */
function shown(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(at);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('periodOf', () => {
  it.each([
    { kind: 'day', start: '2026-11-25T00:00:00Z', end: '2026-11-26T00:00:00Z', label: '2026-11-25' },
    { kind: 'week', start: '2026-11-23T00:00:00Z', end: '2026-11-30T00:00:00Z', label: '2026-11-23' },
    { kind: 'month', start: '2026-11-01T00:00:00Z', end: '2026-12-01T00:00:00Z', label: '2026-11-01' },
  ] as const)('gives the $kind that holds a Wednesday in UTC', ({ kind, start, end, label }) => {
    const period = periodOf(kind, Date.parse('2026-11-25T13:37:00Z'), 'UTC');

    expect(period).toEqual({ kind, start: Date.parse(start), end: Date.parse(end), label });
  });

  it.each([
    ['2026-11-22T23:59:59.999Z', '2026-11-16'],
    ['2026-11-23T00:00:00.000Z', '2026-11-23'],
    ['2026-11-29T23:59:59.999Z', '2026-11-23'],
    ['2026-11-30T00:00:00.000Z', '2026-11-30'],
  ])('begins weeks on Monday: %s is in the week of %s', (at, label) => {
    const { label: found } = periodOf('week', Date.parse(at), 'UTC');

    expect(found).toBe(label);
  });

  it('goes from December to January', () => {
    const period = periodOf('month', Date.parse('2026-12-31T12:00:00Z'), 'UTC');

    expect(period.end).toBe(Date.UTC(2027, 0, 1));
  });

  it.each([
    ['2026-11-22T22:59:59.999Z', '2026-11-22'],
    ['2026-11-22T23:00:00.000Z', '2026-11-23'],
  ])('begins days at midnight of the zone, not of UTC: %s is %s in Berlin', (at, label) => {
    const { label: found } = periodOf('day', Date.parse(at), 'Europe/Berlin');

    expect(found).toBe(label);
  });

  it.each([
    ['2026-03-29', 'Europe/Berlin', 23],
    ['2026-10-25', 'Europe/Berlin', 25],
    ['2026-03-08', 'America/New_York', 23],
    ['2026-11-01', 'America/New_York', 25],
    ['2026-10-04', 'Australia/Lord_Howe', 23.5],
    ['2026-04-05', 'Australia/Lord_Howe', 24.5],
    // At midnight the clocks go to 01:00: there is no midnight.
    ['2026-09-06', 'America/Santiago', 23],
    ['2026-04-24', 'Africa/Cairo', 23],
    // At 24:00 they go back to 23:00 of the same day.
    ['2026-04-04', 'America/Santiago', 25],
    ['2026-10-29', 'Africa/Cairo', 25],
    // At 01:00 they go back to 00:00: there are two midnights, and the day begins with the first.
    ['2026-10-25', 'Atlantic/Azores', 25],
    ['2026-11-01', 'America/Havana', 25],
  ])('makes %s in %s a day of %f hours', (label, timezone, hours) => {
    const noon = Date.parse(`${label}T12:00:00Z`);

    const period = [-12, 0, 12]
      .map((shift) => periodOf('day', noon + shift * hour, timezone))
      .find((one) => one.label === label);

    expect(period && (period.end - period.start) / hour).toBe(hours);
  });

  it('begins a day without midnight at 01:00', () => {
    const { start } = periodOf('day', Date.parse('2026-09-06T12:00:00Z'), 'America/Santiago');

    expect(shown(start, 'America/Santiago')).toBe('2026-09-06 01:00:00');
    expect(shown(start - 1, 'America/Santiago')).toBe('2026-09-05 23:59:59');
  });

  it('does not bring a day back when the clocks go back over midnight', () => {
    const oneMinutePast = Date.parse('2010-11-07T02:31:00Z');

    const periods = [-61_000, -60_000, 0].map((shift) =>
      periodOf('day', oneMinutePast + shift, 'America/St_Johns'),
    );

    expect(shown(oneMinutePast, 'America/St_Johns')).toBe('2010-11-06 23:01:00');
    expect(periods.map(({ label }) => label)).toEqual(['2010-11-06', '2010-11-07', '2010-11-07']);
    expect(periods[2]).toEqual(periods[1]);
  });

  it('knows no day that a zone left out', () => {
    const { end, label } = periodOf('day', Date.parse('2011-12-29T20:00:00Z'), 'Pacific/Apia');

    expect(label).toBe('2011-12-29');
    expect(shown(end, 'Pacific/Apia')).toBe('2011-12-31 00:00:00');
  });

  it('holds the moment that it is asked for', () => {
    fc.assert(
      fc.property(kind, moment, zone, (kind, at, timezone) => {
        const { start, end } = periodOf(kind, at, timezone);

        expect(start).toBeLessThanOrEqual(at);
        expect(at).toBeLessThan(end);
      }),
    );
  });

  it('tiles time: periods follow one another without a gap or an overlap', () => {
    fc.assert(
      fc.property(kind, moment, zone, (kind, at, timezone) => {
        const period = periodOf(kind, at, timezone);

        expect(periodOf(kind, period.start, timezone)).toEqual(period);
        expect(periodOf(kind, period.end - 1, timezone)).toEqual(period);
        expect(periodOf(kind, period.end, timezone).start).toBe(period.end);
        expect(periodOf(kind, period.start - 1, timezone).end).toBe(period.start);
      }),
    );
  });

  it('nests: a week or month begins where one of its days begins, and is named after it', () => {
    fc.assert(
      fc.property(kind, moment, zone, (kind, at, timezone) => {
        const { start, label } = periodOf(kind, at, timezone);

        const first = periodOf('day', start, timezone);

        expect(first.start).toBe(start);
        expect(kind === 'month' ? label.slice(-2) : '01').toBe('01');
        // A zone that left a day out begins a period that would begin there with the next day.
        if (first.label !== label) expect(timezone).toBe('Pacific/Apia');
      }),
    );
  });

  it.each(['UTC', 'America/Santiago', 'America/Havana', 'Asia/Tokyo'])(
    'does not depend on the time zone of the machine: %s',
    (machine) => {
      vi.stubEnv('TZ', machine);
      const here = new Date(Date.UTC(2026, 8, 6, 3, 30)).getHours();

      const days = zones.flatMap((timezone) =>
        [Date.UTC(2024, 8, 8, 3, 30), Date.UTC(2024, 9, 27, 0, 30), Date.UTC(2024, 3, 6, 13, 30)].map(
          (at) => {
            const { start, label } = periodOf('day', at, timezone);
            return {
              timezone,
              label,
              shown: shown(start, timezone).slice(0, 10),
              eve: shown(start - 1, timezone),
            };
          },
        ),
      );

      expect(here).toBe({ UTC: 3, 'America/Santiago': 23, 'America/Havana': 23, 'Asia/Tokyo': 12 }[machine]);
      for (const { label, shown, eve } of days) {
        expect(shown).toBe(label);
        expect(eve.slice(0, 10) < label).toBe(true);
      }
    },
  );
});

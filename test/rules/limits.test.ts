import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkItem } from '../../lambda/model.ts';
import { addMinutes, NO_MINUTES } from '../../lambda/money.ts';
import type { RuleInput } from '../../lambda/rules/rules.ts';
import { DAY, HOUR, MINUTE } from '../../lambda/time.ts';
import { item, jobArn, metered, NOW, runArn, sessionArn } from '../support/samples.ts';
import { found, verdictOf } from './samples.ts';

type LimitType = 'job-duration' | 'run-minutes' | 'queue-age' | 'stalled';

const limit = (type: LimitType, maxMinutes: number): RuleInput => ({ id: 'limit', type, maxMinutes });
const session = { arn: sessionArn(), kind: 'session', run: undefined } as const;

const ranFor = (ms: number) => item({ runningSince: NOW - ms, minutes: metered(0) });
const queuedFor = (ms: number, status = 'PENDING_DEVICE') => item({ status, created: NOW - ms });
const inRun = (total: number, devices = 5) =>
  item({ run: { arn: runArn(), name: 'nightly', minutes: metered(total), devices } });
const stillFor = (ms: number, rose = true) => item({ progress: { since: NOW - ms, rose } });

describe('rules with a limit in minutes', () => {
  it.each<[string, RuleInput, WorkItem, string]>([
    ['a job that ran to the limit', limit('job-duration', 60), ranFor(60 * MINUTE), 'within'],
    ['a job that ran a millisecond longer', limit('job-duration', 60), ranFor(60 * MINUTE + 1), 'over'],
    [
      'a counter at the limit',
      limit('job-duration', 60),
      { ...ranFor(MINUTE), minutes: metered(60) },
      'within',
    ],
    ['a counter above it', limit('job-duration', 60), { ...ranFor(MINUTE), minutes: metered(60.01) }, 'over'],
    ['a clamped counter', limit('job-duration', 200), { ...ranFor(4 * HOUR), minutes: metered(160) }, 'over'],
    ['a session that ran longer', limit('job-duration', 60), { ...ranFor(61 * MINUTE), ...session }, 'over'],
    ['a run at the limit', limit('run-minutes', 400), inRun(400), 'within'],
    ['a run a hundredth above it', limit('run-minutes', 400), inRun(400.01), 'over'],
    [
      'unmetered minutes of a run',
      limit('run-minutes', 400),
      item({
        run: { arn: runArn(), name: 'n', devices: 2, minutes: { total: 401, metered: 0, unmetered: 400 } },
      }),
      'over',
    ],
    [
      'a queued job of a run above it',
      limit('run-minutes', 400),
      { ...inRun(401), status: 'PENDING', phase: 'queued' },
      'over',
    ],
    ['work that waited to the limit', limit('queue-age', 240), queuedFor(240 * MINUTE), 'within'],
    ['work that waited a millisecond longer', limit('queue-age', 240), queuedFor(240 * MINUTE + 1), 'over'],
    ['work that was created after now', limit('queue-age', 240), queuedFor(-MINUTE), 'within'],
    ['counters that stood still to the limit', limit('stalled', 30), stillFor(30 * MINUTE), 'within'],
    [
      'counters that stood still a millisecond longer',
      limit('stalled', 30),
      stillFor(30 * MINUTE + 1),
      'over',
    ],
  ])('are over strictly above it: %s', (_, rule, work, verdict) => {
    expect(verdictOf(rule, work)).toBe(verdict);
  });

  it.each<[LimitType, string, Partial<WorkItem>]>([
    ...['PENDING', 'PENDING_CONCURRENCY', 'SCHEDULING', 'PREPARING', 'PROCESSING', 'STOPPING', 'NEW'].map(
      (status): [LimitType, string, Partial<WorkItem>] => [
        'job-duration',
        `is ${status}, not RUNNING`,
        { status, runningSince: NOW - DAY },
      ],
    ),
    ['job-duration', 'is without a status, not RUNNING', { status: '', runningSince: NOW - DAY }],
    ['job-duration', 'does not say since when it is RUNNING', { runningSince: undefined, created: 0 }],
    ['run-minutes', 'is a session; it belongs to no run', { ...session, minutes: metered(500) }],
    ...['PREPARING', 'RUNNING', 'PROCESSING', 'STOPPING', 'NEW'].map(
      (status): [LimitType, string, Partial<WorkItem>] => [
        'queue-age',
        `is ${status}, not queued`,
        { status, created: 0 },
      ],
    ),
    ['queue-age', 'is without a status, not queued', { status: '', created: 0 }],
    ['queue-age', 'is PENDING, not queued', { status: 'PENDING', phase: 'unknown', created: 0 }],
    ['queue-age', 'does not say when it was created', { status: 'PENDING', created: undefined }],
    [
      'stalled',
      'is a session; it has no tests that could stall',
      { ...session, progress: { since: 0, rose: true } },
    ],
    ['stalled', 'is PROCESSING, not RUNNING', { status: 'PROCESSING', progress: { since: 0, rose: true } }],
    ['stalled', 'has not been seen to move a counter while RUNNING', { progress: { since: 0, rose: false } }],
    ['stalled', 'has not been seen to move a counter while RUNNING', { progress: undefined }],
  ])('of type %s do not apply to work that %s', (type, reason, facts) => {
    expect(found(limit(type, 1), item(facts))).toEqual({ verdict: 'notApplicable', reason, scope: 'any' });
  });

  it.each<[RuleInput, WorkItem, string]>([
    [limit('job-duration', 60), item(), 'ran 75 min on Google Pixel 8; limit 60 min (rule limit)'],
    [
      limit('job-duration', 60),
      item({ runningSinceSource: 'observed' }),
      'ran 75 min since it was first seen RUNNING on Google Pixel 8; limit 60 min (rule limit)',
    ],
    [
      limit('run-minutes', 400),
      inRun(412, 5),
      'run "nightly" used 412 min on 5 devices; limit 400 min (rule limit)',
    ],
    [
      limit('run-minutes', 400),
      inRun(412, 1),
      'run "nightly" used 412 min on 1 device; limit 400 min (rule limit)',
    ],
    [
      limit('queue-age', 240),
      queuedFor(241 * MINUTE),
      'waited 241 min for Google Pixel 8 (PENDING_DEVICE); limit 240 min (rule limit)',
    ],
    [
      limit('queue-age', 240),
      queuedFor(-MINUTE),
      'waited 0 min for Google Pixel 8 (PENDING_DEVICE); limit 240 min (rule limit)',
    ],
    [
      limit('stalled', 30),
      stillFor(35 * MINUTE),
      'no counter moved for 35 min on Google Pixel 8; limit 30 min (rule limit)',
    ],
  ])('say the numbers: %o', (rule, work, reason) => {
    expect(found(rule, work).reason).toBe(reason);
  });

  it.each<[string, Record<string, number>, string, string]>([
    ['of the job', { [jobArn()]: 10 }, '70', '10'],
    ['of its run', { [runArn()]: 5 }, '65', '5'],
    ['of both', { [jobArn()]: 10, [runArn()]: 5 }, '75', '15'],
  ])('of a duration go up by the extension %s, and the sentence says so', (_, minutes, most, by) => {
    const extensions = new Map(Object.entries(minutes));
    const [at, above] = [0, 1].map((more) =>
      found(limit('job-duration', 60), ranFor(Number(most) * MINUTE + more), { extensions }),
    );

    expect([at?.verdict, above?.verdict]).toEqual(['within', 'over']);
    expect(at?.reason).toBe(
      `ran ${most} min on Google Pixel 8; limit ${most} min, extended by ${by} min (rule limit)`,
    );
  });

  it('of a duration go up by no extension of another job or run', () => {
    const extensions = new Map([
      [jobArn('00001'), 10],
      [runArn('r2'), 10],
    ]);

    expect(found(limit('job-duration', 60), item(), { extensions })).toMatchObject({
      verdict: 'over',
      reason: 'ran 75 min on Google Pixel 8; limit 60 min (rule limit)',
    });
  });

  it.each<[RuleInput, WorkItem]>([
    [limit('job-duration', 60), ranFor(60 * MINUTE + 1_000)],
    [limit('run-minutes', 60), inRun(60.2)],
    [limit('queue-age', 60), queuedFor(60 * MINUTE + 1_000)],
    [limit('stalled', 60), stillFor(60 * MINUTE + 1_000)],
  ])('just above it show two figures that differ: %o', (rule, work) => {
    const { verdict, reason } = found(rule, work);

    const [used, most] = [...reason.matchAll(/([\d.]+) min/g)].map(([, figure]) => Number(figure));
    expect(verdict).toBe('over');
    expect(used).toBeGreaterThan(most ?? Number.NaN);
  });

  it('show names from outside without what a terminal or a mail would carry out', () => {
    const hostile = 'x\u001b[2J\r\n<a href="//evil">\u202e';
    const run = { arn: runArn(), name: hostile, minutes: metered(500), devices: 1 };
    const work = item({ device: hostile, run, progress: { since: 0, rose: true } });
    const queued = { ...work, status: 'PENDING', phase: 'queued' } as const;

    const reasons = [
      found(limit('job-duration', 1), work),
      found(limit('run-minutes', 1), work),
      found(limit('queue-age', 1), queued),
      found(limit('stalled', 1), work),
    ].map(({ reason }) => reason);

    for (const reason of reasons) expect(reason).not.toMatch(/[<>\p{Cc}\p{Cf}]/u);
  });

  it('let a stop hold when the work starts, all but the queue age', () => {
    const scopes = [
      found(limit('job-duration', 1), item()),
      found(limit('run-minutes', 1), item()),
      found(limit('stalled', 1), stillFor(HOUR)),
      found(limit('queue-age', 1), queuedFor(HOUR)),
    ].map(({ scope }) => scope);

    expect(scopes).toEqual(['any', 'any', 'any', 'queued']);
  });
});

describe('whatever the limit', () => {
  const limits = fc.integer({ min: 1, max: 1_000 });
  const times = fc.nat(30 * HOUR);

  it('a job is over exactly when it ran longer, and stays over', () => {
    fc.assert(
      fc.property(limits, times, times, (most, ran, later) => {
        const verdicts = [0, later].map((ms) =>
          verdictOf(limit('job-duration', most), ranFor(ran), { now: NOW + ms }),
        );

        expect(verdicts).toEqual([ran, ran + later].map((ms) => (ms > most * MINUTE ? 'over' : 'within')));
      }),
    );
  });

  it('queued work is over exactly when it waited longer, and stays over while it is queued', () => {
    const status = fc.constantFrom('PENDING', 'PENDING_CONCURRENCY', 'PENDING_DEVICE', 'SCHEDULING');
    fc.assert(
      fc.property(limits, times, times, status, (most, waited, later, state) => {
        const verdicts = [0, later].map((ms) =>
          verdictOf(limit('queue-age', most), queuedFor(waited, state), { now: NOW + ms }),
        );

        expect(verdicts).toEqual(
          [waited, waited + later].map((ms) => (ms > most * MINUTE ? 'over' : 'within')),
        );
      }),
    );
  });

  it('a run is over exactly when the sum of its jobs is above, in hundredths of a minute', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { maxLength: 10 }), (hundredths) => {
        const minutes = hundredths.map((count) => metered(count / 100)).reduce(addMinutes, NO_MINUTES);
        const sum = hundredths.reduce((all, count) => all + count, 0);
        const at = (most: number) => verdictOf(limit('run-minutes', most / 100), inRun(minutes.total));

        const verdicts = [at(sum + 1), at(Math.max(1, sum)), at(Math.max(1, sum - 1))];

        expect(verdicts).toEqual(['within', 'within', sum > 1 ? 'over' : 'within']);
      }),
    );
  });

  it('a job is over exactly when it has moved before and stands still for longer', () => {
    fc.assert(
      fc.property(limits, times, fc.boolean(), (most, still, rose) => {
        const verdict = verdictOf(limit('stalled', most), stillFor(still, rose));

        expect(verdict === 'over').toBe(rose && still > most * MINUTE);
      }),
    );
  });
});

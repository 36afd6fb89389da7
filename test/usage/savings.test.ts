import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import { MINUTE } from '../../lambda/time.ts';
import { avoidedBy, avoidedText, type Savings, savingsOf } from '../../lambda/usage/savings.ts';
import { jobArn, runArn, sessionArn } from '../support/samples.ts';

const PRICE = 0.17;
const ran = (minutes: number) => ({ started: 5 * MINUTE, stopped: (5 + minutes) * MINUTE });

describe('what a stop avoided at most', () => {
  it.each([
    { work: { ...ran(76), billing: 'metered' }, avoided: 74, avoidedMoney: 12_580_000 },
    { work: { ...ran(76), timeoutMinutes: 100, billing: 'metered' }, avoided: 24, avoidedMoney: 4_080_000 },
    { work: { ...ran(76), billing: 'unmetered' }, avoided: 74, avoidedMoney: 0 },
    { work: { ...ran(76), billing: 'unknown' }, avoided: 74, avoidedMoney: 12_580_000 },
    { work: { stopped: 5, billing: 'metered' }, avoided: 150, avoidedMoney: 25_500_000 },
    { work: { ...ran(150), billing: 'metered' }, avoided: 0, avoidedMoney: 0 },
    { work: { ...ran(200), billing: 'metered' }, avoided: 0, avoidedMoney: 0 },
  ] as const)('is $avoided min up to the timeout of $work', ({ work, avoided, avoidedMoney }) => {
    expect(avoidedBy(work, PRICE)).toEqual({ avoided, avoidedMoney });
  });

  it('is nothing when the end is not known, and no money when the billing is not', () => {
    const endless = avoidedBy({ started: 0, billing: 'metered' }, PRICE);
    const unbilled = avoidedBy(ran(50), PRICE);

    expect([endless, unbilled]).toEqual([{ avoided: 0 }, { avoided: 100 }]);
  });
});

describe('what a stop likely avoided', () => {
  it.each([
    { what: 'work that never started saves what such work uses', work: { usualMinutes: 12 }, likely: 12 },
    { what: 'the rest to the usual duration', work: { ...ran(4), usualMinutes: 12 }, likely: 8 },
    { what: 'nothing a little above it', work: { ...ran(13), usualMinutes: 12 }, likely: 0 },
    { what: 'nothing just below twice it', work: { ...ran(23.9), usualMinutes: 12 }, likely: 0 },
    { what: 'all of work that hangs', work: { ...ran(24), usualMinutes: 12 }, likely: 126 },
    { what: 'no more than at most', work: { ...ran(10), usualMinutes: 90, timeoutMinutes: 60 }, likely: 50 },
    { what: 'five minutes of a session', work: { ...ran(40), kind: 'session' }, likely: 5 },
    { what: 'less shortly before its end', work: { ...ran(148), kind: 'session' }, likely: 2 },
  ] as const)('is known by history: $what', ({ work, likely }) => {
    const { avoidedLikely, avoidedLikelyMoney } = avoidedBy({ billing: 'metered', ...work }, PRICE);

    expect(avoidedLikely).toBe(likely);
    expect(avoidedLikelyMoney).toBe(Math.round(likely * PRICE * 1_000_000));
  });

  it('is no money when the billing is not known', () => {
    expect(avoidedBy({ ...ran(50), usualMinutes: 60 }, PRICE)).toEqual({ avoided: 100, avoidedLikely: 10 });
  });

  it('is absent for a job without history', () => {
    expect(avoidedBy({ ...ran(4), billing: 'metered' }, PRICE)).not.toHaveProperty('avoidedLikely');
  });

  it('is never more than at most, which is never more than the timeout, and neither is below zero', () => {
    const moment = fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined });
    fc.assert(
      fc.property(
        fc.record({
          kind: fc.constantFrom('job' as const, 'session' as const),
          started: moment,
          stopped: moment,
          timeoutMinutes: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: undefined }),
          usualMinutes: fc.option(fc.double({ min: 0.1, max: 300, noNaN: true }), { nil: undefined }),
        }),
        (work) => {
          const { avoided, avoidedLikely = 0 } = avoidedBy(work, PRICE);

          expect(avoidedLikely).toBeGreaterThanOrEqual(0);
          expect(avoided).toBeGreaterThanOrEqual(avoidedLikely);
          expect(avoided).toBeLessThanOrEqual(work.timeoutMinutes || 150);
        },
      ),
    );
  });

  it.each([
    {
      avoided: { avoided: 74, avoidedMoney: 12_580_000, avoidedLikely: 5, avoidedLikelyMoney: 850_000 },
      text: 'at most 74 min and $12.58 avoided, up to its timeout of 150 min; likely 5 min and $0.85',
    },
    {
      avoided: { avoided: 74, avoidedMoney: 12_580_000 },
      text: 'at most 74 min and $12.58 avoided, up to its timeout of 150 min',
    },
    {
      avoided: { avoided: 74, avoidedMoney: 0 },
      text: 'at most 74 min avoided, up to its timeout of 150 min',
    },
  ])('stands in a sentence beside what was avoided at most: $text', ({ avoided, text }) => {
    expect(avoidedText(avoided, 150)).toBe(text);
  });
});

function record(event: StoredAuditRecord['event'], more: Partial<StoredAuditRecord> = {}): StoredAuditRecord {
  const { attempt = 1 } = more;
  return {
    subject: jobArn(),
    id: `00${attempt}#${event}`,
    event,
    attempt,
    actor: 'schedule',
    reason: 'ran 75 min',
    rule: 'long-jobs',
    project: 'mobile',
    mode: 'enforce',
    policyVersion: 'v',
    at: '2026-11-23T12:00:00.000Z',
    day: '2026-11-23',
    ...more,
  };
}

describe('the savings of a month', () => {
  it('count a stop that took effect once, whatever its attempts, at most and likely', () => {
    const effect = {
      avoided: 74.25,
      avoidedMoney: 12_622_500,
      avoidedLikely: 10.5,
      avoidedLikelyMoney: 1_785_000,
    };
    const records = [
      record('StopRequested'),
      record('StopAccepted'),
      record('StopRequested', { attempt: 2 }),
      record('StopConfirmed', { attempt: 2, ...effect }),
      record('StopConfirmed', { attempt: 1, ...effect }),
    ];

    expect(savingsOf(records).total).toEqual({
      stops: 1,
      confirmed: 1,
      finishedByThemselves: 0,
      escalated: 0,
      atMost: { minutes: 74.25, money: 12_622_500 },
      likely: { minutes: 10.5, money: 1_785_000 },
      withoutLikely: 0,
      withoutMoney: 0,
    });
  });

  it.each([
    { what: 'finished by itself', more: { avoided: 0, avoidedMoney: 0 }, finishedByThemselves: 1 },
    { what: 'was over before any stop', more: {}, finishedByThemselves: 0 },
  ])('count nothing as saved of work that $what', ({ more, finishedByThemselves }) => {
    const { total } = savingsOf([record('StopSkipped', more)]);

    expect(total).toMatchObject({ finishedByThemselves, confirmed: 0, atMost: { minutes: 0, money: 0 } });
  });

  it('count a stop in the month of its first attempt only', () => {
    expect(savingsOf([record('StopRequested', { attempt: 2 })]).total.stops).toBe(0);
  });

  it('count jobs and sessions, and what could not be stopped', () => {
    const { total } = savingsOf([
      record('StopRequested'),
      record('StopRequested', { subject: sessionArn() }),
      record('StopEscalated'),
    ]);

    expect(total).toMatchObject({ stops: 2, confirmed: 0, escalated: 1 });
  });

  it('stand by the name of the rule, and name no rule of which nothing is counted', () => {
    const records = ['b', 'c', 'a'].map((rule, index) =>
      record('StopRequested', { rule, project: `of-${rule}`, subject: jobArn(String(index)) }),
    );

    const statement = savingsOf([...records, record('StopAccepted', { rule: 'd' })]);

    expect(statement.byRule.map(({ rule, stops }) => [rule, stops])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
    expect(statement.byProject.map(({ project }) => project)).toEqual(['of-a', 'of-b', 'of-c']);
  });

  it('leave out what stands under the run, the guard and the sweep', () => {
    const subjects = [runArn(), 'guard', 'sweep#2026-11-23'];

    const { total } = savingsOf(subjects.map((subject) => record('StopRequested', { subject })));

    expect(total.stops).toBe(0);
  });

  it('name what people stopped and what has no project apart, and say what is not known', () => {
    const statement = savingsOf([
      record('StopConfirmed', { rule: undefined, project: undefined, avoided: 10, avoidedLikely: 1 }),
      record('StopConfirmed', { subject: jobArn('00001'), avoided: 5, avoidedMoney: 850_000 }),
    ]);

    expect(statement.byRule.map(({ rule }) => rule)).toEqual(['long-jobs', null]);
    expect(statement.byProject.map(({ project }) => project)).toEqual(['mobile', null]);
    expect(statement.total).toMatchObject({
      atMost: { minutes: 15, money: 850_000 },
      likely: { minutes: 1, money: 0 },
      withoutLikely: 1,
      withoutMoney: 1,
    });
  });

  it('add up, by rule and by project, in any order of the records', () => {
    const any = fc.record({
      event: fc.constantFrom<StoredAuditRecord['event']>(
        'StopRequested',
        'StopConfirmed',
        'StopSkipped',
        'StopEscalated',
      ),
      index: fc.nat(8),
      rule: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      project: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
      hundredths: fc.nat(15_000),
      avoidedMoney: fc.option(fc.nat(30_000_000), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(any, { selector: ({ event, index }) => `${event}${index}` }), (seeds) => {
        const records = seeds.map(({ event, index, hundredths, ...more }) =>
          record(event, { ...more, subject: jobArn(`0000${index}`), avoided: hundredths / 100 }),
        );

        const statement = savingsOf(records);

        expect(added(statement.byRule)).toEqual(figures(statement.total));
        expect(added(statement.byProject)).toEqual(figures(statement.total));
        expect(savingsOf(records.toReversed())).toEqual(statement);
      }),
    );
  });
});

function figures({ stops, confirmed, finishedByThemselves, escalated, atMost, withoutMoney }: Savings) {
  const hundredths = Math.round(atMost.minutes * 100);
  return { stops, confirmed, finishedByThemselves, escalated, hundredths, money: atMost.money, withoutMoney };
}

function added(parts: readonly Savings[]) {
  const all = parts.map(figures);
  const names = [
    'stops',
    'confirmed',
    'finishedByThemselves',
    'escalated',
    'hundredths',
    'money',
    'withoutMoney',
  ];
  return Object.fromEntries(
    names.map((name) => [
      name,
      all.reduce((sum, part) => sum + (Object.entries(part).find(([key]) => key === name)?.[1] ?? 0), 0),
    ]),
  );
}

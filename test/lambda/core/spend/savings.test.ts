import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEvent, StoredAuditRecord } from '../../../../lambda/core/audit-record.ts';
import { type Savings, savingsOf } from '../../../../lambda/core/spend/savings.ts';

const RUN = 'arn:aws:devicefarm:us-west-2:123456789012:run:p/r';
const job = (index: number) => `arn:aws:devicefarm:us-west-2:123456789012:job:p/r/0000${index}`;

function record(event: AuditEvent, more: Partial<StoredAuditRecord> = {}): StoredAuditRecord {
  const { attempt = 1 } = more;
  return {
    subject: job(0),
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
  it('counts a stop that took effect once, whatever its attempts', () => {
    const records = [
      record('StopRequested'),
      record('StopAccepted'),
      record('StopRequested', { attempt: 2 }),
      record('StopConfirmed', { attempt: 2, avoided: 74.25, avoidedMoney: 12_622_500 }),
      record('StopConfirmed', { attempt: 1, avoided: 74.25, avoidedMoney: 12_622_500 }),
    ];

    expect(savingsOf(records).total).toEqual({
      stops: 1,
      confirmed: 1,
      finishedByThemselves: 0,
      escalated: 0,
      avoidedMinutes: 74.25,
      avoidedMoney: 12_622_500,
      withoutMoney: 0,
    });
  });

  it.each([
    { what: 'finished by itself', more: { avoided: 0, avoidedMoney: 0 }, finishedByThemselves: 1 },
    { what: 'was over before any stop', more: {}, finishedByThemselves: 0 },
  ])('counts nothing as saved of work that $what', ({ more, finishedByThemselves }) => {
    const { total } = savingsOf([record('StopSkipped', more)]);

    expect(total).toMatchObject({ finishedByThemselves, confirmed: 0, avoidedMinutes: 0, avoidedMoney: 0 });
  });

  it('leaves out what stands under the run, the guard and the sweep', () => {
    const subjects = [RUN, 'guard', 'sweep#2026-11-23'];

    const { total } = savingsOf(subjects.map((subject) => record('StopRequested', { subject })));

    expect(total.stops).toBe(0);
  });

  it('names what people stopped and what has no project apart, and says whose money is not known', () => {
    const statement = savingsOf([
      record('StopConfirmed', { rule: undefined, project: undefined, avoided: 10 }),
      record('StopConfirmed', { subject: job(1), avoided: 5, avoidedMoney: 850_000 }),
    ]);

    expect(statement.byRule.map(({ rule }) => rule)).toEqual(['long-jobs', null]);
    expect(statement.byProject.map(({ project }) => project)).toEqual(['mobile', null]);
    expect(statement.total).toMatchObject({ avoidedMinutes: 15, avoidedMoney: 850_000, withoutMoney: 1 });
  });

  it('adds up, by rule and by project, in any order of the records', () => {
    const any = fc.record({
      event: fc.constantFrom<AuditEvent>('StopRequested', 'StopConfirmed', 'StopSkipped', 'StopEscalated'),
      index: fc.nat(8),
      rule: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      project: fc.option(fc.constantFrom('x', 'y', 'z'), { nil: undefined }),
      hundredths: fc.nat(15_000),
      avoidedMoney: fc.option(fc.nat(30_000_000), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(any, { selector: ({ event, index }) => `${event}${index}` }), (seeds) => {
        const records = seeds.map(({ event, index, hundredths, ...more }) =>
          record(event, { ...more, subject: job(index), avoided: hundredths / 100 }),
        );

        const statement = savingsOf(records);

        expect(added(statement.byRule)).toEqual(statement.total);
        expect(added(statement.byProject)).toEqual(statement.total);
        expect(savingsOf(records.toReversed())).toEqual(statement);
      }),
    );
  });
});

function added(parts: readonly Savings[]): Savings {
  const sum = (figure: keyof Savings) => parts.reduce((total, part) => total + part[figure], 0);
  return {
    stops: sum('stops'),
    confirmed: sum('confirmed'),
    finishedByThemselves: sum('finishedByThemselves'),
    escalated: sum('escalated'),
    avoidedMinutes: Math.round(sum('avoidedMinutes') * 100) / 100,
    avoidedMoney: sum('avoidedMoney'),
    withoutMoney: sum('withoutMoney'),
  };
}

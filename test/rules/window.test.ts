import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleInput } from '../../lambda/rules/rules.ts';
import { MINUTE } from '../../lambda/time.ts';
import { item, sessionArn } from '../support/samples.ts';
import { found, verdictOf } from './samples.ts';

type Window = Extract<RuleInput, { type: 'window' }>;

function windowRule(hours: Partial<Window['allow'][number]>, others: Partial<Window> = {}): Window {
  const allow = [{ from: '07:00', to: '20:00', ...hours }];
  return { id: 'office-hours', type: 'window', allow, ...others };
}

const verdictAt = (rule: Window, at: string | number, timezone = 'UTC') =>
  verdictOf(rule, item(), { now: new Date(at).getTime(), timezone });
const office = windowRule({ days: ['mon', 'tue', 'wed', 'thu', 'fri'] });

describe('window', () => {
  it.each([
    ['2026-11-23T06:59:59.999Z', 'over'],
    ['2026-11-23T07:00:00.000Z', 'within'],
    ['2026-11-23T20:00:00.000Z', 'within'],
    ['2026-11-23T20:00:00.001Z', 'over'],
    ['2026-11-28T12:00:00.000Z', 'over'],
  ])('acts outside its hours: at %s work is %s', (at, verdict) => {
    expect(verdictAt(office, at)).toBe(verdict);
  });

  it.each([
    ['2026-11-23T20:15:00.000Z', 'within'],
    ['2026-11-23T20:15:00.001Z', 'over'],
    ['2026-11-23T06:59:00.000Z', 'over'],
  ])('gives its grace after the hours and not before: at %s work is %s', (at, verdict) => {
    expect(verdictAt(windowRule({}, { graceMinutes: 15 }), at)).toBe(verdict);
  });

  it.each([
    ['2026-11-24T05:59:00Z', 'within'],
    ['2026-11-24T06:01:00Z', 'over'],
    ['2026-11-23T21:59:00Z', 'over'],
    ['2026-11-23T22:00:00Z', 'within'],
  ])('goes on over midnight: at %s work is %s', (at, verdict) => {
    expect(verdictAt(windowRule({ days: ['mon'], from: '22:00', to: '06:00' }), at)).toBe(verdict);
  });

  it.each([
    // Clocks go from 02:00 to 03:00 at 01:00 UTC on 2026-03-29, and from 03:00 to 02:00 at 01:00 UTC on 2026-10-25.
    { hours: { from: '00:00', to: '02:30' }, at: '2026-03-29T00:59:59Z', shows: '01:59', verdict: 'within' },
    { hours: { from: '00:00', to: '02:30' }, at: '2026-03-29T01:00:01Z', shows: '03:00', verdict: 'over' },
    { hours: { from: '02:30', to: '04:00' }, at: '2026-03-29T00:59:59Z', shows: '01:59', verdict: 'over' },
    { hours: { from: '02:30', to: '04:00' }, at: '2026-03-29T01:00:00Z', shows: '03:00', verdict: 'within' },
    { hours: { from: '00:00', to: '02:30' }, at: '2026-10-25T00:29:00Z', shows: '02:29', verdict: 'within' },
    { hours: { from: '00:00', to: '02:30' }, at: '2026-10-25T00:31:00Z', shows: '02:31', verdict: 'over' },
    { hours: { from: '00:00', to: '02:30' }, at: '2026-10-25T01:29:00Z', shows: '02:29', verdict: 'within' },
    { hours: { from: '00:00', to: '02:30' }, at: '2026-10-25T01:31:00Z', shows: '02:31', verdict: 'over' },
    { hours: { from: '00:00', to: '02:00' }, at: '2026-10-25T01:00:00Z', shows: '02:00', verdict: 'over' },
  ])('follows what the clock shows when it is changed: $at shows $shows, $verdict', (one) => {
    const rule = windowRule(one.hours);

    const finding = found(rule, item(), { now: Date.parse(one.at), timezone: 'Europe/Berlin' });

    expect(finding).toMatchObject({
      verdict: one.verdict,
      reason: expect.stringContaining(`at sun ${one.shows} in Europe/Berlin`),
    });
  });

  it.each([
    // The hours end at 01:45 on the wall: 00:45 UTC in spring, 23:45 UTC in autumn.
    { at: '2026-03-29T01:15:00.000Z', verdict: 'within' },
    { at: '2026-03-29T01:15:00.001Z', verdict: 'over' },
    { at: '2026-10-25T00:15:00.000Z', verdict: 'within' },
    { at: '2026-10-25T00:15:00.001Z', verdict: 'over' },
    { at: '2026-10-25T01:10:00.000Z', verdict: 'over' },
  ])('counts its grace in real minutes when clocks are changed: $at, $verdict', ({ at, verdict }) => {
    const rule = windowRule({ from: '00:00', to: '01:45' }, { graceMinutes: 30 });

    expect(verdictAt(rule, at, 'Europe/Berlin')).toBe(verdict);
  });

  it.each([
    // The clocks go from 02:00 to 03:00 at 01:00 UTC, so this hour never was.
    { hours: ['02:15', '02:45'], at: '2026-03-29T01:30:00Z', verdict: 'over' },
    { hours: ['01:30', '02:00'], at: '2026-03-29T01:30:00Z', verdict: 'within' },
    { hours: ['01:50', '01:59'], at: '2026-03-29T01:30:00Z', verdict: 'within' },
    { hours: ['03:10', '03:20'], at: '2026-03-29T01:30:00Z', verdict: 'within' },
    { hours: ['03:31', '03:40'], at: '2026-03-29T01:30:00Z', verdict: 'over' },
    // They go from 03:00 to 02:00 at 01:00 UTC: at 01:15 UTC they show 02:15, and an hour before they showed 02:15 too.
    { hours: ['02:30', '02:45'], at: '2026-10-25T01:15:00Z', verdict: 'within' },
    { hours: ['02:50', '03:00'], at: '2026-10-25T01:15:00Z', verdict: 'within' },
    { hours: ['03:00', '03:30'], at: '2026-10-25T01:15:00Z', verdict: 'over' },
    { hours: ['02:00', '02:10'], at: '2026-10-25T01:15:00Z', verdict: 'within' },
    { hours: ['01:30', '02:00'], at: '2026-10-25T01:15:00Z', verdict: 'over' },
  ])('looks for open hours in all of a grace in which clocks are changed: $hours, $at, $verdict', (one) => {
    const [from = '', to = ''] = one.hours;

    expect(verdictAt(windowRule({ from, to }, { graceMinutes: 60 }), one.at, 'Europe/Berlin')).toBe(
      one.verdict,
    );
  });

  it('uses its own time zone where it has one', () => {
    const rule = windowRule({}, { timezone: 'Asia/Tokyo' });

    const verdicts = ['2026-11-23T00:00:00Z', '2026-11-23T12:00:00Z'].map((at) =>
      verdictAt(rule, at, 'Europe/Berlin'),
    );

    expect(verdicts).toEqual(['within', 'over']);
  });

  it.each([
    item({ status: 'PENDING_DEVICE' }),
    item({ status: 'PREPARING' }),
    item({ arn: sessionArn(), kind: 'session', run: undefined }),
  ])('is about queued work, started work and sessions: $kind $status', (work) => {
    const finding = found(office, work, { now: Date.parse('2026-11-28T12:00:00Z') });

    expect(finding).toMatchObject({ verdict: 'over', scope: 'any' });
  });

  it('says status, device, time, zone, hours, grace and rule', () => {
    const rule = windowRule({ days: ['mon', 'tue', 'wed'] }, { graceMinutes: 15 });

    const now = Date.parse('2026-11-24T20:30:00Z');
    const { reason } = found(rule, item(), { now, timezone: 'Europe/Berlin' });

    expect(reason).toBe(
      'RUNNING on Google Pixel 8 at tue 21:30 in Europe/Berlin; allowed mon-wed 07:00-20:00 and 15 min after (rule office-hours)',
    );
  });

  it('says nothing of a grace that it does not have', () => {
    const { reason } = found(office, item(), { now: Date.parse('2026-11-24T20:30:00Z') });

    expect(reason).toBe(
      'RUNNING on Google Pixel 8 at tue 20:30 in UTC; allowed mon-fri 07:00-20:00 (rule office-hours)',
    );
  });

  it('is over exactly when no moment of its grace was open', () => {
    const summer = Date.parse('2026-03-28T00:00:00Z');
    const winter = Date.parse('2026-10-24T00:00:00Z');
    const moments = fc
      .tuple(fc.constantFrom(summer, winter), fc.nat(3 * 1_440))
      .map(([day, minutes]) => day + minutes * MINUTE);
    const times = fc.nat(47).map((half) => `${String(half >> 1).padStart(2, '0')}:${half % 2 ? '30' : '00'}`);
    fc.assert(
      fc.property(times, times, fc.nat(180), moments, (from, to, graceMinutes, at) => {
        const withGrace = windowRule({ from, to }, { graceMinutes });
        const without = windowRule({ from, to });
        const wasOpen = Array.from({ length: graceMinutes + 1 }, (_, ago) => at - ago * MINUTE).some(
          (moment) => verdictAt(without, moment, 'Europe/Berlin') === 'within',
        );

        const verdict = verdictAt(withGrace, at, 'Europe/Berlin');

        expect(verdict).toBe(wasOpen ? 'within' : 'over');
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { Cause } from '../../../../lambda/core/stops/cause.ts';
import {
  stopRecord,
  stopRecordId,
  subjectOf,
  wouldStopRecord,
} from '../../../../lambda/core/stops/stop-record.ts';
import { item, jobArn, metered } from '../samples.ts';

const cause: Cause = {
  actor: 'schedule',
  rule: 'long-jobs',
  reason: 'ran 75 min',
  only: 'any',
  mode: 'enforce',
  policyVersion: 'v1',
  sweepId: 's1',
};
const subject = { subject: jobArn(), project: 'mobile' };

describe('stopRecordId', () => {
  it.each([
    [1, 'StopRequested', '001#1#StopRequested'],
    [1, 'StopSkipped', '001#2#StopSkipped'],
    [1, 'StopFailed', '001#2#StopFailed'],
    [12, 'StopAccepted', '012#2#StopAccepted'],
    [100, 'StopConfirmed', '100#3#StopConfirmed'],
  ] as const)('of attempt %i and %s is %s', (attempt, event, id) => {
    expect(stopRecordId(attempt, event)).toBe(id);
  });

  it('sorts as things happen: attempt by attempt, intent before outcome before confirmation', () => {
    const happened = ([1, 2, 9, 10, 100] as const).flatMap((attempt) =>
      (['StopRequested', 'StopAccepted', 'StopConfirmed'] as const).map((event) =>
        stopRecordId(attempt, event),
      ),
    );

    expect(happened.toSorted()).toEqual(happened);
    expect(new Set(happened).size).toBe(happened.length);
  });
});

describe('stopRecord', () => {
  it('says what, why, by whom and under which policy', () => {
    const record = stopRecord('StopRequested', 2, subject, cause, 'ran 75 min');

    expect(record).toEqual({
      subject: jobArn(),
      project: 'mobile',
      id: '002#1#StopRequested',
      event: 'StopRequested',
      attempt: 2,
      actor: 'schedule',
      rule: 'long-jobs',
      mode: 'enforce',
      policyVersion: 'v1',
      sweepId: 's1',
      reason: 'ran 75 min',
    });
  });

  it('has the same key whoever writes it', () => {
    const byMessage = { ...cause, actor: 'sns:m1', rule: undefined, sweepId: undefined };

    const [first, second] = [cause, byMessage].map((by) =>
      stopRecord('StopAccepted', 1, subject, by, by.actor),
    );

    expect([first?.subject, first?.id]).toEqual([second?.subject, second?.id]);
  });
});

describe('wouldStopRecord', () => {
  it('is written once per item and rule: its key knows no sweep', () => {
    const records = ['s1', 's2'].map((sweepId) => wouldStopRecord(subject, { ...cause, sweepId }));
    const other = wouldStopRecord(subject, { ...cause, rule: 'wide-runs' });

    expect(records.map(({ id }) => id)).toEqual(['WouldStop#long-jobs', 'WouldStop#long-jobs']);
    expect(other.id).toBe('WouldStop#wide-runs');
  });

  it('observes, also under a rule of an enforcing policy', () => {
    expect(wouldStopRecord(subject, cause)).toMatchObject({
      event: 'WouldStop',
      mode: 'observe',
      reason: 'ran 75 min',
    });
  });
});

describe('subjectOf', () => {
  it('names the work and what it used so far', () => {
    expect(subjectOf(item(), 0.17)).toEqual({
      subject: jobArn(),
      project: 'mobile',
      run: 'nightly',
      device: 'Google Pixel 8',
      minutes: metered(75),
      money: 12_750_000,
      billed: true,
    });
  });

  it('counts no money for unmetered minutes', () => {
    const minutes = { total: 75, metered: 0, unmetered: 75 };

    expect(subjectOf(item({ billing: 'unmetered', minutes }), 0.17)).toMatchObject({ money: 0, minutes });
  });

  it.each([
    ['PENDING', false],
    ['SCHEDULING', false],
    ['PREPARING', true],
    ['RUNNING', true],
    ['STOPPING', true],
  ])('knows whether stopping %s work is billed: %s', (status, billed) => {
    expect(subjectOf(item({ status }), 0.17).billed).toBe(billed);
  });
});

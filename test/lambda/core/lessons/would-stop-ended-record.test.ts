import { describe, expect, it } from 'vitest';
import type { EndedState, WatchedEnd } from '../../../../lambda/core/lessons/watched-end.ts';
import type { WatchedStop } from '../../../../lambda/core/lessons/watched-stop.ts';
import { wouldStopEndedRecord } from '../../../../lambda/core/lessons/would-stop-ended-record.ts';
import { jobArn, metered, minute, now } from '../samples.ts';

const watch: WatchedStop = {
  arn: jobArn(),
  kind: 'job',
  rule: 'long-jobs',
  ruleVersion: 'v1',
  at: now - 10 * minute,
  only: 'any',
  record: {
    subject: jobArn(),
    id: 'WouldStop#long-jobs',
    event: 'WouldStop',
    actor: 'sns:m1',
    rule: 'long-jobs',
    reason: 'ran 65 min',
    mode: 'observe',
    policyVersion: 'p1',
    sweepId: 's1',
    project: 'mobile',
    run: 'nightly',
    device: 'Google Pixel 8',
    minutes: metered(65),
    money: 11_050_000,
  },
};
const end: WatchedEnd = {
  verdict: 'falseStop',
  result: 'PASSED',
  timedOut: false,
  endedAt: now,
  minutes: 10,
  after: { metered: 10, money: 1_700_000, basis: 'counters' },
};
const live: EndedState = {
  state: 'ended',
  reason: 'it is COMPLETED (PASSED)',
  subject: {
    subject: jobArn(),
    project: 'arn',
    run: 'arn',
    minutes: metered(75),
    money: 12_750_000,
    billed: true,
  },
};
const recordOf = (facts: Partial<WatchedEnd> = {}) =>
  wouldStopEndedRecord(watch, { ...end, ...facts }, live, { policyVersion: 'p2', sweepId: 's2' });

describe('wouldStopEndedRecord', () => {
  it('names the work as its would-be stop did, and says what it used in the end', () => {
    expect(recordOf()).toEqual({
      subject: jobArn(),
      id: 'WouldStopEnded#long-jobs',
      event: 'WouldStopEnded',
      actor: 'schedule',
      rule: 'long-jobs',
      mode: 'observe',
      policyVersion: 'p2',
      sweepId: 's2',
      project: 'mobile',
      run: 'nightly',
      device: 'Google Pixel 8',
      minutes: metered(75),
      money: 12_750_000,
      billed: true,
      reason:
        'ended PASSED 10 min after it would have been stopped, having used 10 min and $1.70 more: the stop would have killed work that passed (rule long-jobs)',
      details: {
        verdict: 'falseStop',
        result: 'PASSED',
        ruleVersion: 'v1',
        wouldStopAt: new Date(now - 10 * minute).toISOString(),
        minutesToEnd: 10,
        meteredMinutesAfter: 10,
        moneyAfter: 1_700_000,
        basisAfter: 'counters',
      },
    });
  });

  it.each<[Partial<WatchedEnd>, string]>([
    [{ verdict: 'rightStop', result: 'FAILED' }, 'ended FAILED 10 min after'],
    [{ verdict: 'rightStop', result: 'STOPPED', timedOut: true }, 'ran into its timeout 10 min after'],
    [{ verdict: 'cutShort', result: 'STOPPED' }, 'was stopped 10 min after'],
    [{ verdict: 'sessionEnded' }, 'the session was closed 10 min after'],
    [{ verdict: 'unknown', result: undefined }, 'it no longer exists, or has no result'],
    [{ verdict: 'unknown', result: 'PENDING' }, 'ended PENDING; nothing is learnt from it'],
    [{ after: { metered: 10, money: 1_700_000, basis: 'clock' } }, 'about 10 min and about $1.70 more'],
    [{ after: { metered: 0, money: 0, basis: 'counters' } }, 'having used no more metered minutes'],
    [{ after: undefined }, 'ended PASSED 10 min after it would have been stopped: the stop'],
  ])('says of %j: %s', (facts, text) => {
    expect(recordOf(facts).reason).toContain(text);
  });
});

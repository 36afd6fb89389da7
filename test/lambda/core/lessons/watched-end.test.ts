import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EndedState, watchedEnd } from '../../../../lambda/core/lessons/watched-end.ts';
import type { WatchedStop } from '../../../../lambda/core/lessons/watched-stop.ts';
import type { Billing } from '../../../../lambda/core/service.ts';
import { jobArn, metered, minute, now } from '../samples.ts';

const AT = now - 30 * minute;
const PRICE = 0.17;

/** A metered job that would have been stopped half an hour ago, after 65 minutes. */
function watch(facts: Partial<WatchedStop> = {}): WatchedStop {
  return {
    arn: jobArn(),
    kind: 'job',
    rule: 'long-jobs',
    at: AT,
    only: 'any',
    billing: 'metered',
    record: {
      subject: jobArn(),
      id: 'WouldStop#long-jobs',
      event: 'WouldStop',
      actor: 'schedule',
      rule: 'long-jobs',
      reason: 'ran 65 min',
      mode: 'observe',
      policyVersion: 'v1',
      minutes: metered(65),
    },
    ...facts,
  };
}

/** It ended 10 minutes after that, with final counters. */
function ended(facts: Partial<EndedState> = {}): EndedState {
  return {
    state: 'ended',
    reason: 'it is COMPLETED',
    result: 'PASSED',
    startedAt: AT - 65 * minute,
    stoppedAt: AT + 10 * minute,
    billing: 'metered',
    subject: { subject: jobArn(), minutes: metered(75.5) },
    ...facts,
  };
}

const verdictOf = (of: WatchedStop, live: EndedState) => watchedEnd(of, live, now, PRICE).verdict;

describe('the verdict on a would-be stop', () => {
  const atTimeout = { startedAt: AT - 140 * minute };
  it.each<[string, Partial<EndedState>, string]>([
    ['PASSED', {}, 'falseStop'],
    ['WARNED', {}, 'falseStop'],
    ['FAILED', {}, 'rightStop'],
    ['ERRORED', {}, 'rightStop'],
    ['SKIPPED', {}, 'rightStop'],
    ['STOPPED', {}, 'cutShort'],
    ['STOPPED', atTimeout, 'rightStop'],
    ['PASSED', atTimeout, 'falseStop'],
    ['PENDING', {}, 'unknown'],
    ['NEW_RESULT', {}, 'unknown'],
  ])('of a job that ended %s (%j) is %s', (result, facts, verdict) => {
    expect(verdictOf(watch(), ended({ result, ...facts }))).toBe(verdict);
  });

  it.each([
    [148.9, 'cutShort'],
    [149, 'rightStop'],
    [150, 'rightStop'],
  ])('of a job that was STOPPED after %s of 150 minutes is %s', (ran, verdict) => {
    const live = ended({ result: 'STOPPED', startedAt: AT + (10 - ran) * minute });

    expect(verdictOf(watch(), live)).toBe(verdict);
  });

  it('goes by the timeout of the work itself', () => {
    expect(verdictOf(watch({ timeoutMinutes: 75 }), ended({ result: 'STOPPED' }))).toBe('rightStop');
  });

  it.each([
    ['PASSED', 'sessionEnded'],
    ['STOPPED', 'sessionEnded'],
    [undefined, 'unknown'],
  ])('of a session that ended %s is %s', (result, verdict) => {
    expect(verdictOf(watch({ kind: 'session' }), ended({ result }))).toBe(verdict);
  });

  it('of a session that ran into its timeout is rightStop', () => {
    expect(verdictOf(watch({ kind: 'session' }), ended(atTimeout))).toBe('rightStop');
  });

  it('is unknown for work that is gone', () => {
    const gone: EndedState = { state: 'ended', reason: 'it no longer exists' };

    expect(watchedEnd(watch(), gone, now, PRICE)).toMatchObject({ verdict: 'unknown', endedAt: now });
  });

  it.each<[string, Partial<WatchedStop>, Partial<EndedState>]>([
    ['after the end', {}, { stoppedAt: AT - 1 }],
    ['of queued work after its start', { only: 'queued' }, { startedAt: AT - 1 }],
  ])('is unknown for a stop that would have come %s', (_, facts, live) => {
    expect(verdictOf(watch(facts), ended(live))).toBe('unknown');
  });
});

describe('what work used after its would-be stop', () => {
  const afterOf = (of: WatchedStop, live: EndedState) => watchedEnd(of, live, now, PRICE).after;
  const unmetered = { total: 75, metered: 0, unmetered: 75 };

  it.each<[string, Partial<WatchedStop>, Partial<EndedState>, object | undefined]>([
    ['by its final counters', {}, {}, { metered: 10.5, money: 1_785_000, basis: 'counters' }],
    ['by the clock without them', {}, { estimated: true }, { metered: 10, money: 1_700_000, basis: 'clock' }],
    [
      'nothing below 0',
      {},
      { subject: { subject: '', minutes: metered(60) } },
      { metered: 0, money: 0, basis: 'counters' },
    ],
    [
      'nothing when it never ran',
      {},
      { estimated: true, startedAt: undefined },
      { metered: 0, money: 0, basis: 'clock' },
    ],
    [
      'from its start, if later',
      {},
      { estimated: true, startedAt: AT + 4 * minute },
      { metered: 6, money: 1_020_000, basis: 'clock' },
    ],
    [
      'nothing that is billed, unmetered',
      {},
      { billing: 'unmetered', subject: { subject: '', minutes: unmetered } },
      { metered: 0, money: 0, basis: 'counters' },
    ],
    [
      'not known without billing and counters',
      { billing: undefined },
      { billing: undefined, subject: undefined },
      undefined,
    ],
    ['not known without an end', {}, { estimated: true, stoppedAt: undefined }, undefined],
  ])('is %s', (_, facts, live, after) => {
    expect(afterOf(watch(facts), ended(live))).toEqual(after);
  });
});

describe('the minutes of a would-be stop', () => {
  it('count by the wall clock, to the start as well where it had not started', () => {
    const end = watchedEnd(watch(), ended({ startedAt: AT + 4 * minute }), now, PRICE);

    expect(end).toMatchObject({ minutes: 10, minutesToStart: 4, endedAt: AT + 10 * minute });
  });

  it('are never negative nor without a number, whatever Device Farm shows', () => {
    const time = fc.option(fc.integer({ min: AT - 200 * minute, max: AT + 200 * minute }), {
      nil: undefined,
    });
    const billing = fc.option(fc.constantFrom<Billing>('metered', 'unmetered', 'unknown'), {
      nil: undefined,
    });
    fc.assert(
      fc.property(time, time, billing, fc.boolean(), (startedAt, stoppedAt, billed, estimated) => {
        const live = ended({ startedAt, stoppedAt, billing: billed, ...(estimated && { estimated }) });

        const { minutes, minutesToStart = 0, after } = watchedEnd(watch(), live, now, PRICE);

        for (const figure of [minutes, minutesToStart, after?.metered ?? 0, after?.money ?? 0])
          expect(figure).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

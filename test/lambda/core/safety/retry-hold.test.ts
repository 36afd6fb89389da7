import { describe, expect, it } from 'vitest';
import { parseArn } from '../../../../lambda/core/arn.ts';
import type { Decision } from '../../../../lambda/core/decision.ts';
import { retryHold, tagsOfRetry } from '../../../../lambda/core/safety/retry-hold.ts';
import { item, now, policy } from '../samples.ts';

const WORK = item();
const { runArn = '', projectArn = '' } = parseArn(WORK.arn) ?? {};
const POLICY = policy([{ id: 'long', type: 'job-duration', maxMinutes: 60 }]);
const requested = { subject: WORK.arn, rule: 'budget:monthly' };
const by = { policy: POLICY, now };
const exemptRun = [{ id: 'message:m1', target: runArn, sentence: 'exemption message:m1' }];

const decisionOn = (status: string, action: Decision['action'] = 'keep'): Decision => ({
  item: item({ status }),
  action,
  reason: 'no rule applies',
  only: 'any',
  verdicts: [],
});

describe('a stop that is to be asked for again', () => {
  it.each([
    { what: 'is held for work that no rule is over on', decision: decisionOn('RUNNING'), held: true },
    { what: 'is held for work that the sweep has not seen', decision: undefined, held: true },
    { what: 'is asked for what a rule stops anew', decision: decisionOn('RUNNING', 'stop'), held: false },
    { what: 'is asked for what is stopping already', decision: decisionOn('STOPPING'), held: false },
  ])('$what and that is exempt', ({ decision, held }) => {
    const why = retryHold({ requested, decision }, { ...by, protections: exemptRun });

    expect(why).toBe(held ? 'kept by exemption message:m1' : undefined);
  });

  it('is asked for when nothing keeps it', () => {
    expect(retryHold({ requested, decision: undefined }, { ...by, protections: [] })).toBeUndefined();
  });

  it('waits for a pause, unless a person ordered it', () => {
    const pause = { kind: 'paused', sentence: 'paused until noon' } as const;
    const retry = { requested, decision: decisionOn('RUNNING') };
    const ordered = { ...retry, requested: { subject: WORK.arn } };

    expect(retryHold(retry, { ...by, pause })).toBe('paused until noon');
    expect(retryHold(ordered, { ...by, pause, protections: exemptRun })).toBeUndefined();
  });

  it('has the tags read of run and project, where they could keep it', () => {
    const unseen = { requested, decision: undefined };

    expect(tagsOfRetry(unseen)).toEqual([runArn, projectArn]);
    expect(tagsOfRetry({ ...unseen, requested: { subject: WORK.arn } })).toEqual([]);
    expect(tagsOfRetry({ requested, decision: decisionOn('STOPPING') })).toEqual([]);
  });
});

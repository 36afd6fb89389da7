import { describe, expect, it } from 'vitest';
import { understand } from '../../../lambda/core/messages/operator-message.ts';
import { policyOf } from '../../harness/guard-in-process.ts';

const ACCOUNT = '123456789012';
const NOW = Date.UTC(2026, 10, 23, 12);
const RUN = `arn:aws:devicefarm:us-west-2:${ACCOUNT}:run:p/r`;
const PROJECT = `arn:aws:devicefarm:us-west-2:${ACCOUNT}:project:p`;
const hours = (count: number) => new Date(NOW + count * 3_600_000).toISOString();

function read(body: unknown, sentAt = NOW) {
  const message = { id: 'm', text: JSON.stringify(body), timestamp: new Date(sentAt).toISOString() };
  return understand(message, { accountId: ACCOUNT, policy: policyOf(), now: NOW });
}

describe('a message that steers', () => {
  it.each([
    [{ action: 'pause' }, { action: 'pause', until: hours(24) }],
    [
      { action: 'pause', until: hours(24) },
      { action: 'pause', until: hours(24) },
    ],
    [
      { action: 'pause', until: '2026-11-23T14:30:00+02:00' },
      { action: 'pause', until: hours(0.5) },
    ],
    [{ action: 'resume' }, { action: 'resume' }],
    [
      { action: 'exempt', target: RUN, until: hours(72) },
      { action: 'exempt', target: RUN, until: hours(72) },
    ],
    [
      { action: 'exempt', target: PROJECT, until: hours(1) },
      { action: 'exempt', target: PROJECT, until: hours(1) },
    ],
    [
      { action: 'unexempt', target: RUN },
      { action: 'unexempt', target: RUN },
    ],
  ])('is understood: %j', (body, command) => {
    const meaning = read({ ...body, reason: 'release', requestedBy: 'ada' });

    expect(meaning).toEqual({
      kind: 'steer',
      command: { ...command, words: 'ada asked by message: release' },
    });
  });

  it('measures from its sending, so that a repetition means the same', () => {
    const meaning = read({ action: 'pause' }, NOW - 1_800_000);

    expect(meaning).toMatchObject({ command: { until: hours(23.5) } });
  });

  it.each([
    [{ action: 'halt' }, /action is "halt"; allowed: "stop", "pause", "resume", "exempt", "unexempt"/],
    [{ action: 'toString' }, /action is "toString"/],
    [{}, /action is missing/],
    [{ action: 'pause', target: RUN }, /key "target" is not known/],
    [{ action: 'resume', until: hours(1) }, /key "until" is not known/],
    [{ action: 'unexempt', target: RUN, until: hours(1) }, /key "until" is not known/],
    [{ action: 'pause', until: 'tomorrow' }, /until is "tomorrow"; allowed: an ISO 8601 time/],
    [{ action: 'pause', until: 7 }, /until is 7/],
    [{ action: 'pause', until: hours(0) }, /not after 2026-11-23T12:00:00.000Z/],
    [{ action: 'pause', until: hours(24.01) }, /a pause may last 24 h at most, here until 2026-11-24T12/],
    [{ action: 'exempt', target: RUN }, /until is missing/],
    [{ action: 'exempt', target: RUN, until: hours(72.01) }, /an exemption may last 72 h at most/],
    [{ action: 'exempt', until: hours(1) }, /target is missing; allowed: the ARN of a run or project/],
    [{ action: 'exempt', target: 'account', until: hours(1) }, /target is "account"/],
    [{ action: 'exempt', target: RUN.replace('run:p/r', 'job:p/r/0'), until: hours(1) }, /target is a job/],
    [{ action: 'exempt', target: RUN.replace(ACCOUNT, '999999999999'), until: hours(1) }, /in account 9999/],
    [{ action: 'unexempt', target: RUN.replace('us-west-2', 'eu-west-1') }, /in region eu-west-1/],
    [{ action: 'pause', reason: '<b>' }, /reason is "\.b\."/],
    [{ action: 'resume', requestedBy: 'a'.repeat(501) }, /requestedBy is .*up to 500 characters/],
  ])('is refused: %j', (body, reason) => {
    const meaning = read(body);

    expect(meaning).toEqual({ kind: 'rejected', reason: expect.stringMatching(reason) });
  });
});

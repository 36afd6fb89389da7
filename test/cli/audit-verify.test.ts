import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { violationsIn } from '../../cli/audit-verify.ts';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import { GUARD, ids, type StopEvent } from '../../lambda/store/ids.ts';
import { HOUR, iso, MINUTE } from '../../lambda/time.ts';
import { jobArn, NOW, runArn } from '../support/samples.ts';
import { runAutostop } from './support.ts';

const BEGIN = NOW - 2 * HOUR;

/** A record of an attempt, so many minutes after the begin. */
function record(
  event: StoredAuditRecord['event'],
  minutes: number,
  more: Partial<StoredAuditRecord> = {},
): StoredAuditRecord {
  const at = iso(BEGIN + minutes * MINUTE);
  const attempt = more.attempt ?? 1;
  return {
    subject: jobArn(),
    id: ids.stop(attempt, event as StopEvent), // Others are given with an id of their own.
    event,
    attempt,
    actor: 'schedule',
    rule: 'long-jobs',
    reason: 'ran 75 min',
    mode: 'enforce',
    policyVersion: 'v1',
    at,
    day: at.slice(0, 10),
    ...more,
  };
}

const WHOLE = [record('StopRequested', 60), record('StopAccepted', 60), record('StopConfirmed', 61)];

/** A pause or an exemption that was taken after so many minutes, for an hour. */
function control(
  event: 'GuardPaused' | 'ExemptionGranted' | 'GuardResumed',
  minutes: number,
  target?: string,
) {
  const sentAt = BEGIN + minutes * MINUTE;
  return record(event, minutes, {
    subject: GUARD,
    id: ids.control(sentAt, event, 'message-1'),
    actor: 'sns:message-1',
    rule: undefined,
    attempt: undefined,
    details: { until: iso(sentAt + HOUR), words: 'ada asked', ...(target && { target }) },
  });
}

describe('an audit trail', () => {
  it('of a stop that was requested, accepted and confirmed shows nothing wrong, in any order', () => {
    expect(violationsIn(WHOLE.toReversed(), NOW)).toEqual([]);
  });

  it.each<[string, readonly StoredAuditRecord[], string]>([
    ['an outcome without an intent', WHOLE.slice(1, 2), 'there is no intent before it'],
    [
      'a confirmed stop that was never accepted',
      [WHOLE[0], WHOLE[2]].flatMap((one) => one ?? []),
      'no stop was accepted',
    ],
    [
      'a second attempt without a first',
      [record('StopRequested', 60, { attempt: 2 })],
      'no attempt 1 before it',
    ],
    ['a stop during a pause', [control('GuardPaused', 30), ...WHOLE], 'rules were paused until'],
    [
      'a stop of exempt work',
      [control('ExemptionGranted', 30, runArn()), ...WHOLE],
      'the work was kept by exemption',
    ],
    [
      'a stop by a budget message during a pause',
      [control('GuardPaused', 30), record('StopRequested', 60, { actor: 'sns:m', rule: 'budget:month' })],
      'rules were paused until',
    ],
  ])('with %s breaks a promise', (_, records, says) => {
    expect(violationsIn(records, NOW)).toEqual([expect.stringContaining(says)]);
  });

  it('has an outcome for each intent by the time that no work lives any more', () => {
    const open = [record('StopRequested', 60)];

    expect(violationsIn(open, NOW)).toEqual([]);
    expect(violationsIn(open, NOW + 30 * HOUR)).toEqual([expect.stringContaining('it has no outcome')]);
  });

  it.each<[string, readonly StoredAuditRecord[]]>([
    ['a pause that began during the invocation', [control('GuardPaused', 58), ...WHOLE]],
    ['a pause that was ended before', [control('GuardPaused', 10), control('GuardResumed', 20), ...WHOLE]],
    [
      "a person's order during a pause",
      [control('GuardPaused', 30), ...WHOLE.map((one) => ({ ...one, actor: 'sns:m', rule: undefined }))],
    ],
  ])('with %s shows nothing wrong', (_, records) => {
    expect(violationsIn(records, NOW)).toEqual([]);
  });

  it('may lack the beginning of work that is older than its records', () => {
    const confirmed = [record('StopConfirmed', 61)];

    expect(violationsIn(confirmed, NOW, BEGIN)).toEqual([]);
    expect(violationsIn(confirmed, NOW, BEGIN - 48 * HOUR)).toHaveLength(1);
  });
});

function trailFile(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'autostop-trail-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'trail.json');
  writeFileSync(file, text);
  return file;
}

describe('autostop audit verify', () => {
  it.each<[string, readonly StoredAuditRecord[], number, string]>([
    ['nothing', WHOLE, 0, '3 records, 0 violations'],
    ['a violation', [control('GuardPaused', 30), ...WHOLE], 1, '4 records, 1 violations'],
  ])('finds %s in a file', async (_, records, code, says) => {
    const file = trailFile(JSON.stringify(records));

    const result = await runAutostop(['audit', 'verify', '--file', file]);

    expect(result).toMatchObject({ code });
    expect(result.out).toContain(says);
  });

  it.each([
    ['{}', 'is no array of audit records'],
    ['[{}]', 'is no array of audit records'],
    ['[', 'could not be read as JSON'],
  ])('refuses a file with %s', async (text, says) => {
    const file = trailFile(text);

    const result = await runAutostop(['audit', 'verify', '--file', file]);

    expect(result.code).toBe(2);
    expect(result.err).toContain(says);
  });

  it('refuses a day beside a month', async () => {
    const result = await runAutostop(['audit', 'verify', '--day', '2026-11-23', '--month', '2026-11']);

    expect(result.err).toContain('give one of --day, --month and --file');
  });
});

import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../../lambda/core/audit-record.ts';
import { isOutlived, WATCH_HOURS, watchedStop } from '../../../../lambda/core/lessons/watched-stop.ts';
import { hour, jobArn, minute, now } from '../samples.ts';

const record: AuditRecord = {
  subject: jobArn(),
  id: 'WouldStop#long-jobs',
  event: 'WouldStop',
  actor: 'schedule',
  rule: 'long-jobs',
  reason: 'ran 65 min',
  mode: 'observe',
  policyVersion: 'p2',
  details: { ruleVersion: 'v2' },
};
const facts = { kind: 'job', only: 'any', billing: 'metered' } as const;

describe('watchedStop', () => {
  it('counts from now when it is recorded for the first time', () => {
    expect(watchedStop(record, facts, undefined, now)).toEqual({
      arn: jobArn(),
      kind: 'job',
      rule: 'long-jobs',
      ruleVersion: 'v2',
      at: now,
      only: 'any',
      billing: 'metered',
      record,
    });
  });

  it('counts from the record that is there, and for the rule as it stood then', () => {
    const at = new Date(now - 20 * minute).toISOString();
    const stored = { ...record, details: { ruleVersion: 'v1' }, at, day: at.slice(0, 10) };

    expect(watchedStop(record, facts, stored, now)).toMatchObject({
      at: now - 20 * minute,
      ruleVersion: 'v1',
    });
  });

  it('knows no version of a rule where the record tells none', () => {
    expect(watchedStop({ ...record, details: undefined }, facts, undefined, now)).not.toHaveProperty(
      'ruleVersion',
    );
  });
});

describe('isOutlived', () => {
  it.each([
    [WATCH_HOURS * hour, false],
    [WATCH_HOURS * hour + 1, true],
  ])('after %s ms is %s', (ago, outlived) => {
    expect(isOutlived(watchedStop(record, facts, undefined, now - ago), now)).toBe(outlived);
  });
});

import { Duration, Token } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { auditRetentionDays } from '../../lib/audit-retention.ts';
import { SettingError } from '../../lib/setting-error.ts';

describe('auditRetentionDays', () => {
  it('is nothing when records are kept for ever', () => {
    const days = auditRetentionDays(undefined);

    expect(days).toBeUndefined();
  });

  it.each([
    [Duration.days(1), 1],
    [Duration.hours(48), 2],
    [Duration.days(400), 400],
  ])('counts %s in days', (retention, expected) => {
    const days = auditRetentionDays(retention);

    expect(days).toBe(expected);
  });

  it.each([
    Duration.days(0),
    Duration.hours(12),
    Duration.hours(36),
    Duration.days(Token.asNumber({ Ref: 'Days' })),
  ])('refuses %s', (retention) => {
    const make = () => auditRetentionDays(retention);

    expect(make).toThrow(SettingError);
    expect(make).toThrow(/^auditRetention is .+; use whole days from 1, or leave it out$/);
  });
});

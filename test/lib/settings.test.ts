import { Duration, Token } from 'aws-cdk-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  auditRetentionDays,
  checkedEmail,
  checkedShare,
  SettingError,
  sweepInterval,
} from '../../lib/settings.ts';

describe('sweepInterval', () => {
  it.each([
    { minutes: 1, rate: 'rate(1 minute)', timeoutSeconds: 48 },
    { minutes: 2, rate: 'rate(2 minutes)', timeoutSeconds: 96 },
    { minutes: 4, rate: 'rate(4 minutes)', timeoutSeconds: 192 },
    { minutes: 5, rate: 'rate(5 minutes)', timeoutSeconds: 240 },
    { minutes: 60, rate: 'rate(60 minutes)', timeoutSeconds: 240 },
    { minutes: 1_440, rate: 'rate(1440 minutes)', timeoutSeconds: 240 },
  ])('gives $rate and $timeoutSeconds s for $minutes min', ({ minutes, rate, timeoutSeconds }) => {
    const interval = sweepInterval(Duration.minutes(minutes));

    expect(interval.rate).toBe(rate);
    expect(interval.timeout.toSeconds()).toBe(timeoutSeconds);
    expect(interval.every.toMinutes()).toBe(minutes);
  });

  it('keeps every timeout at 80 % of the interval and at 240 s, whichever is less', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_440 }), (minutes) => {
        const seconds = sweepInterval(Duration.minutes(minutes)).timeout.toSeconds();

        expect(seconds).toBeLessThanOrEqual(Math.min(240, minutes * 48));
        expect(seconds).toBeGreaterThan(Math.min(240, minutes * 48) - 1);
        expect(Number.isInteger(seconds)).toBe(true);
      }),
    );
  });

  it.each([
    ['no time', Duration.seconds(0)],
    ['less than a minute', Duration.seconds(59)],
    ['no whole minutes', Duration.seconds(90)],
    ['a minute more than a day', Duration.minutes(1_441)],
    ['a value known only at deployment', Duration.minutes(Token.asNumber({ Ref: 'Minutes' }))],
  ])('refuses %s', (_, every) => {
    const make = () => sweepInterval(every);

    expect(make).toThrow(SettingError);
    expect(make).toThrow(/^interval is .+; use whole minutes from 1 to 1440$/);
  });

  it('shows the refused interval', () => {
    const make = () => sweepInterval(Duration.seconds(59));

    expect(make).toThrow('interval is Duration.seconds(59);');
  });
});

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

describe('checkedShare', () => {
  it.each([undefined, 0.1, 0.5, 0.9])('takes %s', (share) => {
    const checked = checkedShare(share);

    expect(checked).toBe(share ?? 0.5);
  });

  it.each([0, 0.09, 0.91, 1, Number.NaN, -1])('refuses %s', (share) => {
    const check = () => checkedShare(share);

    expect(check).toThrow(SettingError);
    expect(check).toThrow(/^apiShare is .+; use a number from 0\.1 to 0\.9$/);
  });
});

describe('checkedEmail', () => {
  it.each(['team@example.com', 'on-call+farm@sub.example.com', Token.asString({ Ref: 'Address' })])(
    'takes %s',
    (email) => {
      const checked = checkedEmail(email);

      expect(checked).toBe(email);
    },
  );

  it.each(['notanemail', '', 'team@', '@example.com', 'a b@example.com', 'a@example.com,b@example.com c'])(
    'refuses "%s"',
    (email) => {
      const check = () => checkedEmail(email);

      expect(check).toThrow(SettingError);
    },
  );
});

import { describe, expect, it } from 'vitest';
import { ENV, EnvironmentError, readEnv } from '../lambda/env.ts';

const WHOLE = {
  [ENV.auditTable]: 'AuditTrail',
  [ENV.stateTable]: 'GuardState',
  [ENV.notificationTopic]: 'arn:aws:sns:us-west-2:123456789012:topic',
  [ENV.account]: '123456789012',
};

describe('readEnv', () => {
  it('reads what every function needs, and nobody can change it', () => {
    const env = readEnv(WHOLE);

    expect(env).toEqual({
      auditTable: 'AuditTrail',
      stateTable: 'GuardState',
      notificationTopicArn: 'arn:aws:sns:us-west-2:123456789012:topic',
      accountId: '123456789012',
      chat: false,
      apiShare: 0.5,
    });
    expect(Object.isFrozen(env)).toBe(true);
  });

  it.each(
    Object.keys(WHOLE).flatMap((name) => [
      { name, value: undefined },
      { name, value: '' },
    ]),
  )('names $name when it is "$value"', ({ name, value }) => {
    const reading = () => readEnv({ ...WHOLE, [name]: value });

    expect(reading).toThrow(EnvironmentError);
    expect(reading).toThrow(name);
  });

  it('reads the retention in days', () => {
    expect(readEnv({ ...WHOLE, [ENV.auditRetentionDays]: '400' }).auditRetentionDays).toBe(400);
  });

  it.each(['0', '-1', '1.5', 'x', '', 'Infinity', 'NaN'])('refuses the retention "%s"', (value) => {
    const reading = () => readEnv({ ...WHOLE, [ENV.auditRetentionDays]: value });

    expect(reading).toThrow(EnvironmentError);
    expect(reading).toThrow(`"${value}"`);
  });

  it.each([
    ['0.1', 0.1],
    ['0.9', 0.9],
  ])('reads the API share %s', (text, share) => {
    expect(readEnv({ ...WHOLE, [ENV.apiShare]: text }).apiShare).toBe(share);
  });

  it.each(['0.09', '0.91', '0', '1', '', 'half', 'NaN'])('refuses the API share "%s"', (value) => {
    expect(() => readEnv({ ...WHOLE, [ENV.apiShare]: value })).toThrow(`API_SHARE is "${value}"`);
  });

  it('takes an empty name of the account for none', () => {
    expect(readEnv({ ...WHOLE, [ENV.accountName]: '' }).accountName).toBeUndefined();
  });
});

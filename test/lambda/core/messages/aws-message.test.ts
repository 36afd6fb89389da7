import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAlarm, parseBudgetAlert } from '../../../../lambda/core/messages/aws-message.ts';
import type { MessageContext } from '../../../../lambda/core/messages/command.ts';
import { account, minute, now, policy } from '../samples.ts';

const rules = [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }] as const;
const context: MessageContext = {
  accountId: account,
  policy: policy(rules, {
    manualStop: {
      budgets: [{ name: 'Test Budget', stop: 'queued' }],
      alarms: [{ name: 'device-farm-burn', stop: 'all' }],
    },
  }),
  now,
};
const sentAt = now - minute;

function golden(file: string): string {
  return readFileSync(new URL(`../../../golden/${file}`, import.meta.url), 'utf8');
}

const alert = golden('budgets-notification.txt');
const alarm: Readonly<Record<string, unknown>> = JSON.parse(golden('cloudwatch-alarm.json'));

describe('parseBudgetAlert', () => {
  it('takes an ACTUAL alert of a budget that the policy lists for an order', () => {
    const meaning = parseBudgetAlert(alert, context, sentAt);

    expect(meaning).toEqual({
      kind: 'stop',
      command: {
        target: { kind: 'account', account },
        include: 'queued',
        from: 'aws',
        reason: 'AWS budget "Test Budget" passed its alert threshold ($0.59)',
        rule: 'budget:Test Budget',
        ignoreExemptions: false,
        sentAt,
      },
    });
  });

  it('takes lines that end as on Windows', () => {
    const meaning = parseBudgetAlert(alert.replaceAll('\n', '\r\n'), context, sentAt);

    expect(meaning).toEqual(parseBudgetAlert(alert, context, sentAt));
  });

  it.each([
    {
      what: 'of another account',
      from: account,
      to: '999999999999',
      reason: 'of account "999999999999", not of this one',
    },
    { what: 'without an account', from: /^AWS Account.*$/m, to: '', reason: 'of account missing' },
    {
      what: 'of a budget that is not listed',
      from: 'Budget Name: Test Budget',
      to: 'Budget Name: Other',
      reason: 'of budget "Other"; manualStop.budgets in the policy does not list it',
    },
    {
      what: 'of a budget that is named otherwise',
      from: 'Budget Name: Test Budget',
      to: 'Budget Name: test budget',
      reason: 'does not list it',
    },
    { what: 'without a budget', from: /^Budget Name:.*$/m, to: '', reason: 'of budget missing' },
    {
      what: 'of two budgets',
      from: 'Budget Type: Cost',
      to: 'Budget Name: Test Budget',
      reason: 'of budget missing',
    },
    {
      what: 'that only forecasts',
      from: 'Alert Type: ACTUAL',
      to: 'Alert Type: FORECASTED',
      reason: 'of type "FORECASTED"; only ACTUAL may stop work',
    },
    { what: 'without a type', from: /^Alert Type:.*$/m, to: '', reason: 'of type missing' },
  ])('refuses an alert $what', ({ from, to, reason }) => {
    const meaning = parseBudgetAlert(alert.replace(from, to), context, sentAt);

    expect(meaning).toEqual({ kind: 'rejected', reason: expect.stringContaining(reason) });
  });

  it.each([
    [/^ACTUAL Amount:.*$/m, '', '(amount not given)'],
    ['ACTUAL Amount: $0.59', 'ACTUAL Amount: <a href="x">', '(.a href="x".)'],
    ['ACTUAL Amount: $0.59', `ACTUAL Amount: ${'9'.repeat(5_000)}`, '... (5000 characters))'],
  ])('says an amount only as far as it is harmless: %s', (from, to, amount) => {
    const meaning = parseBudgetAlert(alert.replace(from, to), context, sentAt);

    expect(meaning).toMatchObject({ kind: 'stop', command: { reason: expect.stringContaining(amount) } });
  });
});

describe('parseAlarm', () => {
  it('takes an alarm in ALARM that the policy lists for an order', () => {
    const meaning = parseAlarm(alarm, context, sentAt);

    expect(meaning).toEqual({
      kind: 'stop',
      command: {
        target: { kind: 'account', account },
        include: 'all',
        from: 'aws',
        reason: 'CloudWatch alarm "device-farm-burn" is in ALARM',
        rule: 'alarm:device-farm-burn',
        ignoreExemptions: false,
        sentAt,
      },
    });
  });

  it.each(['OK', 'INSUFFICIENT_DATA'])('ignores one in state %s, listed or not', (state) => {
    const meanings = ['device-farm-burn', 'other'].map(
      (name) => parseAlarm({ ...alarm, AlarmName: name, NewStateValue: state }, context, sentAt).kind,
    );

    expect(meanings).toEqual(['ignored', 'ignored']);
  });

  it.each([
    {
      what: 'of another account',
      with: { AWSAccountId: '999999999999' },
      reason: 'of account "999999999999"',
    },
    {
      what: 'whose account is a number',
      with: { AWSAccountId: 123456789012 },
      reason: 'of account 123456789012',
    },
    { what: 'without an account', with: { AWSAccountId: undefined }, reason: 'of account missing' },
    {
      what: 'that is not listed',
      with: { AlarmName: 'other' },
      reason: 'alarm "other"; manualStop.alarms in the policy does not list it',
    },
    {
      what: 'whose name is a list',
      with: { AlarmName: ['device-farm-burn'] },
      reason: 'alarm ["device-farm-burn"]',
    },
    {
      what: 'without a state',
      with: { NewStateValue: undefined },
      reason: 'in state missing; only ALARM may stop work',
    },
    { what: 'in a state nobody knows', with: { NewStateValue: 'alarm' }, reason: 'in state "alarm"' },
  ])('refuses one $what', ({ with: others, reason }) => {
    const meaning = parseAlarm({ ...alarm, ...others }, context, sentAt);

    expect(meaning).toEqual({ kind: 'rejected', reason: expect.stringContaining(reason) });
  });
});

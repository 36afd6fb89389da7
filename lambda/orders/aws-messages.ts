import type { StopScope } from '../model.ts';
import { plain, quote } from '../text.ts';
import type { Meaning, MessageContext } from './meaning.ts';

/**
 * Reads an AWS Budgets alert: English text with `Key: value` lines, no JSON. Only an ACTUAL alert of this account and of
 * a budget that the policy lists may stop anything
 * (https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html).
 */
export function readBudgetAlert(text: string, context: MessageContext, sentAt: number): Meaning | string {
  const accounts = valuesOf(text, 'AWS Account ');
  const names = valuesOf(text, 'Budget Name:');
  const types = valuesOf(text, 'Alert Type:');
  const twice = Object.entries({ 'AWS Account': accounts, 'Budget Name': names, 'Alert Type': types }).find(
    ([, values]) => values.length > 1,
  );
  if (twice) return `it has ${twice[1].length} lines "${twice[0]}"; nobody can say which one holds`;
  const [[account], [name], [type]] = [accounts, names, types];
  if (account !== context.accountId)
    return `it is a budget alert of account ${quote(account)}, not of this one`;
  const entry = context.policy.manualStop.budgets.find((budget) => budget.name === name);
  if (!entry)
    return `it is an alert of budget ${quote(name)}; manualStop.budgets in the policy does not list it`;
  if (type !== 'ACTUAL') return `it is an alert of type ${quote(type)}; only ACTUAL may stop work`;
  const [amount = 'amount not given'] = valuesOf(text, 'ACTUAL Amount:');
  return accepted(entry.stop, context, sentAt, {
    rule: `budget:${entry.name}`,
    reason: `AWS budget "${plain(entry.name)}" passed its alert threshold (${plain(amount)})`,
  });
}

/**
 * Reads a CloudWatch alarm's notification. Only one in ALARM, of this account, that the policy lists, by ARN where it names one,
 * may stop anything; any other state is no order
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html).
 */
export function readAlarm(
  body: Readonly<Record<string, unknown>>,
  context: MessageContext,
  sentAt: number,
): Meaning | string {
  const { AlarmName: name, AlarmArn: arn, AWSAccountId: account, NewStateValue: state } = body;
  if (account !== context.accountId) return `it is an alarm of account ${quote(account)}, not of this one`;
  if (state === 'OK' || state === 'INSUFFICIENT_DATA')
    return { kind: 'ignored', reason: `alarm ${quote(name)} is in state ${quote(state)}` };
  if (state !== 'ALARM')
    return `it is alarm ${quote(name)} in state ${quote(state)}; only ALARM may stop work`;
  const named = context.policy.manualStop.alarms.filter((alarm) => alarm.name === name);
  if (named.length === 0)
    return `it is alarm ${quote(name)}; manualStop.alarms in the policy does not list it`;
  const entry = named.find((alarm) => alarm.arn === undefined || alarm.arn === arn);
  if (!entry)
    return `it is alarm ${quote(name)} with the ARN ${quote(arn)}; manualStop.alarms in the policy lists another`;
  return accepted(entry.stop, context, sentAt, {
    rule: `alarm:${entry.name}`,
    reason: `CloudWatch alarm "${plain(entry.name)}" is in ALARM`,
  });
}

function accepted(
  stop: 'queued' | 'all',
  { accountId }: MessageContext,
  sentAt: number,
  cause: { readonly rule: string; readonly reason: string },
): Meaning {
  const scope: StopScope = stop === 'queued' ? 'queued' : 'any';
  const target = { kind: 'account', account: accountId } as const;
  return { kind: 'stop', order: { ...cause, target, scope, ignoreExemptions: false, sentAt } };
}

/** What follows a prefix in the lines that begin with it. */
function valuesOf(text: string, prefix: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length).trim());
}

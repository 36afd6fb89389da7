import { type MessageContext, plain, quote, rejected, type Understanding } from './command.ts';

/**
 * Reads an AWS Budgets alert: English text with `Key: value` lines, no JSON. Only an ACTUAL alert of this account and of
 * a budget that the policy lists may stop anything
 * (https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html).
 */
export function parseBudgetAlert(text: string, context: MessageContext, sentAt: number): Understanding {
  const account = /^AWS Account (\d{12})\s*$/m.exec(text)?.[1];
  if (account !== context.accountId)
    return rejected(`it is a budget alert of account ${quote(account)}, not of this one`);
  const name = line(text, 'Budget Name');
  const entry = context.policy.manualStop.budgets.find((budget) => budget.name === name);
  if (!entry)
    return rejected(
      `it is an alert of budget ${quote(name)}; manualStop.budgets in the policy does not list it`,
    );
  const type = line(text, 'Alert Type');
  if (type !== 'ACTUAL') return rejected(`it is an alert of type ${quote(type)}; only ACTUAL may stop work`);
  const reason = `AWS budget "${entry.name}" passed its alert threshold (${plain(line(text, 'ACTUAL Amount') ?? 'amount not given')})`;
  return accepted(entry.stop, `budget:${entry.name}`, reason, context, sentAt);
}

/**
 * Reads a CloudWatch alarm's notification. Only one in ALARM, of this account, that the policy lists may stop anything;
 * any other state is no order
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html).
 */
export function parseAlarm(
  body: Readonly<Record<string, unknown>>,
  context: MessageContext,
  sentAt: number,
): Understanding {
  const { AlarmName: name, AWSAccountId: account, NewStateValue: state } = body;
  if (account !== context.accountId)
    return rejected(`it is an alarm of account ${quote(account)}, not of this one`);
  if (state === 'OK' || state === 'INSUFFICIENT_DATA')
    return { kind: 'ignored', reason: `alarm ${quote(name)} is in state ${quote(state)}` };
  if (state !== 'ALARM')
    return rejected(`it is alarm ${quote(name)} in state ${quote(state)}; only ALARM may stop work`);
  const entry = context.policy.manualStop.alarms.find((alarm) => alarm.name === name);
  if (!entry) return rejected(`it is alarm ${quote(name)}; manualStop.alarms in the policy does not list it`);
  return accepted(
    entry.stop,
    `alarm:${entry.name}`,
    `CloudWatch alarm "${entry.name}" is in ALARM`,
    context,
    sentAt,
  );
}

function accepted(
  include: 'queued' | 'all',
  rule: string,
  reason: string,
  { accountId }: MessageContext,
  sentAt: number,
): Understanding {
  return {
    kind: 'stop',
    command: {
      target: { kind: 'account', account: accountId },
      include,
      from: 'aws',
      reason,
      rule,
      ignoreExemptions: false,
      sentAt,
    },
  };
}

/** The value of a key that stands there once: of two, nobody can say which one holds. */
function line(text: string, key: string): string | undefined {
  const prefix = `${key}:`;
  const [found, ...others] = text.split('\n').filter((one) => one.startsWith(prefix));
  return others.length === 0 ? found?.slice(prefix.length).trim() : undefined;
}

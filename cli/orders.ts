import { AwsCallError } from '../lambda/errors.ts';
import type { Action } from '../lambda/orders/meaning.ts';
import { understand } from '../lambda/orders/understand.ts';
import { LONGEST_CONTROL_DAYS } from '../lambda/store/audit-trail.ts';
import { iso, utcDay } from '../lambda/time.ts';
import { wireTopic } from '../lambda/wiring.ts';
import { AUDIT_TABLE } from './audit-table.ts';
import { type CommandSpec, type Option, type RunCommand, UsageError } from './command.ts';
import { pasteable, type Terminal } from './terminal.ts';

const TOPIC: Option = { value: 'arn', help: 'the manual-stop topic (output ManualStopTopicArn)' };
const REASON: Option = { value: 'text', help: 'why; the audit trail keeps it' };
const UNTIL: Option = { value: 'time', help: 'when it ends: YYYY-MM-DDThh:mm:ssZ' };
const CHECKED =
  'The message is checked first by the code of AutoStop: what every policy would refuse is not sent. What the policy of the stack refuses, AutoStop answers by mail and in the audit trail.';
const EXIT_CODES =
  'Exit codes: 0 the message was sent, 1 it was not. What became of it is in the audit trail.';

export const stopSpec: CommandSpec = {
  name: 'stop',
  summary: 'order AutoStop to stop a job, session, run, project or everything',
  usage:
    '<target> --topic <arn> [--reason <text>] [--include queued|all] [--confirm <account id>] [--ignore-exemptions]',
  about: [
    'Sends an order to the manual-stop topic. The target is an ARN of Device Farm, or the word account, which needs --confirm. AutoStop carries an order out in observe mode and during a pause too.',
    CHECKED,
    EXIT_CODES,
  ],
  operands: ['target'],
  options: {
    topic: TOPIC,
    reason: REASON,
    include: { value: 'queued|all', help: 'queued: only what has not started; default all' },
    confirm: { value: 'account id', help: 'the account id, for the target account' },
    'ignore-exemptions': { help: 'for a project or the account: stop exempt work too' },
  },
};

export const pauseSpec: CommandSpec = {
  name: 'pause',
  summary: 'hold all stops by rules and AWS messages for a while',
  usage: '--topic <arn> [--until <time>] [--reason <text>]',
  about: [
    'Sends an order to the manual-stop topic. While AutoStop is paused, it records what it would stop and holds it; orders of people act. The pause ends by itself: at --until, or after the maxPauseHours of the policy.',
    CHECKED,
    EXIT_CODES,
  ],
  operands: [],
  options: { topic: TOPIC, until: UNTIL, reason: REASON },
};

export const resumeSpec: CommandSpec = {
  name: 'resume',
  summary: 'end every pause',
  usage: '--topic <arn> [--reason <text>]',
  about: [
    'Sends an order to the manual-stop topic. Every pause ends, no matter who sent it. The next sweep stops what is still over.',
    CHECKED,
    EXIT_CODES,
  ],
  operands: [],
  options: { topic: TOPIC, reason: REASON },
};

export const exemptSpec: CommandSpec = {
  name: 'exempt',
  summary: 'protect a run, project or session for a while',
  usage: '<target> --topic <arn> --until <time> [--reason <text>]',
  about: [
    'Sends an order to the manual-stop topic. The target is the ARN of a run, project or session. The exemption lasts at most the maxExemptHours of the policy.',
    CHECKED,
    EXIT_CODES,
  ],
  operands: ['target'],
  options: { topic: TOPIC, until: UNTIL, reason: REASON },
};

export const unexemptSpec: CommandSpec = {
  name: 'unexempt',
  summary: 'end the exemptions of a run, project or session that were granted by message',
  usage: '<target> --topic <arn> [--reason <text>]',
  about: [
    'Sends an order to the manual-stop topic. The target is the ARN of a run, project or session. Exemptions by policy or tag stay, and so does that of the project of a run.',
    CHECKED,
    EXIT_CODES,
  ],
  operands: ['target'],
  options: { topic: TOPIC, reason: REASON },
};

export const stop = order('stop');
export const pause = order('pause');
export const resume = order('resume');
export const exempt = order('exempt');
export const unexempt = order('unexempt');

/** Reads the message as AutoStop will, sends it, and says where its answer is. */
function order(action: Action): RunCommand {
  return async ({ operands: [target], values, flags }, terminal) => {
    const { arn, region, account } = topicOf(values.get('topic'));
    // A key without a value is left out.
    const text = JSON.stringify({
      action,
      target,
      until: values.get('until'),
      reason: values.get('reason'),
      requestedBy: terminal.userName(),
      include: values.get('include'),
      confirm: values.get('confirm'),
      ignoreExemptions: flags.has('ignore-exemptions') || undefined,
    });
    refuseUnclear(text, account, terminal.now());
    const id = await send(text, arn, region);
    terminal.out(`sent message ${id}; AutoStop answers it by mail and in the audit trail\n`);
    terminal.out(whereToLook(target, terminal));
    return 0;
  };
}

/**
 * Takes the ARN of an SNS topic apart.
 * @throws UsageError
 */
function topicOf(text: string | undefined) {
  if (text === undefined) throw new UsageError('--topic is missing; write --topic <arn>');
  const [, region, account] = /^arn:aws:sns:([a-z0-9-]+):(\d{12}):[A-Za-z0-9_-]{1,256}$/.exec(text) ?? [];
  if (region !== undefined && account !== undefined) return { arn: text, region, account };
  throw new UsageError(
    `topic "${text}" is not the ARN of an SNS topic; take the output ManualStopTopicArn of the stack`,
  );
}

/** The policy of the stack is not known here: what every policy refuses is refused. */
const ANY_POLICY = {
  manualStop: {
    budgets: [],
    alarms: [],
    maxExemptHours: LONGEST_CONTROL_DAYS * 24,
    maxPauseHours: LONGEST_CONTROL_DAYS * 24,
  },
};

/** @throws UsageError with the reason for which AutoStop would reject the message */
function refuseUnclear(text: string, accountId: string, now: number): void {
  const message = { id: 'not sent yet', text, timestamp: iso(now) };
  const meaning = understand(message, { accountId, policy: ANY_POLICY, now });
  if (meaning.kind === 'stop' || meaning.kind === 'control') return;
  throw new UsageError(`nothing is sent, AutoStop would refuse it: ${meaning.reason}`);
}

async function send(text: string, topicArn: string, region: string): Promise<string> {
  const topic = wireTopic(topicArn, region);
  const deadline = { msLeft: () => Number.MAX_SAFE_INTEGER };
  try {
    return await topic.publish({ subject: 'Order for AutoStop', text }, deadline);
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    throw new AwsCallError(`topic ${topicArn} did not take the message`, error.error);
  }
}

/** The answer is under `guard`, what was stopped under its own ARN. */
function whereToLook(target: string | undefined, terminal: Terminal): string {
  const questions = [
    ...(target === 'account' ? [`audit --day ${utcDay(terminal.now())}`] : []),
    ...(target?.startsWith('arn:') ? [`audit --arn ${target}`] : []),
    'audit --arn guard',
  ];
  const lines = questions.map((question) => `  ${pasteable(question, terminal)}\n`);
  const table = terminal.env[AUDIT_TABLE] ? '' : `Set ${AUDIT_TABLE} to the output AuditTableName first.\n`;
  return `See what became of it:\n${lines.join('')}${table}`;
}

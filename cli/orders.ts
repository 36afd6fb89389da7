import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { AwsCallError, describeError, REQUEST_HANDLER } from '../lambda/errors.ts';
import type { Action } from '../lambda/orders/meaning.ts';
import { understand } from '../lambda/orders/understand.ts';
import { LONGEST_CONTROL_DAYS } from '../lambda/store/audit-trail.ts';
import { plain } from '../lambda/text.ts';
import { iso, MINUTE, utcDay } from '../lambda/time.ts';
import { wireReaders, wireTopic } from '../lambda/wiring.ts';
import { AUDIT_TABLE } from './audit-table.ts';
import {
  type Arguments,
  type CommandSpec,
  durationOf,
  type Option,
  type RunCommand,
  UsageError,
} from './command.ts';
import { tellOutcome } from './order-outcome.ts';
import { type DeployedStack, findStack, STACK, WHICH_STACK } from './stack.ts';
import { inOneLine } from './table.ts';
import { targetOf } from './target.ts';
import { pasteable, type Terminal } from './terminal.ts';
import { isMeant } from './wide-order.ts';

const TOPIC: Option = {
  value: 'arn',
  help: 'the manual-stop topic itself, for scripts: the command then sends, and waits for nothing',
};
const NO_WAIT: Option = { help: 'send, and do not wait for the outcome' };
const DRY_RUN: Option = { help: 'check the message and print it; send nothing' };
const FOR: Option = { value: 'duration', help: 'how long, such as 90m, 2h or 3d; instead of --until' };
/** How an order is sent. */
const SENDING = { stack: STACK, topic: TOPIC, 'no-wait': NO_WAIT, 'dry-run': DRY_RUN };
const YES: Option = { help: 'ask nothing when the order is about a whole project' };
const REASON: Option = { value: 'text', help: 'why; the audit trail keeps it' };
const UNTIL: Option = { value: 'time', help: 'when it ends: YYYY-MM-DDThh:mm:ssZ' };
const CHECKED =
  'The message is checked first by the code of AutoStop: what every policy would refuse is not sent. What the policy of the stack refuses, AutoStop answers by mail and in the audit trail.';
const WIDE =
  'Before an order about a whole project it says how much is in flight there, and asks. Without a terminal --yes must be given.';
const EXIT_CODES =
  'Exit codes: 0 AutoStop has done it, 1 it refused it or has not done it within a minute, or the answer to a question was not yes, 2 it must be typed otherwise. With --no-wait or --topic 0 means that the message was sent.';

const TARGETS =
  'A target is an ARN of Device Farm, the address of its page in the console, or a name: "project" or "project/run" of a run that is in flight.';

export const stopSpec: CommandSpec = {
  name: 'stop',
  summary: 'order AutoStop to stop a job, session, run, project or everything',
  usage:
    '<target> [--reason <text>] [--include queued|all] [--confirm <account id>] [--ignore-exemptions] [--yes] [--stack <name>] [--topic <arn>] [--no-wait] [--dry-run]',
  about: [
    `Sends an order to the manual-stop topic and waits for its outcome. ${TARGETS} The word account means everything and needs --confirm. AutoStop carries an order out in observe mode and during a pause too.`,
    `${WIDE} For the account --confirm is the answer.`,
    CHECKED,
    WHICH_STACK,
    EXIT_CODES,
  ],
  operands: ['target'],
  options: {
    reason: REASON,
    include: { value: 'queued|all', help: 'queued: only what has not started; default all' },
    confirm: { value: 'account id', help: 'the account id, for the target account' },
    'ignore-exemptions': { help: 'for a project or the account: stop exempt work too' },
    yes: YES,
    ...SENDING,
  },
};

export const pauseSpec: CommandSpec = {
  name: 'pause',
  summary: 'hold all stops by rules and AWS messages for a while',
  usage:
    '[--for <duration> | --until <time>] [--reason <text>] [--stack <name>] [--topic <arn>] [--no-wait] [--dry-run]',
  about: [
    'Sends an order to the manual-stop topic. While AutoStop is paused, it records what it would stop and holds it; orders of people act. The pause ends by itself: at its time, or after the maxPauseHours of the policy.',
    CHECKED,
    WHICH_STACK,
    EXIT_CODES,
  ],
  operands: [],
  options: { for: FOR, until: UNTIL, reason: REASON, ...SENDING },
};

export const resumeSpec: CommandSpec = {
  name: 'resume',
  summary: 'end every pause',
  usage: '[--reason <text>] [--stack <name>] [--topic <arn>] [--no-wait] [--dry-run]',
  about: [
    'Sends an order to the manual-stop topic. Every pause ends, no matter who sent it. The next sweep stops what is still over.',
    CHECKED,
    WHICH_STACK,
    EXIT_CODES,
  ],
  operands: [],
  options: { reason: REASON, ...SENDING },
};

export const exemptSpec: CommandSpec = {
  name: 'exempt',
  summary: 'protect a run, project or session for a while',
  usage:
    '<target> --for <duration> | --until <time> [--reason <text>] [--yes] [--stack <name>] [--topic <arn>] [--no-wait] [--dry-run]',
  about: [
    `Sends an order to the manual-stop topic. ${TARGETS} It is a run, project or session. The exemption lasts at most the maxExemptHours of the policy.`,
    WIDE,
    CHECKED,
    WHICH_STACK,
    EXIT_CODES,
  ],
  operands: ['target'],
  options: { for: FOR, until: UNTIL, reason: REASON, yes: YES, ...SENDING },
};

export const unexemptSpec: CommandSpec = {
  name: 'unexempt',
  summary: 'end the exemptions of a run, project or session that were granted by message',
  usage: '<target> [--reason <text>] [--yes] [--stack <name>] [--topic <arn>] [--no-wait] [--dry-run]',
  about: [
    `Sends an order to the manual-stop topic. ${TARGETS} It is a run, project or session. Exemptions by policy or tag stay, and so does that of the project of a run.`,
    WIDE,
    CHECKED,
    WHICH_STACK,
    EXIT_CODES,
  ],
  operands: ['target'],
  options: { reason: REASON, yes: YES, ...SENDING },
};

export const extendSpec: CommandSpec = {
  name: 'extend',
  summary: 'let a job, session or run go on for some minutes beyond the limit of its rules',
  usage:
    '<target> --for <duration> [--reason <text>] [--stack <name>] [--topic <arn>] [--no-wait] [--dry-run]',
  about: [
    `Sends an order to the manual-stop topic and waits for its outcome. ${TARGETS} The limit of job-duration rules is extended by at most the maxExtendMinutes of the policy, and as often as its maxExtensions say. Budgets and orders do not heed it.`,
    CHECKED,
    WHICH_STACK,
    EXIT_CODES,
  ],
  operands: ['target'],
  options: { for: FOR, reason: REASON, ...SENDING },
};

export const stop = order('stop');
export const extend = order('extend');
export const pause = order('pause');
export const resume = order('resume');
export const exempt = order('exempt');
export const unexempt = order('unexempt');

/** Reads the message as AutoStop will, sends it, and waits for what becomes of it. */
function order(action: Action): RunCommand {
  return async ({ operands: [typed], values, flags }, terminal) => {
    const stack = values.has('topic') ? undefined : await findStack(values, terminal);
    const { arn, region, account } = topicOf(
      values.get('topic') ?? stack?.output('ManualStopTopicArn') ?? '',
    );
    const { farm } = wireReaders({});
    const target = typed && (await targetOf(typed, { farm, account, now: terminal.now() }));
    // A key without a value is left out.
    const order = {
      action,
      target,
      until: action === 'extend' ? undefined : untilOf(values, terminal.now()),
      minutes: action === 'extend' ? durationOf('for', values.get('for')) / MINUTE : undefined,
      reason: values.get('reason'),
      include: values.get('include'),
      confirm: values.get('confirm'),
      ignoreExemptions: flags.has('ignore-exemptions') || undefined,
    };
    refuseUnclear(JSON.stringify(order), account, terminal.now());
    const isDryRun = flags.has('dry-run');
    const isAsked = !isDryRun && !flags.has('yes');
    if (isAsked && !(await isMeant({ action, target, stack }, terminal))) return 1;
    const text = JSON.stringify({ ...order, requestedBy: await callerIn({ account, region }, terminal) });
    if (isDryRun) {
      terminal.out(`${inOneLine(text)}\nNothing was sent. It would go to ${arn}.\n`);
      return 0;
    }
    const sentAt = terminal.now();
    const id = await send(text, arn, region);
    if (stack && !flags.has('no-wait')) return tellOutcome(stack, { action, id, sentAt }, terminal);
    terminal.out(`sent message ${id}; AutoStop answers it by mail and in the audit trail\n`);
    terminal.out(whereToLook(target, stack, terminal));
    return 0;
  };
}

/**
 * When it ends, by either option.
 * @throws UsageError
 */
function untilOf(values: Arguments['values'], now: number): string | undefined {
  const duration = values.get('for');
  const until = values.get('until');
  if (duration === undefined) return until;
  if (until !== undefined) throw new UsageError('both --for and --until are given; give one of them');
  return iso(now + durationOf('for', duration));
}

/**
 * Takes the ARN of an SNS topic apart.
 * @throws UsageError
 */
function topicOf(text: string) {
  const [, region, account] = /^arn:aws:sns:([a-z0-9-]+):(\d{12}):[A-Za-z0-9_-]{1,256}$/.exec(text) ?? [];
  if (region !== undefined && account !== undefined) return { arn: text, region, account };
  throw new UsageError(
    `topic "${text}" is not the ARN of an SNS topic; take the output ManualStopTopicArn of the stack`,
  );
}

/** Characters of a name in an order; the message takes no more than 500. */
const LONGEST_NAME = 400;

/**
 * Who the credentials say is asking: `user/ada` of this account, the whole ARN of another one. The order says so, and AutoStop decides
 * nothing by it, so that an order goes on without it.
 */
async function callerIn(
  { account, region }: { readonly account: string; readonly region: string },
  { err }: Pick<Terminal, 'err'>,
): Promise<string | undefined> {
  const client = new STSClient({ region, requestHandler: REQUEST_HANDLER, maxAttempts: 1 });
  try {
    const { Arn } = await client.send(new GetCallerIdentityCommand());
    return Arn && plain(Arn.replace(new RegExp(`^arn:aws:(?:iam|sts)::${account}:`), ''), LONGEST_NAME);
  } catch (error) {
    const { name, message } = describeError(error);
    err(`warning: the order does not say who asks: GetCallerIdentity: ${inOneLine(`${name}: ${message}`)}\n`);
    return undefined;
  } finally {
    client.destroy();
  }
}

/** The policy of the stack is not known here: what every policy refuses is refused. */
const ANY_POLICY = {
  manualStop: {
    budgets: [],
    alarms: [],
    maxExemptHours: LONGEST_CONTROL_DAYS * 24,
    maxPauseHours: LONGEST_CONTROL_DAYS * 24,
    maxExtendMinutes: 1_440,
    maxExtensions: 20,
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
function whereToLook(
  target: string | undefined,
  stack: DeployedStack | undefined,
  terminal: Terminal,
): string {
  const questions = [
    ...(target === 'account' ? [`audit --day ${utcDay(terminal.now())}`] : []),
    ...(target?.startsWith('arn:') ? [`audit --arn ${target}`] : []),
    'audit --arn guard',
  ];
  const lines = questions.map((question) => `  ${pasteable(question, terminal)}\n`);
  const table =
    terminal.env[AUDIT_TABLE] || stack ? '' : `Set ${AUDIT_TABLE} to the output AuditTableName first.\n`;
  return `See what became of it:\n${lines.join('')}${table}`;
}

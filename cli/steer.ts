import type { SteerAction } from '../lambda/core/messages/command.ts';
import { wireStopTopic } from '../lambda/wiring.ts';
import { AUDIT_TABLE } from './audit-table.ts';
import type { CommandSpec, Option, RunCommand } from './command.ts';
import { orderMessage } from './order-message.ts';
import { parseTopicArn } from './topic-arn.ts';
import { UsageError } from './usage-error.ts';

const TOPIC: Option = {
  value: 'arn',
  help: "the manual-stop topic (output ManualStopTopicArn of the guard's stack)",
};
const REASON: Option = { value: 'text', help: 'why; it stands in the audit trail' };
const UNTIL: Option = { value: 'time', help: 'when it ends, such as 2026-12-01T00:00:00Z' };
const CHECKED =
  'The message is checked first with the code of the guard: what every guard would refuse is not sent. What the policy of this one limits, it answers itself. Exit codes: 0 the message was sent, 1 it was not.';

export const pauseSpec = specOf('pause', {
  summary: 'let rules and messages of AWS stop nothing for a while',
  usage: '--topic <arn> [--until <time>] [--reason <text>]',
  effect:
    ' What would be stopped is held and recorded; orders of people act. The pause ends by itself: at --until, or after the maxPauseHours of the policy.',
  ends: true,
});

export const resumeSpec = specOf('resume', {
  summary: 'end every pause',
  usage: '--topic <arn> [--reason <text>]',
  effect: ' Every pause ends, whoever sent it; what still breaks a rule is stopped at the next sweep.',
});

export const exemptSpec = specOf('exempt', {
  summary: 'let a run or project not be stopped for a while',
  usage: '<target> --topic <arn> --until <time> [--reason <text>]',
  named: true,
  effect:
    ' The target is the ARN of a run or project. The exemption lasts at most the maxExemptHours of the policy.',
  ends: true,
});

export const unexemptSpec = specOf('unexempt', {
  summary: 'end the exemptions of a run or project that were granted by message',
  usage: '<target> --topic <arn> [--reason <text>]',
  named: true,
  effect:
    ' The target is the ARN of a run or project. Exemptions by policy or tag stay, and so does that of the project of a run.',
});

export const pause = steer('pause');
export const resume = steer('resume');
export const exempt = steer('exempt');
export const unexempt = steer('unexempt');

interface SteerHelp extends Pick<CommandSpec, 'summary' | 'usage'> {
  /** It is about a run or project. */
  readonly named?: boolean;
  /** What follows the sentence on the message. */
  readonly effect?: string;
  /** It takes `--until`. */
  readonly ends?: boolean;
}

/** What the commands have in common: a message, checked before it is sent. */
function specOf(
  name: SteerAction,
  { summary, usage, named = false, effect = '', ends = false }: SteerHelp,
): CommandSpec {
  return {
    name,
    summary,
    usage,
    about: [`Publishes a message to the manual-stop topic of the guard.${effect}`, CHECKED],
    operands: named ? ['target'] : [],
    options: { topic: TOPIC, ...(ends && { until: UNTIL }), reason: REASON },
  };
}

function steer(action: SteerAction): RunCommand {
  return async ({ operands: [target], values }, terminal) => {
    const given = values.get('topic');
    if (given === undefined) throw new UsageError('--topic is missing; write --topic <arn>');
    const topic = parseTopicArn(given);
    const order = {
      action,
      target,
      until: values.get('until'),
      reason: values.get('reason'),
      requestedBy: terminal.userName(),
    };
    const text = orderMessage(order, 'steer', topic.account, terminal.now());
    const id = await wireStopTopic(topic.arn, topic.region).send(text);
    const table = terminal.env[AUDIT_TABLE] ? '' : ' --table <audit table>';
    terminal.out(`sent message ${id}\nSee what holds now: npx autostop audit --arn guard${table}\n`);
    return 0;
  };
}

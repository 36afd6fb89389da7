import { wireStopTopic } from '../lambda/wiring.ts';
import { AUDIT_TABLE } from './audit-table.ts';
import type { CommandSpec, RunCommand } from './command.ts';
import { stopMessage } from './stop-order.ts';
import type { Terminal } from './terminal.ts';
import { parseTopicArn } from './topic-arn.ts';
import { UsageError } from './usage-error.ts';

export const stopSpec: CommandSpec = {
  name: 'stop',
  summary: 'ask the guard to stop a job, session, run, project or everything',
  usage:
    '<target> --topic <arn> [--reason <text>] [--include queued|all] [--confirm <account id>] [--ignore-exemptions]',
  about: [
    'Publishes a message to the manual-stop topic of the guard. The target is an ARN of Device Farm, or the word account, which needs --confirm.',
    'The message is checked first with the code of the guard: what it would refuse is not sent. The guard acts on it in observe mode too.',
    'Exit codes: 0 the message was sent, 1 it was not. Whether the work was stopped stands in the audit trail.',
  ],
  operands: ['target'],
  options: {
    topic: { value: 'arn', help: "the manual-stop topic (output ManualStopTopicArn of the guard's stack)" },
    reason: { value: 'text', help: 'why; it stands in the audit trail' },
    include: { value: 'queued|all', help: 'queued: only what has not started; default all' },
    confirm: { value: 'account id', help: 'the account id, for the target account' },
    'ignore-exemptions': { help: 'for a project or the account: stop exempt work too' },
  },
};

export const stop: RunCommand = async ({ operands: [target = ''], values, flags }, terminal) => {
  const given = values.get('topic');
  if (given === undefined) throw new UsageError('--topic is missing; write --topic <arn>');
  const topic = parseTopicArn(given);
  const order = {
    target,
    reason: values.get('reason'),
    requestedBy: terminal.userName(),
    include: values.get('include'),
    confirm: values.get('confirm'),
    ignoreExemptions: flags.has('ignore-exemptions') || undefined,
  };
  const text = stopMessage(order, topic.account, terminal.now());
  const id = await wireStopTopic(topic.arn, topic.region).send(text);
  terminal.out(`sent message ${id}\n${whereToLook(target, terminal)}`);
  return 0;
};

/** Records of an item stand under its ARN; what a run, a project or the account holds is found by day. */
function whereToLook(target: string, { env, now }: Terminal): string {
  const one = /:(job|session):/.test(target);
  const question = one ? `--arn ${target}` : `--day ${new Date(now()).toISOString().slice(0, 10)}`;
  const table = env[AUDIT_TABLE] ? '' : ' --table <audit table>';
  return `See what became of it: npx autostop audit ${question}${table}\n`;
}

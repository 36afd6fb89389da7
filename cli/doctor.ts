import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { AwsCallError, describeError } from '../lambda/errors.ts';
import type { Project } from '../lambda/model.ts';
import { formatMinutes } from '../lambda/money.ts';
import { ORDER } from '../lambda/orders/memory.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import type { CommandSpec, RunCommand } from './command.ts';
import { adviceFor } from './explain-failure.ts';
import { longTimeouts } from './long-timeouts.ts';
import { type Output, z } from './output.ts';
import { type DeployedStack, findStack, readersOf, STACK, WHICH_STACK } from './stack.ts';
import { readSweeps, sweptText } from './status.ts';
import { inOneLine, jsonText, wrapText } from './table.ts';
import { coloured } from './terminal.ts';

const finding = z.object({
  what: z.string().describe('What was looked at.'),
  state: z.enum(['ok', 'note', 'wrong']).describe('note: nothing is wrong, and something could be better.'),
  text: z.string(),
});

export const doctorSpec: CommandSpec = {
  name: 'doctor',
  summary: 'whether AutoStop is set up so that it can do its work, and what to change',
  usage: '[--stack <name>] [--policy <file>] [--json]',
  about: [
    'Looks at the stack and its tables, at the last sweeps, at who is told, at what Device Farm lets you read, at the policy here and at the default timeouts of projects. It only reads.',
    WHICH_STACK,
    'Exit codes: 0 all is well, 1 something is not.',
  ],
  operands: [],
  options: {
    stack: STACK,
    policy: { value: 'file', help: 'the policy to compare with; default policy.yaml' },
    json: { help: 'the findings as JSON' },
  },
  json: z.array(finding),
};

type Finding = Output<typeof finding>;

export const doctor: RunCommand = async ({ values, flags }, terminal) => {
  const file = values.get('policy') ?? 'policy.yaml';
  const stack = await findStack(values, terminal);
  const readers = readersOf(stack);
  const now = terminal.now();
  const findings = (
    await Promise.all([
      [ok('stack', stack.name)],
      check('sweeps', async () => sweepsOf(await readSweeps(readers.audit, now, () => {}), now)),
      check('orders', async () => {
        const waiting = [...(await readers.state.readAll(ORDER))].filter(([, { value }]) => !value.done);
        return waiting.length === 0
          ? ok('orders', 'all done')
          : note('orders', `${waiting.length} not done yet; see "autostop status"`);
      }),
      check('people', () => subscribers(stack)),
      check('settings', async () => {
        const settings = await readers.farm.accountSettings();
        if (settings.state === 'found')
          return ok('settings', 'the account settings of Device Farm can be read');
        throw new AwsCallError(
          'GetAccountSettings',
          settings.state === 'unreadable' ? settings.error : NOT_THERE,
        );
      }),
      checkAll('projects', async () => {
        const projects: Project[] = [];
        for await (const page of readers.farm.projects()) projects.push(...page);
        return [ok('projects', `${projects.length} can be listed`), ...timeouts(projects, file)];
      }),
    ])
  ).flat();
  const isWell = findings.every(({ state }) => state !== 'wrong');
  terminal.out(flags.has('json') ? jsonText(findings) : coloured(textOf(findings, terminal.width), terminal));
  return isWell ? 0 : 1;
};

const NOT_THERE = { name: 'NotFoundException', message: 'it does not exist', kind: 'notFound' } as const;

function ok(what: string, text: string): Finding {
  return { what, state: 'ok', text };
}

function note(what: string, text: string): Finding {
  return { what, state: 'note', text };
}

async function check(what: string, look: () => Promise<Finding>): Promise<readonly Finding[]> {
  return checkAll(what, async () => [await look()]);
}

/** What AWS refuses is a finding, with what helps. */
async function checkAll(what: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    const advice = adviceFor(error.error);
    return [{ what, state: 'wrong', text: `${error.message}${advice ? `. ${advice}` : ''}` }];
  }
}

function sweepsOf(last: Awaited<ReturnType<typeof readSweeps>>, now: number): Finding {
  const text = sweptText(last, now);
  if (!last.alive)
    return { what: 'sweeps', state: 'wrong', text: `${text}; see "NoSweep" in docs/runbook.md` };
  return last.partial ? note('sweeps', `${text}: ${(last.problems ?? []).join('; ')}`) : ok('sweeps', text);
}

/** Whether anybody is told. A subscription by mail counts when its owner has confirmed it. */
async function subscribers(stack: DeployedStack): Promise<Finding> {
  const TopicArn = stack.output('NotificationTopicArn');
  const client = new SNSClient({ region: TopicArn.split(':')[3] });
  try {
    const { Subscriptions = [] } = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    const pending = Subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn === 'PendingConfirmation');
    const confirmed = Subscriptions.length - pending.length;
    const waiting = pending.map(({ Endpoint = '' }) => Endpoint).join(', ');
    if (confirmed === 0)
      return {
        what: 'people',
        state: 'wrong',
        text: waiting
          ? `nobody is told: ${waiting} must confirm the subscription, by the link in its mail`
          : 'nobody is told: give notificationEmail, or subscribe somebody to the topic NotificationTopicArn',
      };
    return waiting
      ? note('people', `${confirmed} told; ${waiting} must confirm the subscription`)
      : ok('people', `${confirmed} told`);
  } catch (error) {
    throw new AwsCallError(
      'the subscriptions of the notification topic could not be listed',
      describeError(error),
    );
  } finally {
    client.destroy();
  }
}

/** Projects whose default timeout is above what the policy allows: lowering it costs nothing. */
function timeouts(projects: readonly Project[], file: string): readonly Finding[] {
  return longTimeouts(projects, policyFromFile(file)).map(({ project, timeoutMinutes, rules }) => {
    const least = Math.min(...rules.map(({ maxMinutes }) => maxMinutes));
    return note(
      'timeouts',
      `project "${project}" ends jobs after ${formatMinutes(timeoutMinutes)} by default, and ${file} wants them to end after ${formatMinutes(least)}: lower its default timeout, which holds even if AutoStop does not run`,
    );
  });
}

const MARKS = { ok: 'ok   ', note: 'note ', wrong: 'WRONG' } as const;

function textOf(findings: readonly Finding[], width: number): string {
  const column = Math.max(...findings.map(({ what }) => what.length));
  return findings
    .flatMap(({ what, state, text }) => {
      const [first = '', ...more] = wrapText(inOneLine(text), Math.max(40, width - column - 9));
      const indent = ' '.repeat(column + 9);
      return [`${MARKS[state]}  ${what.padEnd(column)}  ${first}`, ...more.map((line) => indent + line)];
    })
    .map((line) => `${line}\n`)
    .join('');
}

import {
  CloudFormationClient,
  paginateDescribeStacks,
  paginateListStackResources,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { AwsCallError, describeError, REQUEST_HANDLER } from '../lambda/errors.ts';
import { type Readers, wireReaders } from '../lambda/wiring.ts';
import { type Arguments, type Option, UsageError } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Environment variable that names the stack when no option does. */
export const STACK_NAME = 'AUTOSTOP_STACK';

/** The option of every command that talks to a deployed AutoStop. */
export const STACK: Option = {
  value: 'name',
  help: `the stack of AutoStop; default: the value of ${STACK_NAME}, else the only one of the region`,
};

/** Where the names of a stack come from, for the help of commands. */
export const WHICH_STACK = `The names of tables and topics are read from the outputs of the stack: --stack or ${STACK_NAME} names it, and nobody has to while there is one in the region of your AWS settings.`;

type OutputName = 'AuditTableName' | 'StateTableName' | 'ManualStopTopicArn' | 'NotificationTopicArn';

/** A deployed AutoStop, by the outputs of its stack. */
export interface DeployedStack {
  readonly name: string;
  output(name: OutputName): string;
}

/** What reads Device Farm and the two tables of the stack. */
export function readersOf(stack: DeployedStack): Readers {
  return wireReaders({
    auditTable: stack.output('AuditTableName'),
    stateTable: stack.output('StateTableName'),
  });
}

/**
 * The stack that was named, else the only one of the region that has an AutoStop.
 * @throws UsageError when there is none or more than one, AwsCallError when CloudFormation does not say
 */
export async function findStack(
  values: Arguments['values'],
  { env }: Pick<Terminal, 'env'>,
): Promise<DeployedStack> {
  const named = values.get('stack') ?? (env[STACK_NAME] || undefined);
  const client = new CloudFormationClient();
  try {
    const found = (await stacksOf(client)).filter(
      (stack) => outputOf(stack, 'ManualStopTopicArn') !== undefined,
    );
    const names = found.map(({ StackName = '' }) => StackName);
    const region = await client.config.region();
    const wanted = named === undefined ? found : found.filter(({ StackName }) => StackName === named);
    const [stack, ...more] = wanted;
    if (stack && more.length === 0) return deployed(stack);
    const known = names.length > 0 ? `there are ${names.join(', ')}` : 'there is no AutoStop';
    if (named !== undefined) throw new UsageError(`stack "${named}" has no AutoStop in ${region}: ${known}`);
    if (stack) throw new UsageError(`${known} in ${region}; give --stack <name> or set ${STACK_NAME}`);
    throw new UsageError(
      `${known} in ${region}; set AWS_REGION and AWS_PROFILE to where it is deployed, or name its parts by the options`,
    );
  } finally {
    client.destroy();
  }
}

/** Names that one call of DescribeAlarms takes. */
const ALARMS_AT_ONCE = 100;

/** The alarms of a stack that are in the state ALARM, or why that is not known: they are watched beside AutoStop, by CloudWatch. */
export async function alarmsOf({
  name,
}: Pick<DeployedStack, 'name'>): Promise<
  { readonly inAlarm: readonly string[] } | { readonly unknown: string }
> {
  const [stacks, watch] = [
    new CloudFormationClient({ requestHandler: REQUEST_HANDLER }),
    new CloudWatchClient({ requestHandler: REQUEST_HANDLER }),
  ];
  try {
    const names: string[] = [];
    for await (const page of paginateListStackResources({ client: stacks }, { StackName: name }))
      for (const { ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? [])
        if (ResourceType === 'AWS::CloudWatch::Alarm' && PhysicalResourceId) names.push(PhysicalResourceId);
    const inAlarm: string[] = [];
    for (let start = 0; start < names.length; start += ALARMS_AT_ONCE) {
      const AlarmNames = names.slice(start, start + ALARMS_AT_ONCE);
      const reply = await watch.send(
        new DescribeAlarmsCommand({ AlarmNames, StateValue: 'ALARM', MaxRecords: ALARMS_AT_ONCE }),
      );
      inAlarm.push(...(reply.MetricAlarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []));
    }
    return { inAlarm };
  } catch (error) {
    const { kind, name: what } = describeError(error);
    const denied = 'you may not call cloudformation:ListStackResources or cloudwatch:DescribeAlarms';
    return { unknown: kind === 'accessDenied' ? denied : what };
  } finally {
    stacks.destroy();
    watch.destroy();
  }
}

async function stacksOf(client: CloudFormationClient): Promise<readonly Stack[]> {
  const stacks: Stack[] = [];
  try {
    for await (const page of paginateDescribeStacks({ client }, {})) stacks.push(...(page.Stacks ?? []));
  } catch (error) {
    throw new AwsCallError('the stacks of the region could not be listed', describeError(error));
  }
  return stacks;
}

function deployed(stack: Stack): DeployedStack {
  const { StackName: name = '' } = stack;
  return {
    name,
    output: (wanted) => {
      const value = outputOf(stack, wanted);
      if (value === undefined)
        throw new UsageError(`stack "${name}" has no output ${wanted}; deploy it again`);
      return value;
    },
  };
}

/** A second AutoStop of one stack has its id in front of the names: it is named by its parts. */
function outputOf({ Outputs = [] }: Stack, name: OutputName): string | undefined {
  return Outputs.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
}

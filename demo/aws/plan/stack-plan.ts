import { type AsyncPlan, DEFAULT_ASYNC } from '../async-events.ts';
import type { StackArtifact } from '../cloud-assembly.ts';
import type { TablePlan } from '../local-dynamodb.ts';
import type { SubscriptionPlan, TopicPlan } from '../local-sns.ts';
import { TemplateError } from '../template-error.ts';
import { type FunctionResource, functionResource } from './function-resource.ts';
import type { Place } from './place.ts';
import type { Resource } from './resource.ts';
import { Resources } from './resources.ts';
import { type SchedulePlan, schedulePlan } from './schedule-plan.ts';

/** Everything of a template that means something on one machine. */
export interface StackPlan {
  readonly place: Place;
  readonly tables: readonly TablePlan[];
  readonly functions: readonly FunctionResource[];
  readonly topics: readonly TopicPlan[];
  readonly subscriptions: readonly SubscriptionPlan[];
  readonly queues: readonly string[];
  readonly schedules: readonly SchedulePlan[];
  /** How a function takes events that nobody waits for, by the function's name. */
  readonly async: ReadonlyMap<string, AsyncPlan>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** @throws TemplateError for anything that the local stack would not do as AWS does. */
export function planStack(artifact: StackArtifact, place: Place): StackPlan {
  const resources = new Resources(artifact.template, place);
  const functions = resources.of('AWS::Lambda::Function').map((found) => functionResource(found, artifact));
  const subscriptions = resources.of('AWS::SNS::Subscription').map(subscriptionPlan);
  const schedules = resources.of('AWS::Scheduler::Schedule').filter(isEnabled).map(schedulePlan);
  const queues = resources.of('AWS::SQS::Queue').map(({ attributes }) => attributes.Arn ?? '');
  const configs = resources.of('AWS::Lambda::EventInvokeConfig');
  const arns = functions.map(({ arn }) => arn);
  for (const { name, functionArn } of schedules) demand(arns, functionArn, `the target of schedule ${name}`);
  checkDelivery(subscriptions, arns, resources.of('AWS::Lambda::Permission'));
  return {
    place,
    tables: resources.of('AWS::DynamoDB::Table').map(tablePlan),
    functions,
    topics: resources.of('AWS::SNS::Topic').map(topicPlan),
    subscriptions,
    queues,
    schedules,
    async: new Map(
      configs.map((config) => [config.properties.text('FunctionName'), asyncPlan(config, queues)]),
    ),
    outputs: resources.outputs(),
  };
}

/** What CreateTable takes; backups, encryption and expiry have no meaning in memory. */
function tablePlan({ logicalId, name, attributes, properties }: Resource): TablePlan {
  properties.refuse(
    'StreamSpecification',
    'KinesisStreamSpecification',
    'ImportSourceSpecification',
    'TableName',
  );
  const { AttributeDefinitions, KeySchema, BillingMode, ProvisionedThroughput, ...rest } = properties.values;
  const { GlobalSecondaryIndexes, LocalSecondaryIndexes } = rest;
  const input = { AttributeDefinitions, KeySchema, BillingMode, ProvisionedThroughput };
  return {
    logicalId,
    name,
    arn: attributes.Arn ?? '',
    input: { ...input, GlobalSecondaryIndexes, LocalSecondaryIndexes },
  };
}

function topicPlan({ logicalId, name, ref, properties }: Resource): TopicPlan {
  properties.refuse('Subscription', 'FifoTopic', 'TopicName');
  return { logicalId, name, arn: ref };
}

function subscriptionPlan({ ref, properties }: Resource): SubscriptionPlan {
  properties.refuse('FilterPolicy', 'RawMessageDelivery', 'DeliveryPolicy');
  return {
    arn: ref,
    topicArn: properties.text('TopicArn'),
    protocol: properties.text('Protocol'),
    endpoint: properties.text('Endpoint'),
  };
}

function asyncPlan({ properties }: Resource, queues: readonly string[]): AsyncPlan {
  const onFailure = properties.below('DestinationConfig').below('OnFailure').optionalText('Destination');
  if (onFailure !== undefined) demand(queues, onFailure, `${properties.path}.DestinationConfig.OnFailure`);
  return {
    retries: properties.number('MaximumRetryAttempts', DEFAULT_ASYNC.retries),
    maxAgeSeconds: properties.number('MaximumEventAgeInSeconds', DEFAULT_ASYNC.maxAgeSeconds),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
}

/** SNS delivers only to functions that let it, so a subscription without its permission would be silent in AWS. */
function checkDelivery(
  subscriptions: readonly SubscriptionPlan[],
  functions: readonly string[],
  permissions: readonly Resource[],
): void {
  for (const { arn, topicArn, protocol, endpoint } of subscriptions) {
    if (protocol !== 'lambda') continue;
    demand(functions, endpoint, `the endpoint of subscription ${arn}`);
    const allowed = permissions.some(
      ({ properties: { values } }) =>
        values.Principal === 'sns.amazonaws.com' &&
        values.Action === 'lambda:InvokeFunction' &&
        values.FunctionName === endpoint &&
        (values.SourceArn === undefined || values.SourceArn === topicArn),
    );
    if (!allowed)
      throw new TemplateError(`no AWS::Lambda::Permission lets ${topicArn} invoke ${endpoint}; add one`);
  }
}

function demand(known: readonly string[], arn: string, what: string): void {
  if (known.includes(arn)) return;
  throw new TemplateError(
    `${what} is ${arn}, which is not in this template; it has ${known.join(', ') || 'none'}`,
  );
}

function isEnabled({ properties }: Resource): boolean {
  return properties.optionalText('State') !== 'DISABLED';
}

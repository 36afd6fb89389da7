import { TemplateError } from '../template-error.ts';
import { arnOf, type Place } from './place.ts';

/** What a resource is called: by `Ref`, and by `Fn::GetAtt`. */
export interface Identity {
  readonly name: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Naming = (place: Place, name: string) => Omit<Identity, 'name'>;

const byName: Naming = (_, name) => ({ ref: name, attributes: {} });

/** A role has a name and an ARN, which others pass on; nobody assumes it here. */
const role: Naming = ({ account }, name) => ({
  ref: name,
  attributes: { Arn: `arn:aws:iam::${account}:role/${name}`, RoleId: name },
});

const withArn =
  (service: string, prefix: string): Naming =>
  (place, name) => ({ ref: name, attributes: { Arn: arnOf(place, service, prefix + name) } });

const topic: Naming = (place, name) => {
  const arn = arnOf(place, 'sns', name);
  return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
};

const subscription: Naming = (place, name) => {
  const arn = arnOf(place, 'sns', name);
  return { ref: arn, attributes: { Arn: arn } };
};

const queue: Naming = (place, name) => {
  const url = `https://sqs.${place.region}.amazonaws.com/${place.account}/${name}`;
  return {
    ref: url,
    attributes: { Arn: arnOf(place, 'sqs', name), QueueName: name, QueueUrl: url },
  };
};

/** Every resource type that the local stack takes; the second half has no meaning on one machine and is only named. */
const TYPES: Readonly<Record<string, Naming>> = {
  'AWS::DynamoDB::Table': withArn('dynamodb', 'table/'),
  'AWS::Lambda::Function': withArn('lambda', 'function:'),
  'AWS::Lambda::EventInvokeConfig': byName,
  'AWS::Lambda::Permission': byName,
  'AWS::SNS::Topic': topic,
  'AWS::SNS::Subscription': subscription,
  'AWS::SQS::Queue': queue,
  'AWS::Scheduler::Schedule': withArn('scheduler', 'schedule/default/'),

  'AWS::CDK::Metadata': byName,
  'AWS::CloudWatch::Alarm': withArn('cloudwatch', 'alarm:'),
  'AWS::CloudWatch::CompositeAlarm': withArn('cloudwatch', 'alarm:'),
  'AWS::IAM::ManagedPolicy': byName,
  'AWS::IAM::Policy': byName,
  'AWS::IAM::Role': role,
  'AWS::KMS::Alias': byName,
  'AWS::KMS::Key': withArn('kms', 'key/'),
  'AWS::Logs::LogGroup': withArn('logs', 'log-group:'),
  'AWS::SNS::TopicPolicy': byName,
  'AWS::SQS::QueuePolicy': byName,
};

/**
 * Names a resource as CloudFormation would: by its stack and logical id.
 * @throws TemplateError for a type that is not known here
 */
export function identify(place: Place, type: string, logicalId: string): Identity {
  const naming = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (!naming) {
    throw new TemplateError(
      `resource ${logicalId} is of type ${type}, which the local stack cannot make; ` +
        `it knows ${Object.keys(TYPES).join(', ')}`,
    );
  }
  // Function names have at most 64 characters; the end of a logical id is its hash.
  const name = `${place.stackName.slice(0, 24)}-${logicalId.slice(-39)}`;
  return { name, ...naming(place, name) };
}

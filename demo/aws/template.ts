import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../lambda/text.ts';
import type { QueuePlan } from './local-queue.ts';

type Json = Readonly<Record<string, unknown>>;

/** The template says something that the local AWS does not do. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly code = 'TEMPLATE';
}

/** A function of the template. */
export interface FunctionPlan {
  readonly name: string;
  readonly arn: string;
  readonly role: string;
  /** Directory of the asset: the bundle and its policy. */
  readonly directory: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** A table of the template; `input` is what CreateTable takes. */
export interface TablePlan {
  readonly name: string;
  readonly input: Json;
}

/** What the synthesised stack asks for, as far as it means something on one machine. */
export interface StackPlan {
  readonly region: string;
  readonly account: string;
  readonly tables: readonly TablePlan[];
  readonly functions: readonly FunctionPlan[];
  readonly topics: readonly string[];
  readonly queue: QueuePlan & { readonly topicArn: string; readonly functionArn: string };
  readonly sweepEveryMs: number;
  /** Value of an output by its name. */
  output(name: string): string;
  readonly outputNames: readonly string[];
  /** The policy statements of a function's role. */
  statements(functionName: string): readonly Json[];
}

const REGION = 'us-west-2';
const ACCOUNT = '123456789012';
const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Service and prefix of the name in ARNs, by resource type. Nothing else is named by the stack. */
const ARNS: Readonly<Record<string, readonly [service: string, prefix: string]>> = {
  'AWS::DynamoDB::Table': ['dynamodb', 'table/'],
  'AWS::Lambda::Function': ['lambda', 'function:'],
  'AWS::SNS::Topic': ['sns', ''],
  'AWS::SQS::Queue': ['sqs', ''],
  'AWS::Scheduler::Schedule': ['scheduler', 'schedule/default/'],
  'AWS::Logs::LogGroup': ['logs', 'log-group:'],
  'AWS::IAM::Role': ['iam', 'role/'],
};

/**
 * Reads the stack from a cloud assembly. It knows this stack and no other.
 * @throws TemplateError for what the local AWS would not do as AWS does
 */
export function readStack(directory: string, stackName: string): StackPlan {
  const body: unknown = JSON.parse(readFileSync(join(directory, `${stackName}.template.json`), 'utf8'));
  const template = new Template(isRecord(body) ? body : {}, stackName);
  const policies = template.of('AWS::IAM::Policy');
  const functions = template.of('AWS::Lambda::Function').map((one) => functionPlan(one, directory));
  return {
    region: REGION,
    account: ACCOUNT,
    tables: template.of('AWS::DynamoDB::Table').map(tablePlan),
    functions,
    topics: template.of('AWS::SNS::Topic').map(({ arn }) => arn),
    queue: queuePlan(template),
    sweepEveryMs: rate(template.one('AWS::Scheduler::Schedule')),
    output: (name) => template.output(name),
    outputNames: template.outputNames,
    statements: (functionName) => {
      const role = functions
        .find(({ name }) => name === functionName)
        ?.role.split('/')
        .at(-1);
      const own = policies.filter(
        ({ properties: { Roles } }) => Array.isArray(Roles) && Roles.includes(role),
      );
      return own.flatMap(({ properties: { PolicyDocument } }) =>
        recordsOf(below(PolicyDocument, 'Statement')),
      );
    },
  };
}

interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly name: string;
  readonly arn: string;
  /** Resolved. */
  readonly properties: Json;
}

/** A template whose resources are named as CloudFormation would: by stack and logical id. */
class Template {
  readonly #resources: Json;
  readonly #outputs: Json;
  readonly #stackName: string;

  constructor(body: Json, stackName: string) {
    this.#resources = isRecord(body.Resources) ? body.Resources : {};
    this.#outputs = isRecord(body.Outputs) ? body.Outputs : {};
    this.#stackName = stackName;
  }

  of(type: string): readonly Resource[] {
    return Object.entries(this.#resources).flatMap(([logicalId, one]) => {
      if (below(one, 'Type') !== type) return [];
      const properties = this.#resolve(below(one, 'Properties') ?? {});
      return [{ ...this.#named(logicalId), properties: isRecord(properties) ? properties : {} }];
    });
  }

  one(type: string): Resource {
    const [found, ...others] = this.of(type);
    if (found && others.length === 0) return found;
    throw new TemplateError(
      `the template has ${others.length + (found ? 1 : 0)} of ${type}; it must have one`,
    );
  }

  get outputNames(): readonly string[] {
    return Object.keys(this.#outputs);
  }

  output(name: string): string {
    const value = this.#resolve(below(this.#outputs[name], 'Value'));
    if (typeof value === 'string') return value;
    throw new TemplateError(
      `the template has no output ${name}; it has ${Object.keys(this.#outputs).join(', ')}`,
    );
  }

  /** Puts values in the place of Ref, Fn::GetAtt and Fn::Join. */
  #resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#resolve(item));
    if (!isRecord(value)) return value;
    const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': joined } = value;
    if (typeof ref === 'string') return this.#ref(ref);
    if (Array.isArray(attribute)) return this.#attribute(String(attribute[0]), String(attribute[1]));
    if (Array.isArray(joined) && Array.isArray(joined[1])) {
      return joined[1].map((part) => this.#resolve(part)).join(String(joined[0]));
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#resolve(inner)]));
  }

  #ref(id: string): string {
    const pseudo: Readonly<Record<string, string>> = {
      'AWS::AccountId': ACCOUNT,
      'AWS::Region': REGION,
      'AWS::Partition': 'aws',
      'AWS::StackName': this.#stackName,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    const known = pseudo[id];
    if (known !== undefined) return known;
    const { type, name, arn } = this.#named(id);
    if (type === 'AWS::SQS::Queue') return `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
    return type === 'AWS::SNS::Topic' ? arn : name;
  }

  #attribute(id: string, attribute: string): string {
    const { name, arn } = this.#named(id);
    if (attribute === 'Arn' || attribute === 'TopicArn') return arn;
    if (attribute === 'TopicName' || attribute === 'QueueName') return name;
    throw new TemplateError(
      `Fn::GetAtt of ${id}.${attribute} is not known to the local AWS; add it to template.ts`,
    );
  }

  #named(logicalId: string): Omit<Resource, 'properties'> {
    const type = below(this.#resources[logicalId], 'Type');
    if (typeof type !== 'string') throw new TemplateError(`${logicalId} names nothing in the template`);
    // Function names have at most 64 characters; the end of a logical id is its hash.
    const name = `${this.#stackName.slice(0, 24)}-${logicalId.slice(-39)}`;
    const [service, prefix] = ARNS[type] ?? [type, ''];
    const region = service === 'iam' ? '' : REGION;
    return { logicalId, type, name, arn: `arn:aws:${service}:${region}:${ACCOUNT}:${prefix}${name}` };
  }
}

function functionPlan({ name, arn, properties }: Resource, assembly: string): FunctionPlan {
  const key = String(below(properties.Code, 'S3Key'));
  const directory = join(assembly, `asset.${key.replace(/\.zip$/, '')}`);
  if (properties.Handler !== 'index.handler' || !existsSync(join(directory, 'index.mjs'))) {
    throw new TemplateError(
      `${name} has no index.mjs with a handler in ${directory}; run "npm run build" first`,
    );
  }
  const variables = below(properties.Environment, 'Variables');
  return {
    name,
    arn,
    role: String(properties.Role),
    directory,
    timeoutSeconds: Number(properties.Timeout),
    memoryMb: Number(properties.MemorySize),
    variables: isRecord(variables)
      ? Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)]))
      : {},
  };
}

/** Backups, encryption, expiry and protection have no meaning in memory. */
function tablePlan({ name, properties }: Resource): TablePlan {
  const { AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes } = properties;
  return { name, input: { AttributeDefinitions, KeySchema, BillingMode, GlobalSecondaryIndexes } };
}

/** The queue between the manual-stop topic and its function. */
function queuePlan(template: Template): StackPlan['queue'] {
  const { EventSourceArn, FunctionName, BatchSize, FunctionResponseTypes } = template.one(
    'AWS::Lambda::EventSourceMapping',
  ).properties;
  const queue = template.of('AWS::SQS::Queue').find(({ arn }) => arn === EventSourceArn);
  const subscription = template
    .of('AWS::SNS::Subscription')
    .find(({ properties: { Endpoint } }) => Endpoint === queue?.arn);
  const target = template
    .of('AWS::Lambda::Function')
    .find(({ name, arn }) => name === FunctionName || arn === FunctionName);
  const reportsFailures =
    Array.isArray(FunctionResponseTypes) && FunctionResponseTypes.includes('ReportBatchItemFailures');
  if (!queue || !subscription || !target || BatchSize !== 1 || !reportsFailures) {
    throw new TemplateError(
      'no queue feeds one message at a time from a topic into a function that reports failures',
    );
  }
  const { VisibilityTimeout, RedrivePolicy } = queue.properties;
  return {
    arn: queue.arn,
    topicArn: String(subscription.properties.TopicArn),
    functionArn: target.arn,
    visibilityMs: Number(VisibilityTimeout) * 1000,
    maxReceiveCount: Number(below(RedrivePolicy, 'maxReceiveCount')),
  };
}

/** Milliseconds of `rate(value unit)` (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html). */
function rate({ properties: { ScheduleExpression } }: Resource): number {
  const [, value, unit = ''] =
    /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/.exec(String(ScheduleExpression)) ?? [];
  const ms = Number(value) * (UNITS[unit] ?? Number.NaN);
  if (Number.isSafeInteger(ms)) return ms;
  throw new TemplateError(
    `the schedule is ${ScheduleExpression}; the local AWS knows rate(value minutes|hours|days)`,
  );
}

function below(value: unknown, member: string): unknown {
  return isRecord(value) ? value[member] : undefined;
}

function recordsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

import { randomUUID } from 'node:crypto';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { Reply } from '../../emulator/protocol.ts';
import type { Listener } from '../../emulator/server.ts';
import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import { isRecord } from '../../lambda/text.ts';
import { LambdaFunction, type LocalInvocation } from './lambda-function.ts';
import { LocalDynamoDb } from './local-dynamodb.ts';
import { LocalQueue, type QueueMessage } from './local-queue.ts';
import { envelope, LocalTopics } from './local-topics.ts';
import { accessKeyOf, type Call, serveAws } from './server.ts';
import { type FunctionPlan, readStack, type StackPlan } from './template.ts';

export interface LocalAwsOptions {
  /** Cloud assembly: the output directory of `cdk synth`. */
  readonly directory: string;
  readonly stackName: string;
  readonly clock: VirtualClock;
  /** On the same clock. */
  readonly emulator: DeviceFarmEmulator;
}

/**
 * The stack on this machine: its tables, topics, queue and schedule in this process, its bundles in processes of their own, and
 * an emulator as Device Farm. IAM is not enforced, and items do not expire.
 */
export class LocalAws {
  readonly plan: StackPlan;
  readonly clock: VirtualClock;
  readonly emulator: DeviceFarmEmulator;
  /** Every invocation that has ended, in the order of their ends. */
  readonly invocations: LocalInvocation[] = [];
  /** Every request of functions and of others, in the order of arrival. */
  readonly calls: Call[] = [];
  /** Runs before each request is answered; what it throws breaks the connection. */
  onCall: (call: Call) => void | Promise<void> = () => {};
  /** Runs when a service has acted, before its reply is sent. */
  onAnswer: (call: Call) => void | Promise<void> = () => {};
  readonly topics: LocalTopics;
  readonly queue: LocalQueue;
  /** When the schedule is due next, epoch milliseconds. */
  nextSweepAt: number;
  readonly #dynamoDb = new LocalDynamoDb();
  readonly #functions = new Map<string, LambdaFunction>();
  #listener: Listener | undefined;
  #closing: Promise<void> | undefined;

  readonly #stackName: string;

  private constructor({ directory, stackName, clock, emulator }: LocalAwsOptions) {
    this.#stackName = stackName;
    const plan = readStack(directory, stackName);
    this.plan = plan;
    this.clock = clock;
    this.emulator = emulator;
    this.nextSweepAt = clock.now() + plan.sweepEveryMs;
    this.queue = new LocalQueue(plan.queue, clock, (message) => this.#receive(message));
    this.topics = new LocalTopics(plan.topics, clock.now, (message) => {
      if (message.topicArn === plan.queue.topicArn) this.queue.send(envelope(message));
    });
  }

  /** @throws TemplateError for what the local AWS would not do as AWS does */
  static async start(options: LocalAwsOptions): Promise<LocalAws> {
    const aws = new LocalAws(options);
    try {
      await aws.#start();
      return aws;
    } catch (error) {
      await aws.close();
      throw error;
    }
  }

  /** Where all services listen. */
  get url(): string {
    return this.#listener?.url ?? '';
  }

  /** Settings with which any client on this machine reaches the local AWS. */
  get client() {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    return { region: this.plan.region, endpoint: this.url, credentials };
  }

  /** Invokes a function by the name of the output that names it. */
  async invoke(output: 'SweepFunctionName' | 'ManualStopFunctionName', event: unknown = {}) {
    const invocation = await this.#function(output).invoke(event);
    this.invocations.push(invocation);
    return invocation;
  }

  /** Lets time pass to the next due time of the schedule and resolves when that sweep has ended. */
  async nextSweep(): Promise<LocalInvocation> {
    const at = this.nextSweepAt;
    this.nextSweepAt += this.plan.sweepEveryMs;
    await this.clock.sleepUntil(at);
    return this.invoke('SweepFunctionName', { source: 'aws.scheduler', time: new Date(at).toISOString() });
  }

  /** Resolves when the queue has no message at work. */
  settle(): Promise<void> {
    return this.queue.settle();
  }

  /** Ends every container of a function with SIGKILL, in the middle of its work. */
  killContainers(output: 'SweepFunctionName' | 'ManualStopFunctionName'): Promise<void> {
    return this.#function(output).killContainers();
  }

  /** Leaves no process, port or timer; a second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #start(): Promise<void> {
    const { plan, clock, emulator } = this;
    for (const table of plan.tables) await this.#dynamoDb.createTable(table);
    this.#listener = await serveAws({
      services: {
        deviceFarm: (request) => emulator.handle(request),
        dynamoDb: (request) => this.#dynamoDb.answer(request),
        sns: (query) => this.topics.answer(query),
        sqs: (input) => this.queue.answer(input),
        cloudFormation: async () => describeStacks(this.#stackName, plan),
        sts: async (accessKeyId) => callerIdentity(plan.account, accessKeyId),
      },
      now: clock.now,
      functionNames: plan.functions.map(({ name }) => name),
      tablePrefix: `arn:aws:dynamodb:${plan.region}:${plan.account}:table/`,
      onCall: (call) => {
        this.calls.push(call);
        return this.onCall(call);
      },
      onAnswer: (call) => this.onAnswer(call),
    });
    for (const one of plan.functions) {
      this.#functions.set(one.name, new LambdaFunction(one, clock, this.#environment(one)));
    }
  }

  async #close(): Promise<void> {
    this.queue.close();
    await Promise.all([...this.#functions.values()].map((one) => one.close()));
    await this.queue.settle();
    await this.#listener?.close();
  }

  /** Hands a message to the orders function as Lambda's event source mapping does; whether it is done. */
  async #receive({ messageId, body, sentAt, receiveCount }: QueueMessage): Promise<boolean> {
    const record = {
      messageId,
      receiptHandle: randomUUID(),
      body,
      attributes: {
        ApproximateReceiveCount: String(receiveCount),
        SentTimestamp: String(sentAt),
        ApproximateFirstReceiveTimestamp: String(sentAt),
        SenderId: 'local',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: this.plan.queue.arn,
      awsRegion: this.plan.region,
    };
    const { result, error } = await this.invoke('ManualStopFunctionName', { Records: [record] });
    const failures = isRecord(result) ? result.batchItemFailures : undefined;
    return error === undefined && !(Array.isArray(failures) && failures.length > 0);
  }

  #function(output: string): LambdaFunction {
    const name = this.plan.output(output);
    const found = this.#functions.get(name);
    if (!found)
      throw new RangeError(`there is no function ${name}; the local AWS is closed or has not started`);
    return found;
  }

  /**
   * The whole environment of a function: its own variables, what Lambda adds
   * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html), and where the services listen.
   */
  #environment({ name, variables, memoryMb, directory }: FunctionPlan): Readonly<Record<string, string>> {
    // The SDK calls SQS at the address of the queue, whatever the endpoint is.
    const local = Object.entries(variables).map(([key, value]) => [
      key,
      value.replace(`https://sqs.${this.plan.region}.amazonaws.com`, this.url),
    ]);
    return {
      ...Object.fromEntries(local),
      AWS_ENDPOINT_URL: this.url,
      AWS_REGION: this.plan.region,
      AWS_DEFAULT_REGION: this.plan.region,
      AWS_ACCESS_KEY_ID: accessKeyOf(name),
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SESSION_TOKEN: 'local',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      // Lambda runs a newer Node than this machine may have.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      LAMBDA_TASK_ROOT: directory,
      TZ: ':UTC',
      // A home without AWS profiles, as in Lambda: the developer's own must not reach the function.
      HOME: '/home/sbx_user1051',
    };
  }
}

/** What CloudFormation says of the one stack: its outputs. */
function describeStacks(name: string, plan: StackPlan): Reply {
  const outputs = plan.outputNames.map(
    (key) => `<member><OutputKey>${key}</OutputKey><OutputValue>${plan.output(key)}</OutputValue></member>`,
  );
  const stack = `<member><StackName>${name}</StackName><Outputs>${outputs.join('')}</Outputs></member>`;
  const result = `<DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult>`;
  const body = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">${result}</DescribeStacksResponse>`;
  return { kind: 'http', status: 200, headers: { 'content-type': 'text/xml' }, body };
}

/** Whoever signs is a user of that name. */
function callerIdentity(account: string, name: string): Reply {
  const result = `<GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/${name}</Arn></GetCallerIdentityResult>`;
  const body = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</GetCallerIdentityResponse>`;
  return { kind: 'http', status: 200, headers: { 'content-type': 'text/xml' }, body };
}

import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import { AsyncEvents, DEFAULT_ASYNC, type DeadLetter } from './async-events.ts';
import type { Call } from './call-log.ts';
import { endpointVariables, functionEnvironment } from './function-environment.ts';
import { type Invocation, LambdaFunction } from './lambda-function.ts';
import { LocalDynamoDb } from './local-dynamodb.ts';
import { LocalSns, type SnsMessage, type SubscriptionPlan } from './local-sns.ts';
import type { StackPlan } from './plan/stack-plan.ts';
import { Scheduler } from './scheduler.ts';
import { snsEvent } from './sns-event.ts';
import { type DeviceFarmService, StandIns } from './stand-ins.ts';

/** A stack that runs on this machine. */
export class Deployment {
  readonly plan: StackPlan;
  /** Every invocation that has ended, in the order of their ends. */
  readonly invocations: Invocation[] = [];
  /** Dead letters of all queues. */
  readonly deadLetters: DeadLetter[] = [];
  readonly #clock: VirtualClock;
  readonly #sns: LocalSns;
  readonly #functions = new Map<string, LambdaFunction>();
  readonly #events = new Map<string, AsyncEvents>();
  readonly #scheduler: Scheduler;
  readonly #dynamoDb = new LocalDynamoDb();
  #standIns: StandIns | undefined;
  #closing: Promise<void> | undefined;

  constructor(plan: StackPlan, clock: VirtualClock) {
    this.plan = plan;
    this.#clock = clock;
    this.#sns = new LocalSns(plan.topics, plan.subscriptions, clock.now, (subscription, message) =>
      this.#deliver(subscription, message),
    );
    this.#scheduler = new Scheduler(plan.schedules, clock, ({ functionArn }, event) =>
      this.#eventsOf(functionArn).accept(event),
    );
  }

  /** Makes the tables, opens the stand-ins and readies the functions. */
  async start(deviceFarm: DeviceFarmService): Promise<void> {
    for (const table of this.plan.tables) await this.#dynamoDb.createTable(table);
    const services = { deviceFarm, dynamoDb: this.#dynamoDb, sns: this.#sns };
    this.#standIns = await StandIns.open(services, this.plan, this.#clock.now);
    for (const resource of this.plan.functions) {
      const environment = functionEnvironment(resource, this.plan.place, this.#standIns.endpoints);
      const made = new LambdaFunction({ ...resource, environment }, this.#clock, (ended) =>
        this.invocations.push(ended),
      );
      const async = this.plan.async.get(resource.name) ?? DEFAULT_ASYNC;
      this.#functions.set(resource.name, made);
      this.#events.set(
        resource.arn,
        new AsyncEvents(made, async, this.#clock, (letter) => this.deadLetters.push(letter)),
      );
    }
  }

  /** Every request to a stand-in, in the order of arrival. */
  get calls(): readonly Call[] {
    return this.#standIns?.calls ?? [];
  }

  /** Messages that the topics took, oldest first. */
  get messages(): readonly SnsMessage[] {
    return this.#sns.messages;
  }

  get outputs(): Readonly<Record<string, string>> {
    return this.plan.outputs;
  }

  /** When the schedule is due next, epoch milliseconds. */
  get nextTickAt(): number {
    return this.#scheduler.nextAt;
  }

  /** Variables with which any AWS client on this machine reaches the stand-ins. */
  get environment(): Readonly<Record<string, string>> {
    if (!this.#standIns) throw new Error('the deployment has not started; await deploy() first');
    return {
      ...endpointVariables(this.#standIns.endpoints),
      AWS_REGION: this.plan.place.region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
  }

  /** Invokes a function and waits for it; a failure is in the invocation's `error`. */
  invoke(functionName: string, event: unknown = {}): Promise<Invocation> {
    return this.#function(functionName).invoke(event);
  }

  /** See `Scheduler.tick`. */
  tick(): Promise<Invocation> {
    return this.#scheduler.tick();
  }

  /** See `Scheduler.run`. */
  runSchedule(until: number): Promise<readonly Invocation[]> {
    return this.#scheduler.run(until);
  }

  /** See `LocalSns.redeliver`. */
  redeliver(messageId: string): void {
    this.#sns.redeliver(messageId);
  }

  /** Resolves when no function works on an event of a topic or schedule; retries that wait for their time do not count. */
  async settle(): Promise<void> {
    for (const events of this.#events.values()) await events.settle();
  }

  /** Ends every container of a function with SIGKILL, in the middle of its work. */
  killContainers(functionName: string): Promise<void> {
    return this.#function(functionName).killContainers();
  }

  /** Leaves no process, port or timer; a second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const events of this.#events.values()) events.close();
    await Promise.all([...this.#functions.values()].map((made) => made.close()));
    await this.settle();
    await this.#standIns?.close();
  }

  #deliver(subscription: SubscriptionPlan, message: SnsMessage): void {
    if (subscription.protocol !== 'lambda') return;
    void this.#eventsOf(subscription.endpoint).accept(snsEvent(subscription, message));
  }

  #function(name: string): LambdaFunction {
    const found = this.#functions.get(name);
    if (found) return found;
    const known = [...this.#functions.keys()].join(', ');
    throw new RangeError(`there is no function ${name}; the stack has ${known || 'none'}`);
  }

  #eventsOf(functionArn: string): AsyncEvents {
    const found = this.#events.get(functionArn);
    if (found) return found;
    throw new RangeError(`there is no function ${functionArn}; the deployment has not started or is closed`);
  }
}

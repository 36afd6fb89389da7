import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { VirtualClock } from '../../emulator/virtual-clock.ts';
import { DeviceFarm, farmClient } from '../../lambda/device-farm/device-farm.ts';
import { StopCalls } from '../../lambda/device-farm/stop-calls.ts';
import { Diagnostics } from '../../lambda/diagnostics.ts';
import { NotificationTopic, topicClient } from '../../lambda/notify/topic.ts';
import { handleOrder } from '../../lambda/orders/order.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import type { Policy, PolicyInput } from '../../lambda/policy/schema.ts';
import { AuditTrail } from '../../lambda/store/audit-trail.ts';
import { CrossingQueue, readCrossing } from '../../lambda/store/crossing-queue.ts';
import { Histories } from '../../lambda/store/histories.ts';
import { Ledger } from '../../lambda/store/ledger.ts';
import { State } from '../../lambda/store/state.ts';
import { Table, tableClient } from '../../lambda/store/table.ts';
import { decideNow } from '../../lambda/sweep/decide-now.ts';
import { sweep } from '../../lambda/sweep/sweep.ts';
import { isRecord } from '../../lambda/text.ts';
import { CurrentDeadline, type Invocation, type Services } from '../../lambda/wiring.ts';
import { BEGIN } from './begin.ts';
import { dateFollows } from './date-follows.ts';
import { makeDirect } from './direct-client.ts';
import { inProcess } from './in-process.ts';
import { Journal } from './journal.ts';
import { LocalQueue } from './local-queue.ts';
import { LocalTopic } from './local-topic.ts';
import { AUDIT_TABLE, STATE_TABLE, TableService } from './table-service.ts';
import { timeOf } from './time-of.ts';

export const ACCOUNT = '123456789012';
export const POLICY_VERSION = 'test-policy';
export const MANUAL_STOP_TOPIC = `arn:aws:sns:us-west-2:${ACCOUNT}:manual-stop`;

const QUEUE_URL = `https://sqs.us-west-2.amazonaws.com/${ACCOUNT}/orders`;
const TOPIC = `arn:aws:sns:us-west-2:${ACCOUNT}:notifications`;
/** Milliseconds that an invocation may last unless a test says otherwise. */
const TIMEOUT = 240_000;
/** An account without slots has none that stand idle. */
const NO_SLOTS = {
  unmeteredAutomation: { ANDROID: 0, IOS: 0 },
  unmeteredRemoteAccess: { ANDROID: 0, IOS: 0 },
};

type EmulatorOptions = ConstructorParameters<typeof DeviceFarmEmulator>[0];

export interface AutoStopOptions {
  /** @default an enforcing policy with the one rule job-duration `long-jobs`, 60 minutes */
  readonly policy?: Partial<PolicyInput>;
  readonly emulator?: Omit<Partial<EmulatorOptions>, 'now'>;
  /** @default 0.5 */
  readonly apiShare?: number;
  /** Minutes between sweeps: sweeps say which work crosses a limit before the next one. @default - they do not */
  readonly intervalMinutes?: number;
  /** Puts something in the place of a service, in every container. @default nothing */
  readonly wrap?: (services: Services) => Services;
  /** Milliseconds that AutoStop is told to have beyond its real end. @default 0 */
  readonly wrongDeadline?: number;
  /** Tables by a fast stand-in that knows no more than AutoStop uses. @default false */
  readonly isFast?: boolean;
}

export interface InvocationOptions {
  readonly id?: string;
  /** Milliseconds that the invocation may last. @default 240,000 */
  readonly timeout?: number;
  readonly policy?: Policy;
  readonly policyVersion?: string;
  /** Another container of the function. */
  readonly in?: Container;
}

export interface MessageOptions extends InvocationOptions {
  /** @default the id of the invocation */
  readonly messageId?: string;
  /** Epoch milliseconds. @default now */
  readonly sentAt?: number;
}

export type Container = ReturnType<typeof startContainer>;
export type LocalAutoStop = Awaited<ReturnType<typeof openAutoStop>>;

/** A whole policy from what a test cares about. */
export function policyOf(part: Partial<PolicyInput> = {}): Policy {
  return parsePolicy({
    version: 1,
    mode: 'enforce',
    rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
    ...part,
  });
}

/**
 * AutoStop in this process: the real functions and SDK clients against the emulator and DynamoDB in memory. Nothing sleeps:
 * waits move a virtual clock, and `Date` follows it until `close`.
 */
export async function openAutoStop({
  policy: part,
  emulator: options,
  apiShare = 0.5,
  intervalMinutes,
  isFast = false,
  wrap = (services) => services,
  wrongDeadline = 0,
}: AutoStopOptions = {}) {
  const clock = new VirtualClock(BEGIN);
  const emulator = new DeviceFarmEmulator({ now: clock.now, pageSize: 3, slots: NO_SLOTS, ...options });
  const tables = await TableService.open(isFast);
  const topic = new LocalTopic();
  const queue = new LocalQueue(clock.now);
  const journal = new Journal();
  emulator.onRequest = (request) => journal.noteRequest(request);
  tables.onAnswer = (call) => journal.noteTableCall(call);
  const container = () =>
    startContainer({
      clock,
      emulator,
      tables,
      topic,
      queue,
      apiShare,
      intervalMinutes,
      wrap,
      wrongDeadline,
      isFast,
    });
  const main = container();
  let policy = policyOf(part);
  let count = 0;
  const begin = (how: InvocationOptions): Invocation => {
    count += 1;
    const { id = `invocation-${count}`, policyVersion = POLICY_VERSION } = how;
    return (how.in ?? main).begin({ id, policyVersion, policy: how.policy ?? policy, timeout: how.timeout });
  };
  const close = dateFollows(clock.now);
  return {
    close,
    clock,
    emulator,
    tables,
    topic,
    queue,
    journal,
    ...main,
    container,
    begin,
    get policy() {
      return policy;
    },
    /** Deploys another policy. */
    deploy: (next: Partial<PolicyInput>) => {
      policy = policyOf(next);
    },
    /** Lets minutes pass. */
    pass: (minutes: number) => clock.advance(minutes * 60_000),
    /** All records of a subject, in the order of their ids. */
    trail: (subject: string) => inTest(main, () => main.services.audit.of(subject)),
    eventsOf: async (subject: string) =>
      (await inTest(main, () => main.services.audit.of(subject))).map(({ event }) => event),
    sweep: (how: InvocationOptions = {}) => sweep((how.in ?? main).services, begin(how)),
    /** Removes what the state table holds, or some of it. */
    loseState: async (isLost: () => boolean = () => true) => {
      const { Items = [] } = await main.dynamo.send(new ScanCommand({ TableName: STATE_TABLE }));
      for (const { pk = { S: '' }, sk = { S: '' } } of Items)
        if (isLost())
          await main.dynamo.send(new DeleteItemCommand({ TableName: STATE_TABLE, Key: { pk, sk } }));
    },
    /** Delivers what the queue holds until `until`, in its order, each at its moment. */
    deliverCrossings: async (
      until: number,
      { onBegin = () => {}, ...how }: InvocationOptions & { readonly onBegin?: (id: string) => void } = {},
    ) => {
      for (;;) {
        const next = queue.waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        queue.waiting.splice(queue.waiting.indexOf(next), 1);
        await clock.sleepUntil(Math.max(next.at, clock.now()));
        const crossing = readCrossing(next.body);
        if (!crossing) throw new TypeError(`${next.body} is no crossing`);
        const invocation = begin(how);
        onBegin(invocation.id);
        // The function of the orders knows no queue for crossings.
        await decideNow({ ...(how.in ?? main).services, crossings: undefined }, crossing, invocation);
      }
      await clock.sleepUntil(Math.max(until, clock.now()));
    },
    /** Delivers a message to the orders function once. */
    send: (body: unknown, how: MessageOptions = {}) => {
      const invocation = begin(how);
      const message = {
        id: how.messageId ?? how.id ?? `message-${count}`,
        text: typeof body === 'string' ? body : JSON.stringify(body),
        timestamp: new Date(how.sentAt ?? clock.now()).toISOString(),
      };
      return handleOrder((how.in ?? main).services, message, invocation);
    },
  };
}

interface World {
  readonly clock: VirtualClock;
  readonly emulator: DeviceFarmEmulator;
  readonly tables: TableService;
  readonly topic: LocalTopic;
  readonly queue: LocalQueue;
  readonly apiShare: number;
  readonly intervalMinutes: number | undefined;
  readonly wrap: (services: Services) => Services;
  readonly wrongDeadline: number;
  readonly isFast: boolean;
}

/** A container of a function: its own clients, buckets and deadline on the one Device Farm and the same tables. */
function startContainer(world: World) {
  const { clock, emulator, tables, topic, queue, apiShare, intervalMinutes, wrap, wrongDeadline, isFast } =
    world;
  const life = new Life(clock.now);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  // Nobody here looks at signatures, and making them takes long.
  const signer = { sign: async <T>(request: T) => request };
  const common = { credentials, signer, region: 'us-west-2', maxAttempts: 1 };
  const time = timeOf(clock);
  const deadline = new CurrentDeadline();
  const around = { time, deadline };
  const farmConnection = farmClient({
    ...common,
    requestHandler: life.of(emulator.requestHandler()),
  });
  const dynamo = tableClient({
    ...common,
    requestHandler: life.of(inProcess(clock.now, (request) => tables.answer(request))),
  });
  const sns = topicClient({
    ...common,
    requestHandler: life.of(inProcess(clock.now, (request) => topic.answer(request))),
  });
  const sqs = new SQSClient({
    ...common,
    requestHandler: life.of(inProcess(clock.now, (request) => queue.answer(request))),
  });
  const state = new Table(dynamo, STATE_TABLE, time, deadline);
  const farm = new DeviceFarm(farmConnection, { ...around, apiShare });
  const stops = new StopCalls(farmConnection, dynamo, STATE_TABLE, around);
  if (isFast) for (const client of [farmConnection, dynamo, sns, sqs]) makeDirect(client);
  const { log, lines } = collectLog();
  const troubles: number[] = [];
  const services: Services = {
    farm,
    stops,
    audit: new AuditTrail(new Table(dynamo, AUDIT_TABLE, time, deadline), time),
    state: new State(state, time),
    ledger: new Ledger(state, time),
    histories: new Histories(state, time),
    topic: new NotificationTopic(sns, TOPIC),
    log,
    metrics: { trouble: (added) => added > 0 && troubles.push(added) },
    ...(intervalMinutes !== undefined && {
      crossings: {
        queue: new CrossingQueue(QUEUE_URL, time, async () => ({ client: sqs, SendMessageBatchCommand })),
        intervalMinutes,
      },
    }),
  };
  return {
    services: wrap(services),
    lines,
    troubles,
    dynamo,
    deadline,
    life,
    begin: ({
      id,
      policy,
      policyVersion,
      timeout = TIMEOUT,
    }: Required<Pick<InvocationOptions, 'id' | 'policy' | 'policyVersion'>> & {
      readonly timeout?: number;
    }) => {
      const end = clock.now() + timeout;
      life.end = end;
      const msLeft = () => end + wrongDeadline - clock.now();
      deadline.begin(msLeft);
      stops.begin({ getRemainingTimeInMillis: msLeft });
      farm.begin();
      return {
        id,
        now: clock.now(),
        msLeft,
        policy,
        policyVersion,
        accountId: ACCOUNT,
        accountName: ACCOUNT,
        manualStopTopicArn: MANUAL_STOP_TOPIC,
        diagnostics: new Diagnostics(),
      } satisfies Invocation;
    },
  };
}

interface Handler {
  handle(...given: readonly never[]): Promise<unknown>;
}

/** The process of a container: it can die before or after any of its calls, and is not to make any after its end. */
class Life {
  /** Moments at calls after which it dies; a call has two. */
  stepsLeft = Number.POSITIVE_INFINITY;
  onDeath = () => {};
  /** When the invocation is ended from outside, epoch milliseconds. */
  end = Number.POSITIVE_INFINITY;
  /** Calls that were begun after the end. */
  overdue = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A request handler of this process. */
  of<T extends Handler>(handler: T): T {
    const handle = async (...given: readonly never[]) => {
      await this.#step();
      if (this.#now() > this.end) this.overdue += 1;
      const reply = await unlessAborted(handler.handle(...given), given[1]);
      await this.#step();
      return reply;
    };
    return { ...handler, handle };
  }

  #step(): Promise<void> {
    this.stepsLeft -= 1;
    if (this.stepsLeft >= 0) return Promise.resolve();
    this.onDeath();
    return new Promise(() => {});
  }
}

/** As the SDK's own handler: when its signal is aborted, a call ends for its caller, whatever the service still does. */
function unlessAborted<T>(reply: Promise<T>, options: unknown): Promise<T> {
  const signal = isRecord(options) ? options.abortSignal : undefined;
  if (!(signal instanceof AbortSignal)) return reply;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  const end = () => signal.removeEventListener('abort', abort);
  reply.then(end, end);
  return Promise.race([reply, aborted]);
}

/** A call that a test itself makes has all the time that it wants. */
function inTest<T>({ deadline }: Pick<Container, 'deadline'>, work: () => Promise<T>): Promise<T> {
  deadline.begin(() => TIMEOUT);
  return work();
}

function collectLog() {
  const lines: { level: string; message: string; details: Readonly<Record<string, unknown>> }[] = [];
  const at = (level: string) => (message: string, details: Readonly<Record<string, unknown>>) => {
    lines.push({ level, message, details });
  };
  const log: Services['log'] = { info: at('info'), warn: at('warn'), error: at('error') };
  return { log, lines };
}

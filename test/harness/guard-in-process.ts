import { onTestFinished, vi } from 'vitest';
import { accountMemory } from '../../lambda/aws/account-memory.ts';
import { auditTrail } from '../../lambda/aws/audit-trail.ts';
import { breakerMemories } from '../../lambda/aws/breaker-memory.ts';
import { farmClient, tableClient, topicClient } from '../../lambda/aws/clients.ts';
import { commands } from '../../lambda/aws/commands.ts';
import { deviceFarm } from '../../lambda/aws/device-farm.ts';
import { heldOrders } from '../../lambda/aws/held-orders.ts';
import { ledger } from '../../lambda/aws/ledger.ts';
import { notifier } from '../../lambda/aws/notifier.ts';
import { openStops } from '../../lambda/aws/open-stops.ts';
import { projectMemories } from '../../lambda/aws/project-memories.ts';
import { runHistory } from '../../lambda/aws/run-history.ts';
import { stopAllowance } from '../../lambda/aws/stop-allowance.ts';
import { stopper } from '../../lambda/aws/stopper.ts';
import { Table } from '../../lambda/aws/table.ts';
import { tags } from '../../lambda/aws/tags.ts';
import { tellings } from '../../lambda/aws/tellings.ts';
import { parsePolicy } from '../../lambda/core/policy/parse-policy.ts';
import type { Policy, PolicyInput } from '../../lambda/core/policy/schema.ts';
import type { SweepSummary } from '../../lambda/core/sweep-summary.ts';
import type { Invocation, Log, MetricName } from '../../lambda/ports.ts';
import {
  type MessagePorts,
  type MessageResult,
  stopByMessage,
} from '../../lambda/use-cases/stop-by-message.ts';
import { type SweepPorts, sweep } from '../../lambda/use-cases/sweep.ts';
import { DeviceFarmEmulator } from '../../local/device-farm/emulator.ts';
import type { EmulatorOptions } from '../../local/device-farm/options.ts';
import { LocalSns } from '../../local/stack/local-sns.ts';
import { VirtualClock } from '../../local/virtual-clock.ts';
import { inProcess } from './in-process.ts';
import { Journal } from './journal.ts';
import { AUDIT_TABLE, STATE_TABLE, TableService } from './table-service.ts';

/** The moment at which every test begins. */
export const BEGIN = Date.UTC(2026, 7, 7, 12, 0, 0);
export const ACCOUNT = '123456789012';
/** Milliseconds that an invocation may last unless a test says otherwise. */
export const TIMEOUT = 240_000;
const TOPIC = `arn:aws:sns:us-west-2:${ACCOUNT}:notifications`;
const POLICY_VERSION = 'test-policy';

/** An account without slots has none that stand idle. */
const NO_UNMETERED_SLOTS = {
  unmeteredAutomation: { ANDROID: 0, IOS: 0 },
  unmeteredRemoteAccess: { ANDROID: 0, IOS: 0 },
};

export interface GuardOptions {
  /** @default an enforcing policy with the one rule job-duration `long-jobs`, 60 minutes */
  readonly policy?: Partial<PolicyInput>;
  readonly emulator?: Omit<Partial<EmulatorOptions>, 'now'>;
}

/** A container of a function: its own clients, limiters and stopper on the one Device Farm and the same tables. */
export type Container = ReturnType<typeof startContainer>;

/**
 * The guard in this process: use cases on the real adapters and SDK clients, against the emulator and DynamoDB in memory.
 * Nothing sleeps: waits move a virtual clock, and `Date` follows it until the test has ended.
 */
export async function startGuard({ policy: rules, emulator: options }: GuardOptions = {}) {
  const clock = new VirtualClock(BEGIN);
  const emulator = new DeviceFarmEmulator({
    now: clock.now,
    pageSize: 3,
    slots: NO_UNMETERED_SLOTS,
    ...options,
  });
  const tables = await TableService.open();
  const topic = new LocalSns([{ logicalId: 'Topic', name: 'topic', arn: TOPIC }], [], clock.now, () => {});
  const journal = new Journal();
  emulator.onRequest = (request) => journal.noteRequest(request);
  tables.onAnswer = (call) => journal.noteTableCall(call);
  followClock(clock);
  const services: Services = { clock, emulator, tables, topic };
  const container = startContainer(services);
  const guard = {
    ...services,
    ...container,
    journal,
    policy: policyOf(rules),
    /** Lets minutes pass. */
    pass: (minutes: number) => clock.advance(minutes * 60_000),
    /** One more container: another process, as far as it matters. */
    container: () => startContainer(services),
    /** All records of a subject, in the order of their ids. */
    trail: (subject: string) => container.ports.audit.of(subject),
    eventsOf: async (subject: string) => (await container.ports.audit.of(subject)).map(({ event }) => event),
  };
  return {
    ...guard,
    sweep: (how: Partial<InvocationOptions> & { sweepId?: string; in?: Container; policy?: Policy } = {}) =>
      runSweep(guard.policy, how.in ?? container, clock, how),
    send: (body: unknown, how: MessageOptions = {}) =>
      runMessage(guard.policy, how.in ?? container, clock, body, how),
  };
}

export type Guard = Awaited<ReturnType<typeof startGuard>>;

/** A whole policy from what a test cares about. */
export function policyOf(part: Partial<PolicyInput> = {}): Policy {
  return parsePolicy({
    version: 1,
    mode: 'enforce',
    rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
    ...part,
  });
}

interface Services {
  readonly clock: VirtualClock;
  readonly emulator: DeviceFarmEmulator;
  readonly tables: TableService;
  readonly topic: LocalSns;
}

interface InvocationOptions {
  /** Milliseconds that the invocation may last. */
  readonly timeout: number;
  /** Replaces the time that is left, by the clock otherwise. */
  readonly msLeft: () => number;
}

type MessageOptions = Partial<InvocationOptions> & {
  readonly id?: string;
  /** Epoch milliseconds. @default now */
  readonly sentAt?: number;
  readonly in?: Container;
};

function startContainer({ clock, emulator, tables, topic }: Services) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const farm = farmClient({ credentials, requestHandler: emulator.requestHandler() });
  const requestHandler = inProcess(clock.now, (request) => tables.answer(request));
  const dynamo = tableClient({ credentials, region: 'us-west-2', maxAttempts: 1, requestHandler });
  const sns = topicClient({
    credentials,
    region: 'us-west-2',
    maxAttempts: 1,
    requestHandler: inProcess(clock.now, (request) => topic.answer(request)),
  });
  const state = new Table(dynamo, STATE_TABLE, clock);
  const stops = stopper(farm, dynamo, STATE_TABLE, clock);
  const { log, lines } = collectLog();
  const metrics: Partial<Record<MetricName, number>>[] = [];
  const ports: SweepPorts & MessagePorts = {
    farm: deviceFarm(farm, clock),
    tags: tags(farm, clock),
    stopper: stops,
    audit: auditTrail(new Table(dynamo, AUDIT_TABLE, clock), { clock: clock.now }),
    openStops: openStops(state),
    allowance: stopAllowance(state, clock.now, nextName),
    breaker: breakerMemories(state),
    heldOrders: heldOrders(state, clock.now),
    ledger: ledger(state),
    account: accountMemory(state),
    memories: projectMemories(state),
    history: runHistory(state, clock.now),
    commands: commands(state, clock.now),
    tellings: tellings(state, clock.now),
    notifier: notifier(sns, TOPIC),
    metrics: { count: (counts) => metrics.push({ ...counts }) },
    log,
  };
  return { ports, lines, metrics, dynamo, farmClient: farm, begin };

  /** Begins an invocation, as a handler does with its context. */
  function begin({ timeout = TIMEOUT, msLeft }: Partial<InvocationOptions> = {}): Invocation {
    const end = clock.now() + timeout;
    const left = msLeft ?? (() => end - clock.now());
    stops.begin({ getRemainingTimeInMillis: left });
    return { now: clock.now(), msLeft: left };
  }
}

let names = 0;

function nextName(): string {
  names += 1;
  return `taken-${names}`;
}

let sweeps = 0;

function runSweep(
  policy: Policy,
  { ports, begin }: Container,
  clock: VirtualClock,
  how: Partial<InvocationOptions> & { sweepId?: string; policy?: Policy },
): Promise<SweepSummary> {
  sweeps += 1;
  const sweepId = how.sweepId ?? `sweep-${sweeps}-${clock.now()}`;
  return sweep(ports, { policy: how.policy ?? policy, policyVersion: POLICY_VERSION, sweepId }, begin(how));
}

let messages = 0;

function runMessage(
  policy: Policy,
  { ports, begin }: Container,
  clock: VirtualClock,
  body: unknown,
  how: MessageOptions,
): Promise<MessageResult> {
  messages += 1;
  const message = {
    id: how.id ?? `message-${messages}`,
    text: typeof body === 'string' ? body : JSON.stringify(body),
    timestamp: new Date(how.sentAt ?? clock.now()).toISOString(),
  };
  return stopByMessage(
    ports,
    message,
    { accountId: ACCOUNT, policy, policyVersion: POLICY_VERSION },
    begin(how),
  );
}

/** The SDK and Powertools ask `Date` for the time, so it must be the clock's. */
function followClock(clock: VirtualClock): void {
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now() });
  const follow = { idle: async () => {}, changes: () => 0, moved: () => vi.setSystemTime(clock.now()) };
  const leave = clock.watch(follow);
  onTestFinished(() => {
    leave();
    vi.useRealTimers();
  });
}

function collectLog() {
  const lines: { level: string; message: string; details: Readonly<Record<string, unknown>> }[] = [];
  const at = (level: string) => (message: string, details: Readonly<Record<string, unknown>>) => {
    lines.push({ level, message, details });
  };
  const log: Log = { info: at('info'), warn: at('warn'), error: at('error') };
  return { log, lines };
}

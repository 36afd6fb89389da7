import { auditTrail } from '../../lambda/aws/audit-trail.ts';
import { farmClient, tableClient, topicClient } from '../../lambda/aws/clients.ts';
import { deviceFarm } from '../../lambda/aws/farm/device-farm.ts';
import { stopper } from '../../lambda/aws/farm/stopper.ts';
import { tags } from '../../lambda/aws/farm/tags.ts';
import { notifier } from '../../lambda/aws/notifier.ts';
import { accountMemory } from '../../lambda/aws/state/account-memory.ts';
import { breakerMemories } from '../../lambda/aws/state/breaker-memory.ts';
import { commands } from '../../lambda/aws/state/commands.ts';
import { heldOrders } from '../../lambda/aws/state/held-orders.ts';
import { ledger } from '../../lambda/aws/state/ledger.ts';
import { lessons } from '../../lambda/aws/state/lessons.ts';
import { openStops } from '../../lambda/aws/state/open-stops.ts';
import { projectMemories } from '../../lambda/aws/state/project-memories.ts';
import { runHistory } from '../../lambda/aws/state/run-history.ts';
import { stopAllowance } from '../../lambda/aws/state/stop-allowance.ts';
import { tellings } from '../../lambda/aws/state/tellings.ts';
import { watchedStops } from '../../lambda/aws/state/watched-stops.ts';
import { Table } from '../../lambda/aws/table.ts';
import type { Invocation, Log, MetricName } from '../../lambda/ports.ts';
import type { MessagePorts } from '../../lambda/use-cases/message/stop-by-message.ts';
import type { SweepPorts } from '../../lambda/use-cases/sweep/sweep.ts';
import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { EmulatorOptions } from '../../emulator/options.ts';
import { LocalSns } from '../../demo/aws/local-sns.ts';
import { VirtualClock } from '../../emulator/virtual-clock.ts';
import { inProcess } from './in-process.ts';
import { AUDIT_TABLE, STATE_TABLE, TableService } from './table-service.ts';

export const ACCOUNT = '123456789012';
/** Milliseconds that an invocation may last unless it is said otherwise. */
export const TIMEOUT = 240_000;
const TOPIC = `arn:aws:sns:us-west-2:${ACCOUNT}:notifications`;

/** An account without slots has none that stand idle. */
const NO_UNMETERED_SLOTS = {
  unmeteredAutomation: { ANDROID: 0, IOS: 0 },
  unmeteredRemoteAccess: { ANDROID: 0, IOS: 0 },
};

/** What the guard talks to, all of it in this process: the emulator, DynamoDB in memory and a topic, on one virtual clock. */
export interface Services {
  readonly clock: VirtualClock;
  readonly emulator: DeviceFarmEmulator;
  readonly tables: TableService;
  readonly topic: LocalSns;
}

export interface InvocationOptions {
  /** Milliseconds that the invocation may last. */
  readonly timeout: number;
  /** Replaces the time that is left, by the clock otherwise. */
  readonly msLeft: () => number;
}

/** A container of a function: its own clients, limiters and stopper on the one Device Farm and the same tables. */
export type Container = ReturnType<typeof startContainer>;

/**
 * Empty services whose clock shows `begin`, epoch milliseconds. The SDK and Powertools ask `Date` for the time: whoever runs
 * the guard on these lets `Date` follow the clock.
 */
export async function openServices(
  begin: number,
  options: Omit<Partial<EmulatorOptions>, 'now'> = {},
): Promise<Services> {
  const clock = new VirtualClock(begin);
  const emulator = new DeviceFarmEmulator({
    now: clock.now,
    pageSize: 3,
    slots: NO_UNMETERED_SLOTS,
    ...options,
  });
  const tables = await TableService.open();
  const topic = new LocalSns([{ logicalId: 'Topic', name: 'topic', arn: TOPIC }], [], clock.now, () => {});
  return { clock, emulator, tables, topic };
}

/** The ports of a function on their real adapters and SDK clients. */
export function startContainer({ clock, emulator, tables, topic }: Services) {
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
    watchedStops: watchedStops(state),
    lessons: lessons(state, clock.now),
    ledger: ledger(state, clock.now, nextName),
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

function collectLog() {
  const lines: { level: string; message: string; details: Readonly<Record<string, unknown>> }[] = [];
  const at = (level: string) => (message: string, details: Readonly<Record<string, unknown>>) => {
    lines.push({ level, message, details });
  };
  const log: Log = { info: at('info'), warn: at('warn'), error: at('error') };
  return { log, lines };
}

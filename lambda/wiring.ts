import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { auditTrail } from './aws/audit-trail.ts';
import { farmClient, tableClient, topicClient } from './aws/clients.ts';
import { deviceFarm } from './aws/farm/device-farm.ts';
import { stopper } from './aws/farm/stopper.ts';
import { tags } from './aws/farm/tags.ts';
import { metrics } from './aws/metrics.ts';
import { notifier } from './aws/notifier.ts';
import { accountMemory } from './aws/state/account-memory.ts';
import { breakerMemories } from './aws/state/breaker-memory.ts';
import { commands } from './aws/state/commands.ts';
import { heldOrders } from './aws/state/held-orders.ts';
import { ledger } from './aws/state/ledger.ts';
import { lessons } from './aws/state/lessons.ts';
import { openStops } from './aws/state/open-stops.ts';
import { projectMemories } from './aws/state/project-memories.ts';
import { runHistory } from './aws/state/run-history.ts';
import { stopAllowance } from './aws/state/stop-allowance.ts';
import { tellings } from './aws/state/tellings.ts';
import { watchedStops } from './aws/state/watched-stops.ts';
import { type StopTopic, stopTopic } from './aws/stop-topic.ts';
import { Table } from './aws/table.ts';
import { type GuardEnv, POLICY_FILE, readEnv } from './env.ts';
import { readPolicyFile } from './policy-file.ts';
import type {
  AuditLog,
  AuditTrail,
  DeviceFarm,
  HeldOrders,
  Invocation,
  Ledger,
  Lessons,
  ProjectMemories,
  RunHistory,
  Tags,
} from './ports.ts';
import type { MessageSettings } from './use-cases/message/message-settings.ts';
import type { MessagePorts } from './use-cases/message/stop-by-message.ts';
import type { SweepPorts } from './use-cases/sweep/sweep.ts';
import type { SweepContext } from './use-cases/sweep-context.ts';

const clock = (): number => Date.now();
const newToken = (): string => crypto.randomUUID();

/** What the sweep's handler needs, made once at cold start. */
export interface SweepWiring {
  readonly ports: SweepPorts;
  begin(context: Context): { readonly sweep: SweepContext; readonly invocation: Invocation };
}

/** What the manual stop's handler needs, made once at cold start. */
export interface ManualStopWiring {
  readonly ports: MessagePorts;
  readonly settings: MessageSettings;
  begin(context: Context): Invocation;
}

export function wireSweep(): SweepWiring {
  const { ports, policy, state, begin } = wireGuard(readEnv());
  return {
    ports: {
      ...ports,
      breaker: breakerMemories(state),
      ledger: ledger(state, clock, newToken),
      history: runHistory(state, clock),
      lessons: lessons(state, clock),
    },
    begin: (context) => ({
      sweep: { policy: policy.policy, policyVersion: policy.version, sweepId: context.awsRequestId },
      invocation: begin(context),
    }),
  };
}

export function wireManualStop(): ManualStopWiring {
  const env = readEnv();
  const { ports, policy, state, begin } = wireGuard(env);
  return {
    ports: { ...ports, commands: commands(state, clock) },
    settings: { accountId: env.accountId, policy: policy.policy, policyVersion: policy.version },
    begin,
  };
}

/** What a plan reads. Nothing of it writes. */
export interface PlanWiring {
  readonly farm: DeviceFarm;
  readonly tags: Tags;
  /** How people steer the guard; absent when no audit table is named. */
  readonly audit?: Pick<AuditTrail, 'of'>;
  /** What the guard remembers; absent when no state table is named. */
  readonly state?: {
    readonly memories: Pick<ProjectMemories, 'all'>;
    readonly ledger: Pick<Ledger, 'between' | 'days'>;
    readonly history: Pick<RunHistory, 'of'>;
    readonly heldOrders: Pick<HeldOrders, 'all'>;
    readonly lessons: Pick<Lessons, 'all'>;
  };
}

/** For the command line, with the caller's credentials. */
export function wirePlan(tables: { readonly state?: string; readonly audit?: string }): PlanWiring {
  const client = farmClient();
  const farm = { farm: deviceFarm(client), tags: tags(client) };
  const audit = tables.audit === undefined ? {} : { audit: wireAuditReader(tables.audit) };
  if (tables.state === undefined) return { ...farm, ...audit };
  const state = new Table(tableClient(), tables.state);
  return {
    ...farm,
    ...audit,
    state: {
      memories: projectMemories(state),
      ledger: ledger(state, clock, newToken),
      history: runHistory(state, clock),
      heldOrders: heldOrders(state, clock),
      lessons: lessons(state, clock),
    },
  };
}

/** For the command line: the audit trail, read only. */
export function wireAuditReader(auditTable: string): Pick<AuditTrail, 'of'> & AuditLog {
  return auditTrail(new Table(tableClient(), auditTable), { clock });
}

/** For the command line: the manual-stop topic in its own region. */
export function wireStopTopic(topicArn: string, region: string): StopTopic {
  return stopTopic(topicClient({ region }), topicArn);
}

/** What every function of the guard has: the same stops, the same tables, the same policy. */
function wireGuard(env: GuardEnv) {
  const tables = tableClient();
  const state = new Table(tables, env.stateTable);
  const client = farmClient();
  const stops = stopper(client, tables, env.stateTable);
  return {
    policy: readPolicyFile(new URL(`./${POLICY_FILE}`, import.meta.url)),
    state,
    ports: {
      farm: deviceFarm(client),
      tags: tags(client),
      stopper: stops,
      audit: auditTrail(new Table(tables, env.auditTable), { clock, retentionDays: env.auditRetentionDays }),
      openStops: openStops(state),
      watchedStops: watchedStops(state),
      account: accountMemory(state),
      allowance: stopAllowance(state, clock, newToken),
      heldOrders: heldOrders(state, clock),
      memories: projectMemories(state),
      tellings: tellings(state, clock),
      notifier: notifier(topicClient(), env.notificationTopicArn),
      metrics: metrics(),
      log: new Logger(),
    },
    begin(context: Context): Invocation {
      stops.begin(context);
      return { now: clock(), msLeft: () => context.getRemainingTimeInMillis() };
    },
  };
}

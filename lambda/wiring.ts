import { readFileSync } from 'node:fs';
import { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { DeviceFarm, farmClient, type OnPage } from './device-farm/device-farm.ts';
import { StopCalls } from './device-farm/stop-calls.ts';
import { Diagnostics } from './diagnostics.ts';
import { DEFAULT_API_SHARE, type FunctionEnv, POLICY_FILE, readEnv, TROUBLE_METRIC } from './env.ts';
import { NotificationTopic, topicClient } from './notify/topic.ts';
import { parseDeployedPolicy } from './policy/deployed.ts';
import type { Policy } from './policy/schema.ts';
import { AuditTrail } from './store/audit-trail.ts';
import { CrossingQueue } from './store/crossing-queue.ts';
import { Histories } from './store/histories.ts';
import { Ledger } from './store/ledger.ts';
import { State } from './store/state.ts';
import { NoTable, Table, tableClient } from './store/table.ts';
import { type Deadline, REAL_TIME, type Time } from './time.ts';

/** What every invocation works with, made once at cold start. */
export interface Services {
  readonly farm: DeviceFarm;
  readonly stops: StopCalls;
  readonly audit: AuditTrail;
  readonly state: State;
  readonly ledger: Ledger;
  readonly histories: Histories;
  readonly topic: NotificationTopic;
  /** One line a call. Message texts are constants; what varies goes into `details`. */
  readonly log: Readonly<
    Record<'info' | 'warn' | 'error', (message: string, details: Readonly<Record<string, unknown>>) => void>
  >;
  readonly metrics: {
    /** Adds to the one metric `Trouble`; 0 adds nothing and costs nothing. */
    trouble(count: number): void;
  };
  /** Where a sweep says which work crosses a limit before the next one; absent in observe mode and outside sweeps. */
  readonly crossings?: { readonly queue: CrossingQueue; readonly intervalMinutes: number };
}

/** What a command or a plan may read. */
export type Readers = Pick<Services, 'farm' | 'audit' | 'state' | 'ledger' | 'histories'>;

/** One invocation: when it began, how long it may still run, and by which policy. */
export interface Invocation extends Deadline {
  /** Request id; the sweep id of a sweep. */
  readonly id: string;
  /** Epoch milliseconds; read once. */
  readonly now: number;
  readonly policy: Policy;
  readonly policyVersion: string;
  readonly accountId: string;
  /** What notifications call the account: a name that the construct was given, else its id. */
  readonly accountName: string;
  /** For the commands that notifications name. */
  readonly manualStopTopicArn?: string;
  readonly diagnostics: Diagnostics;
}

/** The deadline of the current invocation. A container of Lambda runs one invocation at a time. */
export class CurrentDeadline implements Deadline {
  #msLeft: () => number = () => 0;

  begin(msLeft: () => number): void {
    this.#msLeft = msLeft;
  }

  msLeft(): number {
    return this.#msLeft();
  }
}

/** What both functions have: the same stops, the same tables, the same policy. */
export function wireFunction(env: FunctionEnv = readEnv()): {
  readonly services: Services;
  /** Must be called first in each invocation: every call to AWS keeps its deadline. */
  begin(context: Context): Invocation;
} {
  const { policy, version } = parseDeployedPolicy(
    readFileSync(new URL(`./${POLICY_FILE}`, import.meta.url), 'utf8'),
  );
  const deadline = new CurrentDeadline();
  const around = { time: REAL_TIME, deadline };
  const farmConnection = farmClient();
  const tables = tableClient();
  const stops = new StopCalls(farmConnection, tables, env.stateTable, around);
  const farm = new DeviceFarm(farmConnection, { ...around, apiShare: env.apiShare });
  const services: Services = {
    farm,
    stops,
    ...wireTables(env, around),
    topic: new NotificationTopic(topicClient(), env.notificationTopicArn, { chat: env.chat }),
    log: new Logger(),
    metrics: emfMetrics(),
    ...(env.crossingQueueUrl && {
      crossings: {
        queue: new CrossingQueue(env.crossingQueueUrl, REAL_TIME),
        intervalMinutes: env.intervalMinutes ?? 5,
      },
    }),
  };
  return {
    services,
    begin(context) {
      deadline.begin(() => context.getRemainingTimeInMillis());
      stops.begin(context);
      farm.begin();
      return {
        id: context.awsRequestId,
        now: REAL_TIME.now(),
        msLeft: () => context.getRemainingTimeInMillis(),
        policy,
        policyVersion: version,
        accountId: env.accountId,
        accountName: env.accountName ?? env.accountId,
        manualStopTopicArn: env.manualStopTopicArn,
        diagnostics: new Diagnostics(),
      };
    },
  };
}

/** For the command line, with the caller's credentials: reads, and no deadline. A table that is not named is empty. */
export function wireReaders(
  tables: Partial<Pick<FunctionEnv, 'auditTable' | 'stateTable' | 'apiShare'>>,
  onPage?: OnPage,
): Readers {
  const around = { time: REAL_TIME, deadline: { msLeft: () => Number.MAX_SAFE_INTEGER } };
  const { apiShare = DEFAULT_API_SHARE } = tables;
  const farm = new DeviceFarm(farmClient(), { ...around, apiShare, onPage });
  return { farm, ...wireTables(tables, around) };
}

/** For the command line: the manual-stop topic in its own region. */
export function wireTopic(topicArn: string, region: string): NotificationTopic {
  return new NotificationTopic(topicClient({ region }), topicArn);
}

function wireTables(
  { auditTable, stateTable, auditRetentionDays }: Partial<FunctionEnv>,
  { time, deadline }: { readonly time: Time; readonly deadline: Deadline },
): Pick<Services, 'audit' | 'state' | 'ledger' | 'histories'> {
  const client = tableClient();
  const open = (name: string | undefined) =>
    name === undefined ? new NoTable() : new Table(client, name, time, deadline);
  const state = open(stateTable);
  return {
    audit: new AuditTrail(open(auditTable), time, auditRetentionDays),
    state: new State(state, time),
    ledger: new Ledger(state, time),
    histories: new Histories(state, time),
  };
}

/** A log line in CloudWatch's embedded metric format; namespace and service come from the environment. */
function emfMetrics(): Services['metrics'] {
  const metrics = new PowertoolsMetrics();
  return {
    trouble(count) {
      if (count <= 0) return;
      metrics.addMetric(TROUBLE_METRIC, MetricUnit.Count, count);
      metrics.publishStoredMetrics();
    },
  };
}

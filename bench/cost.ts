import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttributeValue, BatchWriteItemInput } from '@aws-sdk/client-dynamodb';
import type { PolicyInput } from '../lambda/policy/schema.ts';
import { type Deployed, MINUTE, start } from '../test/end-to-end/start.ts';
import { printTable } from './print-table.ts';

/** List prices of us-west-2 in US dollars, without free tiers: https://aws.amazon.com/pricing/ (November 2026). */
const PRICES = {
  /** CloudWatch: a month of one metric that an alarm looks at. */
  alarmMetric: 0.1,
  /** Lambda on arm64. */
  gigabyteSecond: 0.0000133334,
  invocation: 0.2e-6,
  /** DynamoDB on demand. */
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  /** DynamoDB: a month of one gigabyte, with point-in-time recovery. */
  gigabyteStored: 0.45,
  /** CloudWatch Logs, ingested. */
  gigabyteLogged: 0.5,
  sqsRequest: 0.4e-6,
  schedulerInvocation: 1e-6,
};
const SECONDS_PER_MONTH = 30 * 86_400;
const SWEEPS_PER_MONTH = SECONDS_PER_MONTH / 300;
/** Lambda asks an idle queue with five pollers, each of which waits 20 seconds for a message. */
const POLLS_PER_MONTH = (5 * SECONDS_PER_MONTH) / 20;
/** Seconds of a reply. A sweep asks up to 16 at once; four are counted on. */
const REPLY_SECONDS = {
  devicefarm: 0.1 / 4,
  dynamodb: 0.01 / 4,
  sns: 0.1,
  sqs: 0.02,
  cloudformation: 0.1,
  sts: 0.1,
} as const;
const WARM_UP = 8;
const MEASURED = 12;

interface Account {
  readonly name: string;
  readonly projects: number;
  /** Runs of four jobs, 20 minutes each, that begin in every five minutes. */
  readonly runsPerSweep: number;
  /** Finished runs of each project at noon: as many as half a day brings, since a sweep reads the ledger of its day. */
  readonly finishedRuns: number;
}

const ACCOUNTS: readonly Account[] = [
  { name: 'idle', projects: 5, runsPerSweep: 0, finishedRuns: 2 },
  { name: 'normal', projects: 20, runsPerSweep: 1, finishedRuns: 7 },
  { name: 'heavy', projects: 500, runsPerSweep: 12, finishedRuns: 4 },
];
const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    {
      id: 'month',
      type: 'budget',
      period: 'month',
      limit: { usd: 1_000_000 },
      thresholds: [{ percent: 100, action: 'stop-all' }],
    },
  ],
};

/** What a month of an account costs: the template's alarms, and measured sweeps through the bundle. */
export async function benchCost(): Promise<void> {
  const rows: string[][] = [];
  for (const account of ACCOUNTS) {
    const deployed = await start(POLICY);
    try {
      rows.push(await measure(deployed, account));
    } finally {
      await deployed.close();
    }
  }
  printTable('US dollars a month at an interval of 5 minutes, list prices of us-west-2, no free tier', [
    [
      'account',
      'in flight',
      'calls',
      'database',
      'seconds',
      'alarms',
      'polling',
      'function',
      'tables',
      'logs',
      'total',
      'at least',
    ],
    ...rows,
  ]);
  console.log(
    '  calls, database, seconds: of one sweep, to Device Farm and DynamoDB, and how long it takes. Units of reads\n' +
      '  are counted from whole bodies, which are larger than items. Stored data is that of the first month. at least: where nothing\n' +
      '  else in the account uses the ten alarm metrics and the million requests to SQS that are free every month.',
  );
}

async function measure(deployed: Deployed, account: Account): Promise<string[]> {
  const { emulator, clock, aws } = deployed;
  const projects = seed(deployed, account);
  let sequence = 0;
  const step = async () => {
    for (let index = 0; index < account.runsPerSweep; index += 1, sequence += 1) {
      const jobs = Array.from({ length: 4 }, () => ({ testMinutes: 20 }));
      emulator.addRun({
        project: projects[sequence % projects.length] ?? '',
        name: `main-${sequence}`,
        created: clock.now(),
        jobs,
      });
    }
    const startedAt = clock.now();
    const summary = await deployed.sweep();
    const seconds = (clock.now() - startedAt) / 1000;
    await clock.sleep(Math.max(0, 5 * MINUTE - seconds * 1000));
    return { seconds, inFlight: summary.activeItems };
  };
  for (let index = 0; index < WARM_UP; index += 1) await step();
  const [callsBefore, invocationsBefore] = [aws.calls.length, aws.invocations.length];
  const steps: Awaited<ReturnType<typeof step>>[] = [];
  for (let index = 0; index < MEASURED; index += 1) steps.push(await step());
  const calls = aws.calls.slice(callsBefore);
  const logged = aws.invocations
    .slice(invocationsBefore)
    .flatMap(({ logs }) => logs)
    .join('').length;
  const of = (service: (typeof calls)[number]['service']) => calls.filter((call) => call.service === service);
  const waited = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  const replied = calls.reduce((sum, { service }) => sum + REPLY_SECONDS[service], 0);
  const perMonth = SWEEPS_PER_MONTH / MEASURED;
  const database = units(of('dynamodb'), aws.plan.output('AuditTableName'));
  const cost = {
    alarms: alarmMetrics(deployed) * PRICES.alarmMetric,
    polling: (POLLS_PER_MONTH + of('sqs').length * perMonth) * PRICES.sqsRequest,
    function:
      (waited + replied) * perMonth * memoryGigabytes(deployed) * PRICES.gigabyteSecond +
      SWEEPS_PER_MONTH * (PRICES.invocation + PRICES.schedulerInvocation),
    tables:
      perMonth * (database.writes * PRICES.writeUnit + database.reads * PRICES.readUnit) +
      (perMonth * database.bytes * PRICES.gigabyteStored) / 1e9,
    logs: (perMonth * logged * PRICES.gigabyteLogged) / 1e9,
  };
  const total = Object.values(cost).reduce((sum, one) => sum + one, 0);
  const mean = (value: number) => (value / MEASURED).toFixed(1);
  return [
    account.name,
    mean(steps.reduce((sum, { inFlight }) => sum + inFlight, 0)),
    mean(of('devicefarm').length),
    mean(of('dynamodb').length),
    mean(waited + replied),
    ...Object.values(cost).map((one) => one.toFixed(2)),
    total.toFixed(2),
    (total - cost.alarms - cost.polling).toFixed(2),
  ];
}

function seed({ emulator, clock }: Deployed, { projects, finishedRuns }: Account): readonly string[] {
  const arns = Array.from({ length: projects }, (_, index) => emulator.addProject({ name: `app-${index}` }));
  for (const project of arns)
    for (let index = finishedRuns; index > 0; index -= 1)
      emulator.addRun({
        project,
        name: `before-${index}`,
        created: clock.now() - 200 * MINUTE - index * 190 * MINUTE,
        jobs: [{ testMinutes: 5 }],
      });
  return arns;
}

/** Request units of DynamoDB: a write a kilobyte of the item, twice with the index of the audit table; a consistent read four. */
function units(calls: Deployed['aws']['calls'], auditTable: string) {
  let [reads, writes] = [0, 0];
  const stored = new Map<string, number>();
  for (const { operation, input, received = 0, resources } of calls) {
    if (operation === 'Query' || operation === 'GetItem') {
      reads += Math.max(1, Math.ceil(received / 4_096));
      continue;
    }
    if (operation === 'DeleteItem') writes += 1;
    const copies = resources.some((one) => one.endsWith(`/${auditTable}`)) ? 2 : 1;
    for (const item of itemsOf(input)) {
      const size = mapSize(item);
      writes += copies * Math.max(1, Math.ceil(size / 1_024));
      stored.set(
        `${resources}${JSON.stringify(Object.entries(item).filter(([name]) => KEYS.has(name)))}`,
        copies * size,
      );
    }
  }
  return { reads, writes, bytes: [...stored.values()].reduce((sum, size) => sum + size, 0) };
}

/** Names of the key attributes of both tables: an item with the same keys takes the place of the former one. */
const KEYS = new Set(['pk', 'sk', 'subject', 'id']);

type Attributes = Readonly<Record<string, AttributeValue>>;

function itemsOf({ Item, RequestItems }: Readonly<Record<string, unknown>>): readonly Attributes[] {
  if (Item) return [Item as Attributes];
  const batches = Object.values((RequestItems ?? {}) as BatchWriteItemInput['RequestItems'] & object);
  return batches.flat().flatMap(({ PutRequest }) => (PutRequest?.Item ? [PutRequest.Item] : []));
}

/** Bytes of an item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function mapSize(attributes: Attributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value),
    0,
  );
}

function valueSize({ S, N, B, L, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  // Base64 as it is sent.
  if (B !== undefined) return Math.ceil((String(B).length * 3) / 4);
  if (L) return 3 + L.reduce((sum, one) => sum + 1 + valueSize(one), 0);
  if (M) return 3 + Object.keys(M).length + mapSize(M);
  return 1;
}

interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

function resourcesOf({ directory }: Deployed, type: string) {
  const template: Template = JSON.parse(readFileSync(join(directory, 'AutoStop.template.json'), 'utf8'));
  return Object.values(template.Resources).flatMap(({ Type, Properties = {} }) =>
    Type === type ? [Properties] : [],
  );
}

function alarmMetrics(deployed: Deployed): number {
  const metricsOf = ({ Metrics }: Readonly<Record<string, unknown>>) =>
    Array.isArray(Metrics) ? Metrics.filter((one) => one.MetricStat !== undefined).length : 1;
  return resourcesOf(deployed, 'AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0);
}

function memoryGigabytes(deployed: Deployed): number {
  const sizes = resourcesOf(deployed, 'AWS::Lambda::Function').map(({ MemorySize }) => Number(MemorySize));
  return Math.max(...sizes) / 1_024;
}

import { readdirSync, readFileSync } from 'node:fs';
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { violationsIn } from '../cli/audit-verify.ts';
import { seededRandom } from '../emulator/random.ts';
import type { PolicyInput } from '../lambda/policy/schema.ts';
import { DAY, MINUTE, SECOND } from '../lambda/time.ts';
import { type Deployed, start } from '../test/end-to-end/start.ts';
import { printTable } from './print-table.ts';

const DAYS = 30;
const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    { id: 'stuck-queue', type: 'queue-age', maxMinutes: 120 },
    {
      id: 'month',
      type: 'budget',
      period: 'month',
      limit: { usd: 100_000 },
      thresholds: [{ percent: 100, action: 'stop-all' }],
    },
  ],
};

/** A month of sweeps every five minutes through the bundle in one container, with faults: memory, state table, audit trail. */
export async function benchMonth(): Promise<void> {
  const deployed = await start(POLICY, { pageSize: 100, keptRequests: 10_000 });
  try {
    const rows: string[][] = [];
    const life = liveIn(deployed);
    for (let day = 1; day <= DAYS; day += 1) {
      const seconds = await life();
      if (day === 1 || day % 5 === 0 || day === DAYS)
        rows.push([`day ${day}`, ...(await figures(deployed, rows[0])), seconds]);
    }
    printTable(
      `${DAYS} days of sweeps every five minutes, 15 runs of 2 jobs a day, faults in one sweep of ten`,
      [
        [
          'after',
          'memory MiB',
          'ratio',
          'state items',
          'ratio',
          'audit records',
          'violations',
          'seconds a day',
        ],
        ...rows,
      ],
    );
    console.log(
      '  memory: of the process of the sweep function. ratio: against the first day. violations: of the whole audit trail.',
    );
  } finally {
    await deployed.close();
  }
}

/** Lives through one day; gives the real seconds that it took. */
function liveIn(deployed: Deployed) {
  const { aws, clock, emulator } = deployed;
  const random = seededRandom(11);
  const project = emulator.addProject({ name: 'mobile' });
  const faults = ['ThrottlingException', 'InternalServiceException'] as const;
  return async (): Promise<string> => {
    const begun = performance.now();
    const end = clock.now() + DAY;
    for (let count = 0; clock.now() < end; count += 1) {
      if (random() < 15 / 288) {
        const jobs = [1, 2].map(() => ({ testMinutes: random() < 0.1 ? 1_000 : 10 + random() * 40 }));
        emulator.addRun({ project, name: `nightly-${count % 7}`, created: clock.now(), jobs });
      }
      if (random() < 0.1)
        emulator.faults.add({
          kind: 'error',
          name: faults[count % 2] ?? faults[0],
          operation: '*',
          times: 1 + (count % 4),
        });
      await aws.invoke('SweepFunctionName');
      aws.calls.length = 0;
      aws.invocations.length = 0;
      await clock.sleep(5 * MINUTE);
    }
    await expire(deployed);
    return ((performance.now() - begun) / SECOND).toFixed(0);
  };
}

async function figures(
  { trail, clock, aws }: Deployed,
  first: readonly string[] | undefined,
): Promise<string[]> {
  const memory = largestChild();
  const items = (await itemsOf(aws.client, aws.plan.output('StateTableName'))).length;
  const records = await trail();
  const ratio = (figure: number, column: number) =>
    first ? (figure / Number(first[column])).toFixed(2) : '1.00';
  return [
    memory.toFixed(0),
    ratio(memory, 1),
    String(items),
    ratio(items, 3),
    String(records.length),
    String(violationsIn(records, clock.now()).length),
  ];
}

/** Resident MiB of the largest process that this one has begun: the container of the sweep function. */
function largestChild(): number {
  const children = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === process.pid);
  return Math.max(...children.map((pid) => Number(field(pid, 'VmRSS')) / 1024));
}

function parentOf(pid: string): number {
  return Number(field(pid, 'PPid'));
}

function field(pid: string, name: string): string | undefined {
  try {
    return new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    // The process has ended.
    return undefined;
  }
}

/** Removes what has expired, as DynamoDB does within days. */
async function expire({ aws, clock }: Deployed): Promise<void> {
  const client = new DynamoDBClient(aws.client);
  const TableName = aws.plan.output('StateTableName');
  for (const { pk = { S: '' }, sk = { S: '' }, expires } of await itemsOf(aws.client, TableName))
    if (Number(expires?.N) * SECOND < clock.now())
      await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
  client.destroy();
}

async function itemsOf(config: Deployed['aws']['client'], TableName: string) {
  const client = new DynamoDBClient(config);
  const items: Record<string, AttributeValue>[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey: from }));
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from);
  client.destroy();
  return items;
}

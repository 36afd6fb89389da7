import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { FUNCTION_BUNDLE_OPTIONS } from '../bundle-options.ts';
import { ENV, POLICY_FILE } from '../lambda/env.ts';
import { policyFromText } from '../lambda/policy/load.ts';
import { printTable } from './print-table.ts';

const RUNS = 21;
const FUNCTIONS = ['sweep', 'orders'] as const;
const POLICY = policyFromText(
  'version: 1\nrules: [{ id: long, type: job-duration, maxMinutes: 60 }]',
  'bench',
);

/** The same clients and Powertools that the functions use, and nothing of ours: made, as any handler makes them. */
const BASELINE = `
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DeviceFarmClient, GetJobCommand, GetRemoteAccessSessionCommand, GetRunCommand, ListJobsCommand, ListProjectsCommand,
  ListRemoteAccessSessionsCommand, ListRunsCommand, StopJobCommand, StopRemoteAccessSessionCommand } from '@aws-sdk/client-device-farm';
import { BatchWriteItemCommand, DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
const awsSdkV3Client = new DynamoDBClient({});
const parts = [new DeviceFarmClient({}), awsSdkV3Client, new SNSClient({}), new Logger(), new Metrics(), new IdempotencyConfig({}),
  new DynamoDBPersistenceLayer({ tableName: 'state', awsSdkV3Client })];
export const handler = async () => [parts, makeIdempotent, marshall, unmarshall, GetJobCommand, GetRemoteAccessSessionCommand, GetRunCommand,
  ListJobsCommand, ListProjectsCommand, ListRemoteAccessSessionsCommand, ListRunsCommand, StopJobCommand, StopRemoteAccessSessionCommand,
  BatchWriteItemCommand, DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand, PublishCommand];
`;

interface Candidate {
  readonly name: string;
  readonly file: string;
  readonly milliseconds: number[];
}

/** Size and cold import of each bundle against the baseline: one new process a run, all candidates in turn. */
export async function benchColdStart(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'cold-start-'));
  try {
    const candidates = await makeCandidates(directory);
    for (let run = 0; run < RUNS; run += 1) {
      for (const { file, milliseconds } of candidates) milliseconds.push(importOnce(file));
    }
    print(candidates);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function makeCandidates(directory: string): Promise<readonly Candidate[]> {
  const root = FUNCTION_BUNDLE_OPTIONS.absWorkingDir ?? '';
  const sources = [
    { name: 'baseline', stdin: { contents: BASELINE, resolveDir: root, loader: 'ts' as const } },
    ...FUNCTIONS.map((name) => ({ name, entryPoints: { index: join(root, `lambda/${name}.handler.ts`) } })),
  ];
  return Promise.all(
    sources.map(async ({ name, ...source }) => {
      const outdir = join(directory, name);
      await build({ ...FUNCTION_BUNDLE_OPTIONS, ...source, outdir });
      writeFileSync(join(directory, name, POLICY_FILE), JSON.stringify({ version: 'bench', policy: POLICY }));
      return { name, file: join(outdir, name === 'baseline' ? 'stdin.mjs' : 'index.mjs'), milliseconds: [] };
    }),
  );
}

function importOnce(file: string): number {
  const script = `const start = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - start);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: environment(),
  });
  if (status !== 0) throw new Error(`importing ${file} ended with exit code ${status}: ${stderr}`);
  return Number(stdout);
}

function environment(): Record<string, string> {
  return {
    AWS_REGION: 'us-west-2',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    POWERTOOLS_SERVICE_NAME: 'bench',
    POWERTOOLS_METRICS_NAMESPACE: 'bench',
    [ENV.auditTable]: 'audit',
    [ENV.stateTable]: 'state',
    [ENV.notificationTopic]: 'arn:aws:sns:us-west-2:123456789012:notifications',
    [ENV.account]: '123456789012',
  };
}

function print(candidates: readonly Candidate[]): void {
  const baseline = candidates[0];
  if (!baseline) return;
  const rows = candidates.map((candidate) => {
    const [ms, size] = [median(candidate.milliseconds), sizeOf(candidate)];
    return [
      candidate.name,
      `${(size / 1024).toFixed(0)} kB`,
      (size / sizeOf(baseline)).toFixed(2),
      `${ms.toFixed(1)} ms`,
      (ms / median(baseline.milliseconds)).toFixed(2),
    ];
  });
  printTable(`Bundles: size and cold import, median of ${RUNS} new processes, taken in turn`, [
    ['bundle', 'size', 'ratio', 'import', 'ratio'],
    ...rows,
  ]);
  console.log(
    '  baseline: the same SDK clients, commands and Powertools with the same esbuild options, and nothing else.',
  );
}

/** Bytes of all files, those that few invocations load included. */
function sizeOf({ file }: Candidate): number {
  const names = readdirSync(dirname(file)).filter((name) => name.endsWith('.mjs'));
  return names.reduce((sum, name) => sum + statSync(join(dirname(file), name)).size, 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

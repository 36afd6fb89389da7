import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { farmClient } from '../../../lambda/aws/clients.ts';
import { deviceFarm } from '../../../lambda/aws/farm/device-farm.ts';
import { blankMemory, survey } from '../../../lambda/core/inventory/survey.ts';
import { estimateMinutes, settledMinutes } from '../../../lambda/core/minutes.ts';
import { decide } from '../../../lambda/core/rules/decide.ts';
import type { Job, Run } from '../../../lambda/core/service.ts';
import { moneyFor } from '../../../lambda/core/spend/money.ts';
import { liveState } from '../../../lambda/core/stops/live-state.ts';
import { phaseOf } from '../../../lambda/core/work-item.ts';
import type { Reading } from '../../../lambda/ports.ts';
import { inProcessHandler } from '../../../emulator/request-handler.ts';
import { hour, job, minute, policy, project, projectArn } from './samples.ts';

function golden(file: string): string {
  return readFileSync(new URL(`../../golden/${file}`, import.meta.url), 'utf8');
}

/** Device Farm through the SDK, as if the service always replied with this body. */
function farmThatReplies(body: string) {
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  const requestHandler = inProcessHandler(async () => ({ kind: 'http', status: 200, headers, body }));
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return deviceFarm(farmClient({ requestHandler, credentials }));
}

function found<T>(reading: Reading<T>): T {
  if (reading.state === 'found') return reading.value;
  throw new Error(`nothing was found: ${JSON.stringify(reading)}`);
}

const runOf = async (body: string): Promise<Run> => found(await farmThatReplies(body).run('any'));
const jobOf = async (body: string): Promise<Job> => found(await farmThatReplies(body).job('any'));

describe('golden samples of completed work', () => {
  it.each([
    {
      file: 'get-job-completed.json',
      result: 'PASSED',
      minutes: { total: 1.38, metered: 0, unmetered: 1.13 },
    },
    {
      file: 'get-job-completed-failed.json',
      result: 'FAILED',
      minutes: { total: 1.42, metered: 0, unmetered: 1.17 },
    },
  ])('$file settles on counters that do not add up', async ({ file, result, minutes }) => {
    const job = await jobOf(golden(file));

    expect(job).toMatchObject({
      status: 'COMPLETED',
      result,
      privateDevice: false,
      created: 1_785_965_216_959,
    });
    expect(settledMinutes(job.counters)).toEqual(minutes);
    expect(moneyFor(minutes.metered, 0.17)).toBe(0);
  });

  it('a metered run costs its metered minutes, not its total', async () => {
    const run = await runOf(golden('get-run-completed-metered.json'));

    const minutes = settledMinutes(run.counters);

    expect(run.billing).toBe('metered');
    expect(minutes).toEqual({ total: 83.35, metered: 75.69, unmetered: 0 });
    expect(moneyFor(minutes?.metered ?? 0, 0.17)).toBe(12_867_300);
  });

  it('the counters of a test read like those of a job', async () => {
    const job = await jobOf(golden('get-test-passed.json').replace('"test"', '"job"'));

    expect(settledMinutes(job.counters)).toEqual({ total: 1.89, metered: 1.89, unmetered: 0 });
  });
});

describe('golden samples of work in flight', () => {
  const listed = async (): Promise<Run> => {
    const runs: Run[] = [];
    for await (const page of farmThatReplies(golden('list-runs-running.json')).runs('any'))
      runs.push(...page);
    const [run] = runs;
    if (!run || runs.length > 1) throw new Error(`${runs.length} runs: expected one`);
    return run;
  };

  it.each([
    { file: 'list-runs-running.json', read: listed, phase: 'started', created: 1_472_667_509_852 },
    {
      file: 'get-run-running.json',
      read: () => runOf(golden('get-run-running.json')),
      phase: 'started',
      created: 1_458_329_687_951,
    },
    {
      file: 'stop-run-stopping.json',
      read: () => runOf(golden('stop-run-stopping.json')),
      phase: 'stopping',
      created: 1_458_329_687_951,
    },
    {
      file: 'schedule-run.json',
      read: () => runOf(golden('schedule-run.json')),
      phase: 'queued',
      created: 1_621_056_695_477,
    },
  ])('$file: metered, $phase, without a start and without minutes', async ({ read, phase, created }) => {
    const run = await read();

    expect(run).toMatchObject({ billing: 'metered', created });
    expect(run.started).toBeUndefined();
    expect(phaseOf(run.status)).toBe(phase);
    expect(run.counters.total ?? 0).toBe(0);
  });

  it('the minutes of a job still grow while the counters of its run stay at 0', async () => {
    const run = await listed();
    const created = run.created ?? 0;
    const now = created + 2 * hour;
    const one = job({
      arn: `${run.arn.replace(':run:', ':job:')}/00000`,
      created,
      started: now - 75 * minute,
    });
    const reading = {
      project,
      runs: [run],
      runsComplete: true,
      sessions: [],
      sessionsComplete: true,
      jobs: new Map([[run.arn, [one]]]),
      cutShort: new Set<string>(),
      gone: new Set<string>(),
      from: created - hour,
    };

    const { items, unsettled } = survey(reading, blankMemory(projectArn), now);
    const { decisions } = decide(items, {
      policy: policy([{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }]),
      budgets: [],
      now,
    });

    expect(unsettled).toMatchObject([{ minutes: { total: 75, metered: 75, unmetered: 0 } }]);
    expect(decisions).toMatchObject([{ action: 'stop', rule: 'long-jobs' }]);
  });
});

describe('replies that the service model allows', () => {
  const running = { status: 'RUNNING', billingMethod: 'METERED' };
  const now = Date.UTC(2026, 10, 25, 12);

  it.each([
    ['no minutes', {}],
    ['empty minutes', { deviceMinutes: {} }],
    ['null for minutes', { deviceMinutes: null }],
    ['null in minutes', { deviceMinutes: { total: null, metered: null, unmetered: null } }],
    ['NaN in minutes', { deviceMinutes: { total: 'NaN', metered: 'NaN', unmetered: 'NaN' } }],
    ['infinite minutes', { deviceMinutes: { total: 'Infinity', metered: '-Infinity' } }],
    ['negative minutes', { deviceMinutes: { total: -5, metered: -5 } }],
    ['minutes of 0', { deviceMinutes: { total: 0, metered: 0, unmetered: 0 } }],
  ])('with %s leave the minutes to the clock', async (_, members) => {
    const run = await runOf(JSON.stringify({ run: { ...running, ...members } }));

    const minutes = estimateMinutes({ ...run, runningSince: now - 30 * minute }, now);

    expect(minutes).toEqual({ total: 30, metered: 30, unmetered: 0 });
  });

  it('may have next to nothing in them, and then nothing is known', async () => {
    const job = await jobOf('{"job":{}}');

    expect(job).toMatchObject({ arn: '', status: '', device: 'an unnamed device', privateDevice: false });
    expect(liveState(job, { now, pricePerMeteredMinute: 0.17 })).toMatchObject({ state: 'unknown' });
    expect(settledMinutes(job.counters)).toBeUndefined();
  });

  it('may have texts that nobody knew, which stay as they came', async () => {
    const run = await runOf(
      '{"run":{"status":"HIBERNATING","billingMethod":"BARTER","platform":"ANDROID_APP","type":"UIAUTOMATION"}}',
    );

    expect(run).toMatchObject({
      status: 'HIBERNATING',
      billing: 'unknown',
      platform: 'ANDROID_APP',
      testType: 'UIAUTOMATION',
    });
    expect(phaseOf(run.status)).toBe('unknown');
  });

  it.each([
    { device: { fleetType: 'PRIVATE' } },
    { instanceArn: 'arn:aws:devicefarm:us-west-2::deviceinstance:EXAMPLE' },
  ])('tell a private device by %j', async (members) => {
    const job = await jobOf(JSON.stringify({ job: members }));

    expect(job.privateDevice).toBe(true);
  });
});

import { readFileSync } from 'node:fs';
import { DeviceFarmClient, GetJobCommand, GetRunCommand, ListRunsCommand } from '@aws-sdk/client-device-farm';
import { describe, expect, it } from 'vitest';
import { schemaFaults } from './schema-faults.ts';
import { itemsOf, parseObject, startFarm, textAt } from './start-farm.ts';

const golden = (name: string) =>
  parseObject(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8'));

/** A project and a run to put golden samples into. */
function farmOfSamples() {
  const farm = startFarm();
  const project = farm.emulator.addProject();
  const run = farm.emulator.addRaw({
    kind: 'run',
    parent: project,
    item: { arn: 'arn:aws:devicefarm:us-west-2::run:p/r' },
  });
  const client = new DeviceFarmClient({
    region: 'us-west-2',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    requestHandler: farm.emulator.requestHandler(),
  });
  return { ...farm, project, run, client };
}

describe('golden samples', () => {
  it.each(['get-job-completed', 'get-job-completed-failed'])(
    '10.4 serves the job of %s verbatim',
    async (name) => {
      const { emulator, call, run } = farmOfSamples();
      const sample = golden(name);
      const arn = emulator.addRaw({ kind: 'job', parent: run, item: JSON.stringify(sample.job) });

      const [one, list] = [await call('GetJob', { arn }), await call('ListJobs', { arn: run })];

      expect(one.body).toEqual(sample);
      expect(list.body).toEqual({ jobs: [sample.job] });
    },
  );

  it.each(['get-run-completed-metered', 'get-run-running', 'stop-run-stopping', 'schedule-run'])(
    '10.4 serves the run of %s verbatim',
    async (name) => {
      const { emulator, call, project } = farmOfSamples();
      const sample = golden(name);
      const arn = emulator.addRaw({ kind: 'run', parent: project, item: JSON.stringify(sample.run) });

      const [one, list] = [await call('GetRun', { arn }), await call('ListRuns', { arn: project })];

      expect(one.body).toEqual(sample);
      expect(itemsOf(list.body, 'runs')).toContainEqual(sample.run);
    },
  );

  it('10.4 serves the runs of list-runs-running verbatim', async () => {
    const { emulator, call } = startFarm();
    const project = emulator.addProject();
    const sample = golden('list-runs-running');
    for (const item of itemsOf(sample, 'runs')) emulator.addRaw({ kind: 'run', parent: project, item });

    const { body } = await call('ListRuns', { arn: project });

    expect(body).toEqual(sample);
  });

  it('10.4 lets the SDK read a number in exponent form as a time', async () => {
    const { emulator, project, client } = farmOfSamples();
    const item = '{"arn":"arn:aws:devicefarm:us-west-2:123456789012:run:p/q","created":1.621056695477E9}';
    const arn = emulator.addRaw({ kind: 'run', parent: project, item });

    const { run } = await client.send(new GetRunCommand({ arn }));

    expect(run?.created).toEqual(new Date(1_621_056_695_477));
  });

  it('10.4 lets the SDK read completed and running samples', async () => {
    const { emulator, project, run, client } = farmOfSamples();
    const job = emulator.addRaw({
      kind: 'job',
      parent: run,
      item: JSON.stringify(golden('get-job-completed').job),
    });
    const [running] = itemsOf(golden('list-runs-running'), 'runs');
    emulator.addRaw({ kind: 'run', parent: project, item: running ?? {} });

    const completed = await client.send(new GetJobCommand({ arn: job }));
    const listed = await client.send(new ListRunsCommand({ arn: project }));

    expect(completed.job).toMatchObject({
      created: new Date('2026-08-05T14:26:56.959-07:00'),
      deviceMinutes: { total: 1.38, metered: 0, unmetered: 1.13 },
    });
    const live = listed.runs?.find(({ arn }) => arn === running?.arn);
    expect(live).toMatchObject({ status: 'RUNNING', created: new Date(1_472_667_509_852) });
    expect(live?.started).toBeUndefined();
  });

  it.each([
    ['get-job-completed', 'GetJob'],
    ['get-job-completed-failed', 'GetJob'],
    ['get-run-completed-metered', 'GetRun'],
    ['get-test-passed', 'GetTest'],
    ['list-runs-running', 'ListRuns'],
    ['get-run-running', 'GetRun'],
    ['stop-run-stopping', 'StopRun'],
    ['schedule-run', 'ScheduleRun'],
  ])('1.10 holds %s against the schema of %s', (name, operation) => {
    const faults = schemaFaults(operation, golden(name));

    expect(faults.filter((fault) => !fault.includes('platform is ANDROID_APP'))).toEqual([]);
  });

  it('are the messages of AWS Budgets and CloudWatch in their published forms', () => {
    const text = readFileSync(new URL('../golden/budgets-notification.txt', import.meta.url), 'utf8');

    const alarm = golden('cloudwatch-alarm');

    expect(text).toMatch(/^AWS Budget Notification /);
    expect(text.split('\n')).toContain('Budget Name: Test Budget');
    expect(() => parseObject(text)).toThrow(SyntaxError);
    expect(textAt(alarm, 'NewStateValue')).toBe('ALARM');
    expect(textAt(alarm, 'StateChangeTime')).toMatch(/\+0000$/);
  });
});

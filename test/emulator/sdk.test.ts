import {
  CreateRemoteAccessSessionCommand,
  DeviceFarmClient,
  GetAccountSettingsCommand,
  GetJobCommand,
  GetRemoteAccessSessionCommand,
  ListRemoteAccessSessionsCommand,
  ListTagsForResourceCommand,
  paginateListJobs,
  paginateListProjects,
  paginateListRuns,
  ScheduleRunCommand,
  StopJobCommand,
  StopRemoteAccessSessionCommand,
  StopRunCommand,
  TagResourceCommand,
} from '@aws-sdk/client-device-farm';
import { afterEach, describe, expect, it } from 'vitest';
import { deviceArn } from '../../emulator/devices.ts';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { begin, minute, startFarm } from './start-farm.ts';

const settings = {
  region: 'us-west-2',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  maxAttempts: 1,
};

const closing: (() => Promise<void> | void)[] = [];

const transports = {
  async listen(emulator: DeviceFarmEmulator, region: string) {
    const { url, close } = await emulator.listen();
    const client = new DeviceFarmClient({ ...settings, region, endpoint: url });
    closing.push(() => client.destroy(), close);
    return client;
  },
  async requestHandler(emulator: DeviceFarmEmulator, region: string) {
    return new DeviceFarmClient({ ...settings, region, requestHandler: emulator.requestHandler() });
  },
};

describe.each([
  ['12.1', 'listen'],
  ['12.2', 'requestHandler'],
] as const)('the AWS SDK', (number, transport) => {
  const start = async (region = 'us-west-2') => {
    const farm = startFarm();
    return { ...farm, client: await transports[transport](farm.emulator, region) };
  };

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it(`${number} pages through ${transport}`, async () => {
    const { emulator, client } = await start();
    const projects = Array.from({ length: 12 }, () => emulator.addProject());
    const jobs = Array.from({ length: 21 }, () => ({}));
    const runs = Array.from({ length: 11 }, () => emulator.addRun({ project: projects[0] ?? '', jobs }));
    const seen: (string | undefined)[] = [];

    for await (const page of paginateListProjects({ client }, {}))
      seen.push(...(page.projects ?? []).map(({ arn }) => arn));
    for await (const page of paginateListRuns({ client }, { arn: projects[0] })) {
      seen.push(...(page.runs ?? []).map(({ arn }) => arn));
    }
    for await (const page of paginateListJobs({ client }, { arn: runs[0]?.arn })) {
      seen.push(...(page.jobs ?? []).map(({ arn }) => arn));
    }

    expect(seen).toEqual([...projects, ...runs.map(({ arn }) => arn).toReversed(), ...(runs[0]?.jobs ?? [])]);
  });

  it(`${number} reads times, minutes and enums through ${transport}`, async () => {
    const { emulator, client } = await start();
    const created = begin - 75.5 * minute;
    const { jobs } = emulator.addRun({
      project: emulator.addProject(),
      created,
      jobs: [{ testMinutes: 20 }],
    });

    const { job } = await client.send(new GetJobCommand({ arn: jobs[0] }));

    expect(job).toMatchObject({
      status: 'COMPLETED',
      result: 'PASSED',
      created: new Date(created),
      started: new Date(created),
      stopped: new Date(created + 21 * minute),
      deviceMinutes: { total: 21, metered: 21, unmetered: 0 },
    });
  });

  it(`${number} schedules, stops and tags through ${transport}`, async () => {
    const { emulator, client, pass } = await start();
    const projectArn = emulator.addProject();
    const { run } = await client.send(
      new ScheduleRunCommand({
        projectArn,
        test: { type: 'APPIUM_NODE' },
        deviceSelectionConfiguration: { filters: [], maxDevices: 2 },
      }),
    );
    pass(5);

    const stopped = await client.send(
      new StopJobCommand({ arn: `${run?.arn?.replace(':run:', ':job:')}/00000` }),
    );
    const rest = await client.send(new StopRunCommand({ arn: run?.arn }));
    await client.send(
      new TagResourceCommand({ ResourceARN: run?.arn, Tags: [{ Key: 'team', Value: 'mobile' }] }),
    );
    const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceARN: run?.arn }));

    expect(run).toMatchObject({ status: 'PENDING', created: new Date(begin) });
    expect(run?.deviceMinutes).toBeUndefined();
    expect(stopped.job?.status).toBe('STOPPING');
    expect(rest.run?.status).toBe('STOPPING');
    expect(Tags).toEqual([{ Key: 'team', Value: 'mobile' }]);
  });

  it(`${number} creates and stops a session through ${transport}`, async () => {
    const { emulator, client, pass } = await start();
    const projectArn = emulator.addProject();
    const input = { projectArn, deviceArn: deviceArn('Google Pixel 8') };
    const { remoteAccessSession } = await client.send(new CreateRemoteAccessSessionCommand(input));
    const arn = remoteAccessSession?.arn;
    pass(10);

    const listed = await client.send(new ListRemoteAccessSessionsCommand({ arn: projectArn }));
    await client.send(new StopRemoteAccessSessionCommand({ arn }));
    pass(1);
    const after = await client.send(new GetRemoteAccessSessionCommand({ arn }));

    expect(listed.remoteAccessSessions).toMatchObject([{ arn, status: 'RUNNING' }]);
    expect(after.remoteAccessSession).toMatchObject({ arn, status: 'COMPLETED', result: 'STOPPED' });
  });

  it.each([
    ['NotFoundException', 400],
    ['LimitExceededException', 400],
    ['AccessDeniedException', 400],
    ['InternalServiceException', 500],
  ])(`${number} sees %s under HTTP %i through ${transport}`, async (name, httpStatusCode) => {
    const { emulator, client } = await start();
    emulator.faults.add({ operation: 'GetAccountSettings', kind: 'error', name });

    const answer = client.send(new GetAccountSettingsCommand({}));

    await expect(answer).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
  });

  it(`${number} sees an HTML page as a syntax error under HTTP 503 through ${transport}`, async () => {
    const { emulator, client } = await start();
    emulator.faults.add({ operation: '*', kind: 'html' });

    const answer = client.send(new GetAccountSettingsCommand({}));

    await expect(answer).rejects.toMatchObject({ name: 'SyntaxError', $metadata: { httpStatusCode: 503 } });
  });

  it(`${number} loses a reply through ${transport}`, async () => {
    const { emulator, client } = await start();
    const { jobs } = emulator.addRun({ project: emulator.addProject(), jobs: [{ testMinutes: 60 }] });
    emulator.faults.add({ operation: 'StopJob', kind: 'closed' });

    const answer = client.send(new StopJobCommand({ arn: jobs[0] }));

    await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(emulator.show(jobs[0] ?? '')).toMatchObject({ status: 'STOPPING' });
  });

  it(`1.8 refuses a client of another region through ${transport}`, async () => {
    const { client } = await start('eu-west-1');

    await expect(client.send(new GetAccountSettingsCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });
});

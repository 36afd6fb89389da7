import { describe, expect, it } from 'vitest';
import { deviceArn } from '../../emulator/devices.ts';
import type { JsonObject } from '../../emulator/json.ts';
import { operations } from '../../emulator/operations/table.ts';
import type { EmulatorOptions } from '../../emulator/options.ts';
import { executionStatuses } from '../../emulator/status.ts';
import { schemaFaults } from './schema-faults.ts';
import { startFarm } from './start-farm.ts';

/** Work in every status, on public and private devices, and one call of every operation on all that it takes. */
function busyFarm(options: Omit<Partial<EmulatorOptions>, 'now'>) {
  const farm = startFarm({ pageSize: 4, ...options });
  const { emulator } = farm;
  const projects = [emulator.addProject({ defaultJobTimeoutMinutes: 60 }), emulator.addProject()];
  const [project = ''] = projects;
  const device = { name: 'Ours', fleetType: 'PRIVATE' } as const;
  const held = executionStatuses.map((status) => ({ status }));
  const runs = [
    emulator.addRun({ project, jobs: [...held, { device }, { testMinutes: 1, result: 'FAILED' }] }),
    ...executionStatuses.map((status) => emulator.addRun({ project, platform: 'IOS', jobs: [{ status }] })),
  ];
  const sessions = executionStatuses.map((status) => emulator.addSession({ project, status, device }));
  const devicePoolArn = emulator.addDevicePool({ project, devices: ['Google Pixel 8'] });
  const inputs: Readonly<Record<string, readonly JsonObject[]>> = {
    ListProjects: [{}, { arn: project }],
    GetAccountSettings: [{}],
    ScheduleRun: [{ projectArn: project, test: { type: 'XCTEST' }, devicePoolArn }],
    CreateRemoteAccessSession: [{ projectArn: project, deviceArn: deviceArn('Google Pixel 8') }],
    TagResource: [{ ResourceARN: project, Tags: [{ Key: 'team', Value: 'mobile' }] }],
    ListTagsForResource: [{ ResourceARN: project }],
    ...inputsBy('arn', {
      GetProject: projects,
      ListRuns: projects,
      ListRemoteAccessSessions: projects,
      GetRun: runs.map(({ arn }) => arn),
      ListJobs: runs.map(({ arn }) => arn),
      GetJob: runs.flatMap(({ jobs }) => jobs),
      GetRemoteAccessSession: sessions,
      StopJob: runs.flatMap(({ jobs }) => jobs),
      StopRun: runs.map(({ arn }) => arn),
      StopRemoteAccessSession: sessions,
    }),
  };
  return { ...farm, inputs };
}

function inputsBy(member: string, arns: Readonly<Record<string, readonly string[]>>) {
  return Object.fromEntries(
    Object.entries(arns).map(([name, all]) => [name, all.map((arn) => ({ [member]: arn }))]),
  );
}

describe('the output schemas of the SDK', () => {
  it.each(
    [...operations.keys()].flatMap((operation) => [
      ['settled', operation] as const,
      ['live', operation] as const,
    ]),
  )('1.10 are satisfied, with %s counters, by %s', async (counters, operation) => {
    const { call, pass, inputs } = busyFarm({ counters });
    const calls = inputs[operation] ?? [];
    pass(3);

    const answers = [];
    for (const input of calls) answers.push(await call(operation, input));
    pass(100);
    for (const input of calls) answers.push(await call(operation, input));

    expect(answers.length).toBeGreaterThanOrEqual(2);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.flatMap(({ body }) => schemaFaults(operation, body))).toEqual([]);
  });

  it('1.11 are those of sixteen operations', () => {
    expect([...operations.keys()]).toEqual([
      'CreateRemoteAccessSession',
      'GetAccountSettings',
      'GetJob',
      'GetProject',
      'GetRemoteAccessSession',
      'GetRun',
      'ListJobs',
      'ListProjects',
      'ListRemoteAccessSessions',
      'ListRuns',
      'ListTagsForResource',
      'ScheduleRun',
      'StopJob',
      'StopRemoteAccessSession',
      'StopRun',
      'TagResource',
    ]);
  });

  it.each([
    ['GetJob', { job: { status: 'DONE' } }, 'GetJob.job.status is DONE, which the SDK does not know'],
    ['GetJob', { job: { started: '2026-08-07' } }, 'GetJob.job.started is not a number'],
    ['GetJob', { job: { billingMethod: 'METERED' } }, 'GetJob.job.billingMethod is unknown'],
    ['GetJob', { job: { deviceMinutes: { total: '1' } } }, 'GetJob.job.deviceMinutes.total is not a number'],
    ['GetJob', { job: { videoCapture: 1 } }, 'GetJob.job.videoCapture is not a boolean'],
    ['GetJob', { job: [] }, 'GetJob.job is not a structure'],
    ['ListRuns', { runs: {} }, 'ListRuns.runs is not a list'],
    ['ListRuns', { runs: [{}, { name: null }] }, 'ListRuns.runs[1].name is not a string'],
    ['ListTagsForResource', { tags: [] }, 'ListTagsForResource.tags is unknown'],
    [
      'GetAccountSettings',
      { accountSettings: { maxSlots: [] } },
      'GetAccountSettings.accountSettings.maxSlots is not a map',
    ],
  ])('1.10 do not accept a %s of %j', (operation, body, expected) => {
    expect(schemaFaults(operation, body)).toEqual([expected]);
  });
});

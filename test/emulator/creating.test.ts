import { describe, expect, it } from 'vitest';
import { catalogue, deviceArn } from '../../emulator/devices.ts';
import type { JsonObject } from '../../emulator/json.ts';
import { itemsOf, startFarm, textAt } from './start-farm.ts';

const test = { type: 'APPIUM_NODE' };
const onTwoDevices = { deviceSelectionConfiguration: { filters: [], maxDevices: 2 } };

function farmWithProject() {
  const farm = startFarm({ scheduled: { testMinutes: 30 } });
  const projectArn = farm.emulator.addProject({ defaultJobTimeoutMinutes: 60 });
  const schedule = (input: JsonObject) => farm.call('ScheduleRun', { projectArn, test, ...input });
  return { ...farm, projectArn, schedule };
}

describe('creating work', () => {
  it('9.1 runs the devices of a pool as slots become free', async () => {
    const { emulator, call, pass, projectArn, schedule } = farmWithProject();
    const devicePoolArn = emulator.addDevicePool({
      project: projectArn,
      devices: ['Google Pixel 8', { name: 'Pixel X' }],
    });

    const { body } = await schedule({ devicePoolArn, name: 'nightly' });
    const arn = textAt(body, 'run', 'arn');
    const jobs = itemsOf((await call('ListJobs', { arn })).body, 'jobs');
    pass(10);
    const running = emulator.show(arn);
    pass(30);

    expect(body).toMatchObject({
      run: {
        name: 'nightly',
        type: 'APPIUM_NODE',
        status: 'PENDING',
        totalJobs: 2,
        jobTimeoutMinutes: 60,
        devicePoolArn,
      },
    });
    expect(jobs.map(({ name }) => name)).toEqual(['Google Pixel 8', 'Pixel X']);
    expect(running).toMatchObject({ status: 'RUNNING' });
    expect(emulator.show(arn)).toMatchObject({
      status: 'COMPLETED',
      result: 'PASSED',
      deviceMinutes: { metered: 62 },
    });
  });

  it('9.1 runs as many devices of the catalogue as it may', async () => {
    const { call, schedule } = farmWithProject();
    const filters = [{ attribute: 'PLATFORM', operator: 'EQUALS', values: ['IOS'] }];

    const { body } = await schedule({ deviceSelectionConfiguration: { filters, maxDevices: 3 } });
    const jobs = itemsOf((await call('ListJobs', { arn: textAt(body, 'run', 'arn') })).body, 'jobs');

    expect(body).toMatchObject({ run: { platform: 'IOS', totalJobs: 3 } });
    expect(jobs.map(({ name }) => name)).toEqual(catalogue.IOS.map(({ name }) => name));
  });

  it('9.1 lists a scheduled run as the newest', async () => {
    const { emulator, call, projectArn, schedule } = farmWithProject();
    emulator.addRun({ project: projectArn });

    const { body } = await schedule(onTwoDevices);

    const runs = itemsOf((await call('ListRuns', { arn: projectArn })).body, 'runs');
    expect(runs.map(({ arn }) => arn)[0]).toBe(textAt(body, 'run', 'arn'));
    expect(emulator.requests.at(0)).toMatchObject({ operation: 'ScheduleRun', changed: true });
  });

  it('9.2 shows no deviceMinutes in a fresh run, and METERED unless asked otherwise', async () => {
    const { schedule } = farmWithProject();

    const metered = await schedule(onTwoDevices);
    const unmetered = await schedule({ ...onTwoDevices, configuration: { billingMethod: 'UNMETERED' } });

    expect(metered.body).not.toHaveProperty('run.deviceMinutes');
    expect(metered.body).toMatchObject({ run: { billingMethod: 'METERED' } });
    expect(unmetered.body).toMatchObject({ run: { billingMethod: 'UNMETERED' } });
  });

  it.each([5, 150])('9.3 takes a timeout of %i minutes', async (jobTimeoutMinutes) => {
    const { schedule } = farmWithProject();

    const { body } = await schedule({ ...onTwoDevices, executionConfiguration: { jobTimeoutMinutes } });

    expect(body).toMatchObject({ run: { jobTimeoutMinutes } });
  });

  const pool = { devicePoolArn: 'arn:aws:devicefarm:us-west-2:123456789012:devicepool:p/none' };

  it.each([
    [
      'a timeout of 4 minutes',
      { ...onTwoDevices, executionConfiguration: { jobTimeoutMinutes: 4 } },
      'ArgumentException',
    ],
    [
      'a timeout of 151 minutes',
      { ...onTwoDevices, executionConfiguration: { jobTimeoutMinutes: 151 } },
      'ArgumentException',
    ],
    ['neither pool nor selection', {}, 'ArgumentException'],
    ['both pool and selection', { ...onTwoDevices, ...pool }, 'ArgumentException'],
    ['no devices', { deviceSelectionConfiguration: { filters: [], maxDevices: 0 } }, 'ArgumentException'],
    [
      'an unknown billing method',
      { ...onTwoDevices, configuration: { billingMethod: 'FREE' } },
      'ArgumentException',
    ],
    ['an unknown pool', pool, 'NotFoundException'],
    ['no type of test', { ...onTwoDevices, test: {} }, 'ValidationException'],
    [
      'a timeout that is a text',
      { ...onTwoDevices, executionConfiguration: { jobTimeoutMinutes: '9' } },
      'SerializationException',
    ],
    ['a configuration that is a list', { ...onTwoDevices, configuration: [] }, 'SerializationException'],
  ])('9.3 refuses %s and schedules nothing', async (_, input, expected) => {
    const { call, projectArn, schedule } = farmWithProject();

    const { status, body } = await schedule(input);

    const runs = itemsOf((await call('ListRuns', { arn: projectArn })).body, 'runs');
    expect([status, body.__type]).toEqual([400, expected]);
    expect(runs).toEqual([]);
  });

  it('9.4 creates a session that shows signed addresses only while RUNNING', async () => {
    const { emulator, call, pass, projectArn } = farmWithProject();
    const device = deviceArn('Apple iPhone 15');

    const { body } = await call('CreateRemoteAccessSession', {
      projectArn,
      deviceArn: device,
      name: 'by hand',
    });
    const arn = textAt(body, 'remoteAccessSession', 'arn');
    pass(5);
    const running = emulator.show(arn);
    await call('StopRemoteAccessSession', { arn });
    pass(5);

    expect(body).toMatchObject({
      remoteAccessSession: { name: 'by hand', status: 'PENDING', billingMethod: 'METERED' },
    });
    expect(body).toMatchObject({ remoteAccessSession: { device: { arn: device, platform: 'IOS' } } });
    expect(body).not.toHaveProperty('remoteAccessSession.endpoints');
    expect(running).toMatchObject({
      status: 'RUNNING',
      endpoints: { remoteDriverEndpoint: expect.stringMatching(/Signature/) },
    });
    expect(emulator.show(arn)).not.toHaveProperty('endpoints');
  });

  it('9.4 refuses a device that is not in the catalogue', async () => {
    const { call, projectArn } = farmWithProject();

    const { body } = await call('CreateRemoteAccessSession', {
      projectArn,
      deviceArn: deviceArn('Nokia 3310'),
    });

    expect(textAt(body, '__type')).toBe('NotFoundException');
  });
});

describe('tags', () => {
  it('9.5 keeps the tags of projects, runs and sessions', async () => {
    const { emulator, call } = startFarm();
    const project = emulator.addProject({ tags: { team: 'mobile', stage: 'test' } });
    const arns = [project, emulator.addRun({ project }).arn, emulator.addSession({ project })];
    const Tags = [{ Key: 'team', Value: 'web' }];

    for (const ResourceARN of arns) await call('TagResource', { ResourceARN, Tags });
    const answers = await Promise.all(
      arns.map((ResourceARN) => call('ListTagsForResource', { ResourceARN })),
    );

    expect(answers.map(({ body }) => body)).toEqual([
      {
        Tags: [
          { Key: 'team', Value: 'web' },
          { Key: 'stage', Value: 'test' },
        ],
      },
      { Tags },
      { Tags },
    ]);
  });

  it('9.5 takes 50 tags and no more', async () => {
    const { emulator, call } = startFarm();
    const ResourceARN = emulator.addProject({ tags: { last: 'one' } });
    const tags = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ Key: `${index}`, Value: '' }));

    const refused = await call('TagResource', { ResourceARN, Tags: tags(50) });
    const taken = await call('TagResource', { ResourceARN, Tags: tags(49) });

    expect(textAt(refused.body, '__type')).toBe('TooManyTagsException');
    expect(taken.body).toEqual({});
  });

  it.each(['TagResource', 'ListTagsForResource'])('9.5 refuses a job in %s', async (operation) => {
    const { emulator, call } = startFarm();
    const { jobs } = emulator.addRun({ project: emulator.addProject() });

    const { body } = await call(operation, { ResourceARN: jobs[0], Tags: [] });

    expect(textAt(body, '__type')).toBe('ArgumentException');
  });

  it.each([[undefined], ['team'], [[{ Key: 'team' }]], [['team']]])(
    '9.5 refuses the tags %j',
    async (Tags) => {
      const { emulator, call } = startFarm();

      const { body } = await call('TagResource', { ResourceARN: emulator.addProject(), Tags });

      expect(textAt(body, '__type')).toBe('ValidationException');
    },
  );
});

describe('account settings', () => {
  it('9.6 shows what the options say', async () => {
    const { call } = startFarm({
      accountId: '210987654321',
      account: { defaultJobTimeoutMinutes: 30, trialMinutes: { total: 1000, remaining: 954.1 } },
      slots: { unmeteredAutomation: { ANDROID: 2, IOS: 0 } },
    });

    const { body } = await call('GetAccountSettings');

    expect(body).toMatchObject({
      accountSettings: {
        awsAccountNumber: '210987654321',
        defaultJobTimeoutMinutes: 30,
        maxJobTimeoutMinutes: 150,
        trialMinutes: { total: 1000, remaining: 954.1 },
        unmeteredDevices: { ANDROID: 2, IOS: 0 },
        unmeteredRemoteAccessDevices: { ANDROID: 1, IOS: 1 },
      },
    });
  });
});

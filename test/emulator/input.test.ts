import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../emulator/json.ts';
import { startFarm, textAt } from './start-farm.ts';

/** An emulator with a project, and what ScheduleRun and CreateRemoteAccessSession need. */
function withProject() {
  const farm = startFarm();
  const projectArn = farm.emulator.addProject();
  const run = (more: JsonObject = {}) =>
    farm.call('ScheduleRun', {
      projectArn,
      deviceSelectionConfiguration: { maxDevices: 1 },
      test: { type: 'APPIUM_NODE' },
      ...more,
    });
  const session = (more: JsonObject = {}) =>
    farm.call('CreateRemoteAccessSession', {
      projectArn,
      deviceArn: 'arn:aws:devicefarm:us-west-2::device:EMULATED-GOOGLE-PIXEL-8',
      ...more,
    });
  const tag = (Tags: JsonObject[]) => farm.call('TagResource', { ResourceARN: projectArn, Tags });
  return { ...farm, projectArn, run, session, tag };
}

describe('input', () => {
  it.each(['CALABASH', 'appium_node', ''])(
    '9.7 refuses test type "%s" and names those that there are',
    async (type) => {
      const { run } = withProject();

      const { status, body } = await run({ test: { type } });

      expect([status, body.__type]).toEqual([400, 'ValidationException']);
      expect(body.message).toContain('APPIUM_WEB_RUBY');
    },
  );

  it('9.7 takes a name of 256 characters and refuses a longer one', async () => {
    const { run, session } = withProject();

    for (const create of [run, session]) {
      expect((await create({ name: 'x'.repeat(256) })).status).toBe(200);
      expect((await create({ name: 'x'.repeat(257) })).body.__type).toBe('ValidationException');
    }
  });

  it.each([20.5, '20', true])(
    '9.7 refuses timeout %s, which is no whole number',
    async (jobTimeoutMinutes) => {
      const { run } = withProject();

      const { body } = await run({ executionConfiguration: { jobTimeoutMinutes } });

      expect(body.__type).toBe('SerializationException');
    },
  );

  it.each([
    ['an empty key', { Key: '', Value: 'x' }],
    ['a key of 129 characters', { Key: 'x'.repeat(129), Value: 'x' }],
    ['a key of AWS', { Key: 'aws:x', Value: 'x' }],
    ['a value of 257 characters', { Key: 'x', Value: 'x'.repeat(257) }],
  ])('9.7 refuses a tag with %s, and keeps none', async (_, wrong) => {
    const { call, tag, projectArn } = withProject();

    const { body } = await tag([{ Key: 'team', Value: 'mobile' }, wrong]);

    expect(body.__type).toBe('ValidationException');
    expect((await call('ListTagsForResource', { ResourceARN: projectArn })).body).toEqual({ Tags: [] });
  });

  it.each([
    ['junk', 'ValidationException'],
    ['arn:aws:devicefarm:us-west-2::device:EMULATED-GOOGLE-PIXEL-8', 'ArgumentException'],
  ])('9.8 refuses instance %s', async (instanceArn, type) => {
    const { session } = withProject();

    expect((await session({ instanceArn })).body.__type).toBe(type);
  });

  it('9.8 takes a device instance, whose minutes are unmetered', async () => {
    const { session } = withProject();

    const { body } = await session({ instanceArn: 'arn:aws:devicefarm:us-west-2::deviceinstance:shelf-1' });

    expect(textAt(body, 'remoteAccessSession', 'instanceArn')).toContain('shelf-1');
  });

  it('1.4 CannotDeleteException has HTTP status 409', async () => {
    const { emulator, run } = withProject();
    emulator.faults.add({ operation: '*', kind: 'error', name: 'CannotDeleteException' });

    expect((await run()).status).toBe(409);
  });

  it('1.12 an override that throws is answered, and the next request too', async () => {
    const { emulator, call, projectArn } = withProject();
    const { arn } = emulator.addRun({
      project: projectArn,
      override: () => {
        throw new TypeError('no such member');
      },
    });

    const { status, body } = await call('GetRun', { arn });

    expect([status, body.__type]).toEqual([500, 'InternalFailure']);
    expect(body.message).toContain('no such member');
    expect(emulator.requests.at(-1)).toMatchObject({ status: 500, errorName: 'InternalFailure' });
    expect((await call('GetProject', { arn: projectArn })).status).toBe(200);
  });
});

describe('the log', () => {
  it('11.11 holds the newest requests and no more than it may', async () => {
    const { emulator, call } = startFarm({ keptRequests: 20 });
    for (let index = 0; index < 100; index += 1) await call('GetProject', { arn: `p${index}` });

    expect(emulator.requests.length).toBeGreaterThan(15);
    expect(emulator.requests.length).toBeLessThanOrEqual(20);
    expect(emulator.requests.at(-1)?.input).toEqual({ arn: 'p99' });
  });

  it('11.11 must hold something', () => {
    expect(() => startFarm({ keptRequests: 0 })).toThrow('keptRequests is 0; give at least 1');
  });
});

import { type DeviceFarmClient, ListProjectsCommand } from '@aws-sdk/client-device-farm';
import { describe, expect, it } from 'vitest';
import { farmClient } from '../../../lambda/aws/clients.ts';
import { describeError } from '../../../lambda/aws/describe-error.ts';
import type { FaultKind } from '../../../emulator/faults.ts';
import { startGuard } from '../../harness/guard-in-process.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** What the SDK throws, described. */
async function described(client: DeviceFarmClient) {
  try {
    await client.send(new ListProjectsCommand({}));
  } catch (error) {
    return describeError(error);
  }
  throw new Error('nothing was thrown');
}

describe('describeError, of what the SDK throws', () => {
  it.each<{ fault: FaultKind; kind: string; name: string; status?: number }>([
    {
      fault: error('AccessDeniedException'),
      kind: 'accessDenied',
      name: 'AccessDeniedException',
      status: 400,
    },
    { fault: error('SomethingNew', 403), kind: 'accessDenied', name: 'SomethingNew', status: 403 },
    {
      fault: error('ExpiredTokenException'),
      kind: 'accessDenied',
      name: 'ExpiredTokenException',
      status: 400,
    },
    { fault: error('ThrottlingException'), kind: 'throttled', name: 'ThrottlingException', status: 400 },
    {
      fault: error('LimitExceededException'),
      kind: 'throttled',
      name: 'LimitExceededException',
      status: 400,
    },
    {
      fault: error('TooManyRequestsException'),
      kind: 'throttled',
      name: 'TooManyRequestsException',
      status: 400,
    },
    { fault: error('Whatever', 429), kind: 'throttled', name: 'Whatever', status: 429 },
    { fault: error('ArgumentException'), kind: 'argument', name: 'ArgumentException', status: 400 },
    { fault: error('NotFoundException'), kind: 'notFound', name: 'NotFoundException', status: 400 },
    { fault: error('NotFoundException', 503), kind: 'unavailable', name: 'NotFoundException', status: 503 },
    { fault: error('ServiceAccountException'), kind: 'other', name: 'ServiceAccountException', status: 400 },
    { fault: error('constructor'), kind: 'other', name: 'constructor', status: 400 },
    { fault: { kind: 'html' }, kind: 'unavailable', name: 'SyntaxError', status: 503 },
    { fault: { kind: 'html', status: 502 }, kind: 'unavailable', name: 'SyntaxError', status: 502 },
    { fault: { kind: 'html', status: 200 }, kind: 'unavailable', name: 'SyntaxError', status: 200 },
    { fault: { kind: 'closed' }, kind: 'unavailable', name: 'Error' },
  ])('$name under HTTP $status is $kind', async ({ fault, ...expected }) => {
    const guard = await startGuard();
    guard.emulator.faults.add({ ...fault, operation: 'ListProjects' });

    const result = await described(guard.farmClient);

    expect(result).toMatchObject(expected);
  });

  it('calls a request that got no answer in time unavailable', async () => {
    const guard = await startGuard();
    const never = new Promise(() => {});
    guard.emulator.faults.add({
      kind: 'slow',
      operation: 'ListProjects',
      when: 'before',
      until: () => never,
    });
    const { url, close } = await guard.emulator.listen();
    const requestHandler = { requestTimeout: 20, throwOnRequestTimeout: true };

    const result = await described(farmClient({ credentials, endpoint: url, requestHandler }));
    await close();

    expect(result).toMatchObject({ kind: 'unavailable', name: 'TimeoutError' });
  });

  it('calls a service that does not answer at all unavailable', async () => {
    const guard = await startGuard();
    const { url, close } = await guard.emulator.listen();
    await close();

    const result = await described(farmClient({ credentials, endpoint: url }));

    expect(result.kind).toBe('unavailable');
  });
});

describe('describeError, of anything', () => {
  it.each(['text', undefined, null, 7, { $metadata: null }, { $metadata: { httpStatusCode: 'x' } }])(
    'describes %o without a throw',
    (thrown) => {
      expect(describeError(thrown)).toMatchObject({ name: 'UnknownError', kind: 'unavailable' });
    },
  );

  it('keeps the message short', () => {
    expect(describeError(new Error('x'.repeat(10_000))).message).toHaveLength(500);
  });
});

function error(name: string, status?: number): FaultKind {
  return { kind: 'error', name, ...(status === undefined ? {} : { status }) };
}

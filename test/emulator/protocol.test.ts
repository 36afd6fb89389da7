import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { Listener } from '../../emulator/server.ts';
import { begin, parseObject, startFarm, textAt } from './start-farm.ts';

describe('the protocol over HTTP', () => {
  let emulator: DeviceFarmEmulator;
  let listener: Listener;
  let pass: (minutes: number) => void;

  beforeEach(async () => {
    ({ emulator, pass } = startFarm());
    listener = await emulator.listen();
  });

  afterEach(() => listener.close());

  const post = (target: string | undefined, body: string, headers: Record<string, string> = {}) =>
    fetch(listener.url, {
      method: 'POST',
      headers: { ...(target === undefined ? {} : { 'X-Amz-Target': target }), ...headers },
      body,
    });

  const ask = (operation: string, input: unknown, headers: Record<string, string> = {}) =>
    post(`DeviceFarm_20150623.${operation}`, JSON.stringify(input), headers);

  it('1.1 answers POST / with a target and a JSON object', async () => {
    const arn = emulator.addProject({ name: 'mobile' });

    const response = await ask('GetProject', { arn });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ project: { arn, name: 'mobile' } });
  });

  it('1.1 takes an empty body for an empty object', async () => {
    const response = await post('DeviceFarm_20150623.ListProjects', '');

    expect(await response.json()).toEqual({ projects: [] });
  });

  it.each(['ListProjects', 'GetRun', 'Nonsense'])('1.2 stamps the reply to %s', async (operation) => {
    pass(90);

    const [first, second] = [await ask(operation, {}), await ask(operation, {})];

    expect(first.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(first.headers.get('date')).toBe('Fri, 07 Aug 2026 13:30:00 GMT');
    expect(first.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(first.headers.get('x-amzn-requestid')).not.toBe(second.headers.get('x-amzn-requestid'));
  });

  it('1.3 writes timestamps as numbers of seconds with a fraction', async () => {
    const arn = emulator.addProject({ created: begin - 1_943 });

    const text = await (await ask('GetProject', { arn })).text();

    expect(text).toContain(`"created":${begin / 1000 - 2}.057`);
  });

  it('1.4 writes errors as __type and message under HTTP 400', async () => {
    const response = await ask('GetRun', { arn: `arn:aws:devicefarm:us-west-2:123456789012:run:p/nothing` });

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      __type: 'NotFoundException',
      message: expect.stringContaining('run:p/nothing'),
    });
  });

  it('1.4 answers InternalServiceException under HTTP 500', async () => {
    emulator.faults.add({ operation: 'ListProjects', kind: 'error', name: 'InternalServiceException' });

    const response = await ask('ListProjects', {});

    expect(response.status).toBe(500);
  });

  it.each([
    undefined,
    '',
    'ListProjects',
    'DeviceFarm_20150623.',
    'DeviceFarm_20150623.DropProjects',
    'DynamoDB_20120810.ListTables',
    'DeviceFarm_20150623.constructor',
  ])('1.5 refuses the target %j', async (target) => {
    const response = await post(target, '{}');

    expect(response.status).toBe(400);
    expect(textAt(parseObject(await response.text()), '__type')).toBe('UnknownOperationException');
  });

  it.each([
    ['GET', '/'],
    ['PUT', '/'],
    ['POST', '/runs'],
  ])('1.6 refuses %s %s', async (method, path) => {
    const headers = { 'X-Amz-Target': 'DeviceFarm_20150623.ListProjects' };

    const response = await fetch(`${listener.url}${path}`, { method, headers });

    expect(response.status).toBe(404);
    expect(textAt(parseObject(await response.text()), '__type')).toBe('UnknownOperationException');
  });

  it.each(['{', '[]', 'null', '"text"', 'not json', '{"arn":5}', '{"arn":{}}'])(
    '1.7 cannot read %s',
    async (body) => {
      const response = await post('DeviceFarm_20150623.GetJob', body);

      expect(response.status).toBe(400);
      expect(textAt(parseObject(await response.text()), '__type')).toBe('SerializationException');
    },
  );

  const signedFor = (scope: string) => ({
    Authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260807/${scope}/aws4_request, SignedHeaders=host, Signature=0`,
  });

  it('1.8 takes any signature for its own region and service', async () => {
    const response = await ask('ListProjects', {}, signedFor('us-west-2/devicefarm'));

    expect(response.status).toBe(200);
  });

  it.each(['eu-west-1/devicefarm', 'us-west-2/dynamodb'])('1.8 refuses a signature for %s', async (scope) => {
    const response = await ask('ListProjects', {}, signedFor(scope));

    expect(response.status).toBe(400);
    expect(textAt(parseObject(await response.text()), '__type')).toBe('InvalidSignatureException');
  });

  it('1.9 ignores input members that it does not know', async () => {
    const response = await ask('ListProjects', { pageSize: 1, maxResult: 1, nonsense: {} });

    expect(response.status).toBe(200);
  });

  it('12.1 serves on free ports of this machine, several at once', async () => {
    const other = await startFarm().emulator.listen();

    expect(other.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(other.url).not.toBe(listener.url);

    await other.close();
  });

  it('12.1 frees the port on close, although a client keeps its connection', async () => {
    const other = await emulator.listen();
    await (await fetch(other.url, { method: 'POST' })).text();

    await other.close();

    await expect(fetch(other.url, { method: 'POST' })).rejects.toThrow('fetch failed');
  });

  it('12.1 ends a request that is still waiting on close', async () => {
    const other = startFarm().emulator;
    const { url, close } = await other.listen();
    const reached = new Promise<void>((resolve) => {
      other.onRequest = () => {
        resolve();
        return new Promise(() => {});
      };
    });
    const answer = fetch(url, { method: 'POST' });
    await reached;

    await Promise.all([expect(answer).rejects.toThrow('fetch failed'), close()]);

    expect(other.requests).toHaveLength(1);
  });

  it('12.1 refuses a port that is taken', async () => {
    const port = Number(new URL(listener.url).port);

    await expect(emulator.listen(port)).rejects.toThrow('EADDRINUSE');
  });
});

import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LambdaFunction } from '../../../demo/aws/lambda-function.ts';
import { VirtualClock } from '../../../emulator/virtual-clock.ts';
import { tinyBundle } from './tiny-function.ts';

const START = Date.UTC(2026, 10, 23, 8);

async function tinyFunction(source: string, over: { handler?: string; timeoutSeconds?: number } = {}) {
  const clock = new VirtualClock(START);
  const plan = {
    logicalId: 'Tiny',
    name: 'tiny',
    arn: 'arn:aws:lambda:us-west-2:123456789012:function:tiny',
    file: await tinyBundle(source),
    handler: over.handler ?? 'handler',
    timeoutSeconds: over.timeoutSeconds ?? 60,
    memoryMb: 256,
    environment: { AWS_REGION: 'us-west-2', AWS_LAMBDA_FUNCTION_VERSION: '$LATEST', GREETING: 'hello' },
  };
  const tiny = new LambdaFunction(plan, clock);
  onTestFinished(() => tiny.close());
  return { clock, tiny };
}

describe('LambdaFunction', () => {
  it('returns what the handler returns, and says when it ran', async () => {
    const { tiny } = await tinyFunction('export const handler = async (event) => ({ got: event.n + 1 });');

    const invocation = await tiny.invoke({ n: 1 });

    expect(invocation).toMatchObject({
      result: { got: 2 },
      startedAt: START,
      endedAt: START,
      coldStart: true,
    });
    expect(invocation).not.toHaveProperty('error');
  });

  it('gives the process the environment of the plan and nothing of this machine', async () => {
    const { tiny } = await tinyFunction('export const handler = async () => ({ ...process.env });');

    const { result } = await tiny.invoke({});

    expect(result).toEqual({
      AWS_REGION: 'us-west-2',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      GREETING: 'hello',
    });
  });

  it('passes a context as Lambda does', async () => {
    const { tiny } = await tinyFunction(
      'export const handler = async (_, c) => ({ ...c, left: c.getRemainingTimeInMillis() });',
    );

    const invocation = await tiny.invoke({});

    expect(invocation.result).toMatchObject({
      functionName: 'tiny',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-west-2:123456789012:function:tiny',
      memoryLimitInMB: '256',
      awsRequestId: invocation.requestId,
      left: 60_000,
    });
  });

  it('answers null for a handler that returns nothing', async () => {
    const { tiny } = await tinyFunction('export const handler = async () => {};');

    const { result } = await tiny.invoke({});

    expect(result).toBeNull();
  });

  it('replies with type and message of what the handler throws, and keeps the container', async () => {
    const { tiny } = await tinyFunction(
      'export const handler = async (e) => { if (e.bad) throw new RangeError("too far"); return process.pid; };',
    );

    const failed = await tiny.invoke({ bad: true });
    const next = await tiny.invoke({});

    expect(failed.error).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far' });
    expect(next.coldStart).toBe(false);
  });

  it('collects what the function prints, invocation by invocation', async () => {
    const { tiny } = await tinyFunction(
      'export const handler = async (e) => { console.log("one " + e.n); process.stdout.write("two\\n"); console.error("three"); };',
    );

    const first = await tiny.invoke({ n: 1 });
    const second = await tiny.invoke({ n: 2 });

    expect(first.logs).toEqual(['one 1', 'two', 'three']);
    expect(second.logs).toEqual(['one 2', 'two', 'three']);
  });

  it('keeps modules and their state between invocations', async () => {
    const { tiny } = await tinyFunction('let n = 0; export const handler = async () => ++n;');

    await tiny.invoke({});
    const { result, coldStart } = await tiny.invoke({});

    expect(result).toBe(2);
    expect(coldStart).toBe(false);
  });

  it('starts a second container for a concurrent invocation, and uses both again', async () => {
    const { tiny } = await tinyFunction(`
      import { setTimeout } from 'node:timers/promises';
      export const handler = async () => { await setTimeout(1000); return process.pid; };`);

    const together = await Promise.all([tiny.invoke({}), tiny.invoke({})]);
    const later = await Promise.all([tiny.invoke({}), tiny.invoke({})]);

    const pids = together.map(({ result }) => result);
    expect(new Set(pids).size).toBe(2);
    expect(new Set(later.map(({ result }) => result))).toEqual(new Set(pids));
    expect(later.map(({ coldStart }) => coldStart)).toEqual([false, false]);
  });

  it('fails the running invocation when its container is killed, and starts cold after that', async () => {
    const { tiny } = await tinyFunction('export const handler = (e) => e.hang ? new Promise(() => {}) : 1;');
    await tiny.invoke({});

    const hanging = tiny.invoke({ hang: true });
    await tiny.killContainers();
    const next = await tiny.invoke({});

    expect((await hanging).error).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: 'runtime exited with error: signal: SIGKILL',
    });
    expect(next).toMatchObject({ result: 1, coldStart: true });
  });

  it('reports a process that exits by itself, with its last words', async () => {
    const { tiny } = await tinyFunction(
      'export const handler = () => { setImmediate(() => { throw new Error("gone"); }); return new Promise(() => {}); };',
    );

    const { error, logs } = await tiny.invoke({});

    expect(error?.errorMessage).toBe('runtime exited with error: exit status 1');
    expect(logs.join('\n')).toContain('Error: gone');
  });

  it.each([
    ['that cannot be imported', 'import "./missing.mjs";', 'handler', /missing\.mjs/],
    ['without the handler', 'export const other = 1;', 'handler', /exports no function handler/],
  ])('reports a module %s, and tries again the next time', async (_, source, handler, message) => {
    const { tiny } = await tinyFunction(source, { handler });

    const first = await tiny.invoke({});
    const second = await tiny.invoke({});

    expect(first.error?.errorMessage).toMatch(message);
    expect(second.coldStart).toBe(true);
  });

  it('ends a function that waits for ever when its timeout has passed, without waiting that long', async () => {
    const { clock, tiny } = await tinyFunction('export const handler = () => new Promise(() => {});', {
      timeoutSeconds: 240,
    });

    const { error, endedAt, requestId } = await tiny.invoke({});

    expect(error).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 240.00 seconds`,
    });
    expect(endedAt).toBe(START + 240_000);
    expect(clock.now()).toBe(START + 240_000);
  });

  it('ends a function that sleeps past its timeout', async () => {
    const { tiny } = await tinyFunction(
      `import { setTimeout } from 'node:timers/promises';
       export const handler = async () => { await setTimeout(10_000); console.log('awake'); await setTimeout(10_000); };`,
      { timeoutSeconds: 15 },
    );

    const { error, logs } = await tiny.invoke({});

    expect(error?.errorType).toBe('Sandbox.Timedout');
    expect(logs).toEqual(['awake']);
  });

  it('ends a function that never lets go of the processor by real time', async () => {
    const { tiny } = await tinyFunction('export const handler = () => { for (;;); };', { timeoutSeconds: 1 });

    const { error } = await tiny.invoke({});

    expect(error?.errorType).toBe('Sandbox.Timedout');
  });
});

describe('the clock inside a function', () => {
  it('shows the virtual time, stands still while it works and moves while it sleeps', async () => {
    const { tiny } = await tinyFunction(`
      import { setTimeout } from 'node:timers/promises';
      const spin = () => { const end = performance.now() + 5; while (performance.now() < end); };
      export const handler = async (_, context) => {
        const seen = [Date.now()];
        spin();
        seen.push(new Date().getTime(), Date.parse(Date()), context.getRemainingTimeInMillis());
        const value = await setTimeout(30_000, 'value');
        return [...seen, new Date().toISOString(), context.getRemainingTimeInMillis(), value];
      };`);

    const { result, endedAt } = await tiny.invoke({});

    expect(result).toEqual([START, START, START, 60_000, '2026-11-23T08:00:30.000Z', 30_000, 'value']);
    expect(endedAt).toBe(START + 30_000);
  });

  it('leaves dates that are given a time as they are', async () => {
    const { tiny } = await tinyFunction(`
      export const handler = async () => [
        new Date(0).toISOString(), new Date(2020, 1, 1) instanceof Date, Date.UTC(2020, 0),
        new Date().constructor === Date, Object.prototype.toString.call(new Date()), Date.name, typeof Date(),
      ];`);

    const { result } = await tiny.invoke({});

    expect(result).toEqual([
      '1970-01-01T00:00:00.000Z',
      true,
      Date.UTC(2020, 0),
      true,
      '[object Date]',
      'Date',
      'string',
    ]);
  });

  it('is moved between invocations from outside', async () => {
    const { clock, tiny } = await tinyFunction('export const handler = async () => Date.now();');
    await tiny.invoke({});

    clock.advance(3_600_000);
    const { result } = await tiny.invoke({});

    expect(result).toBe(START + 3_600_000);
  });

  it('is the same in two containers, and wakes their sleepers in order', async () => {
    const { tiny } = await tinyFunction(`
      import { setTimeout } from 'node:timers/promises';
      export const handler = async ({ pauses }) => {
        const woken = [];
        for (const pause of pauses) { await setTimeout(pause); woken.push(Date.now()); }
        return woken;
      };`);

    const [a, b] = await Promise.all([
      tiny.invoke({ pauses: [1000, 1000, 1000] }),
      tiny.invoke({ pauses: [1500, 1000] }),
    ]);

    expect(a.result).toEqual([START + 1000, START + 2000, START + 3000]);
    expect(b.result).toEqual([START + 1500, START + 2500]);
  });

  it('does not move while a call to a service is under way', async () => {
    const { clock, tiny } = await tinyFunction(`
      import http from 'node:http';
      import { setTimeout } from 'node:timers/promises';
      const get = (url) => new Promise((ok) => http.get(url, (r) => { r.resume(); r.on('end', () => ok()); }));
      export const handler = async ({ url }) => {
        const nap = setTimeout(1000).then(() => Date.now());
        await get(url);
        return [Date.now(), await nap];
      };`);
    let asked = 0;
    const server = createServer((_, response) => {
      asked = clock.now();
      setTimeout(() => response.end('late'), 60);
    });
    onTestFinished(() => void server.close());
    const url = await new Promise<string>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '');
      });
    });

    const { result } = await tiny.invoke({ url });

    expect(asked).toBe(START);
    expect(result).toEqual([START, START + 1000]);
  });

  it('gives up a sleep whose signal is aborted', async () => {
    const { tiny } = await tinyFunction(`
      import { setTimeout } from 'node:timers/promises';
      export const handler = async () => {
        const abort = new AbortController();
        const nap = setTimeout(50_000, undefined, { signal: abort.signal }).catch((error) => [error.name, error.code]);
        await setTimeout(10);
        abort.abort();
        const early = await setTimeout(5, 0, { signal: abort.signal }).catch((error) => error.name);
        return [await nap, early, Date.now()];
      };`);

    const { result } = await tiny.invoke({});

    expect(result).toEqual([['AbortError', 'ABORT_ERR'], 'AbortError', START + 10]);
  });
});

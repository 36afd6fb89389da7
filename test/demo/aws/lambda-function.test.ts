import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LambdaFunction } from '../../../demo/aws/lambda-function.ts';
import { VirtualClock } from '../../../emulator/virtual-clock.ts';
import { START, temporaryDirectory } from './tiny-stack.ts';

const SLEEP = 'const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));';

function tinyFunction(source: string, timeoutSeconds = 60) {
  const clock = new VirtualClock(START);
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'index.mjs'), source);
  const arn = 'arn:aws:lambda:us-west-2:123456789012:function:tiny';
  const plan = { name: 'tiny', arn, role: '', directory, timeoutSeconds, memoryMb: 256, variables: {} };
  const tiny = new LambdaFunction(plan, clock, { GREETING: 'hello' });
  onTestFinished(() => tiny.close());
  return { clock, tiny };
}

describe('LambdaFunction', () => {
  it('returns what the handler returns, gives it a context, and says when it ran', async () => {
    const { tiny } = tinyFunction(
      'export const handler = async (event, c) => ({ n: event.n + 1, ...c, left: c.getRemainingTimeInMillis() });',
    );

    const invocation = await tiny.invoke({ n: 1 });

    expect(invocation).toMatchObject({ startedAt: START, endedAt: START });
    expect(invocation).not.toHaveProperty('error');
    expect(invocation.result).toEqual({
      n: 2,
      functionName: 'tiny',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-west-2:123456789012:function:tiny',
      memoryLimitInMB: '256',
      awsRequestId: invocation.requestId,
      left: 60_000,
    });
  });

  it('keeps its container, and what it prints apart, also when the handler throws', async () => {
    const { tiny } = tinyFunction(`let n = 0;
      export const handler = async (event) => {
        console.log('run ' + ++n);
        process.stderr.write('more\\n');
        if (event.bad) throw new RangeError('too far');
      };`);

    const failed = await tiny.invoke({ bad: true });
    const next = await tiny.invoke({});

    expect(failed.error).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far' });
    expect(failed.logs).toEqual(['run 1', 'more']);
    expect(next.logs).toEqual(['run 2', 'more']);
    // Lambda answers null for a handler that returns nothing.
    expect(next.result).toBeNull();
  });

  it('starts a second container for an invocation at the same time, and uses both again', async () => {
    const { tiny } = tinyFunction(
      `${SLEEP} export const handler = async () => { await sleep(1000); return process.pid; };`,
    );

    const together = await Promise.all([tiny.invoke({}), tiny.invoke({})]);
    const later = await Promise.all([tiny.invoke({}), tiny.invoke({})]);

    const pids = new Set(together.map(({ result }) => result));
    expect(pids.size).toBe(2);
    expect(new Set(later.map(({ result }) => result))).toEqual(pids);
  });

  it('fails the running invocation when its container is killed, and starts another after that', async () => {
    const { tiny } = tinyFunction(
      'export const handler = (e) => e.hang ? new Promise(() => {}) : process.pid;',
    );
    const first = await tiny.invoke({});

    const hanging = tiny.invoke({ hang: true });
    await tiny.killContainers();
    const next = await tiny.invoke({});

    expect((await hanging).error).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: 'runtime exited with error: signal: SIGKILL',
    });
    expect(next.result).not.toBe(first.result);
  });

  it('reports a process that exits by itself, with its last words', async () => {
    const { tiny } = tinyFunction(
      'export const handler = () => { setImmediate(() => { throw new Error("gone"); }); return new Promise(() => {}); };',
    );

    const { error, logs } = await tiny.invoke({});

    expect(error?.errorMessage).toBe('runtime exited with error: exit status 1');
    expect(logs.join('\n')).toContain('Error: gone');
  });

  it('reports a module that cannot be imported', async () => {
    const { tiny } = tinyFunction('import "./missing.mjs";');

    const { error } = await tiny.invoke({});

    expect(error?.errorMessage).toMatch(/missing\.mjs/);
  });

  it.each([
    ['waits for ever', 'export const handler = () => new Promise(() => {});', 240],
    ['sleeps past it', `${SLEEP} export const handler = () => sleep(250_000);`, 240],
    ['never lets go of the processor', 'export const handler = () => { for (;;); };', 1],
  ])('ends a function that %s at its timeout', async (_, source, timeoutSeconds) => {
    const { tiny } = tinyFunction(source, timeoutSeconds);

    const { error, requestId } = await tiny.invoke({});

    expect(error).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds}.00 seconds`,
    });
  });
});

describe('the clock inside a function', () => {
  it('shows the virtual time, stands still while it works and moves while it sleeps', async () => {
    const { tiny, clock } = tinyFunction(`${SLEEP}
      const spin = () => { const end = performance.now() + 5; while (performance.now() < end); };
      export const handler = async (_, context) => {
        const seen = [Date.now()];
        spin();
        seen.push(new Date().getTime(), Date.parse(Date()), context.getRemainingTimeInMillis());
        await sleep(30_000);
        return [...seen, new Date().toISOString(), context.getRemainingTimeInMillis()];
      };`);

    const { result } = await tiny.invoke({});

    expect(result).toEqual([START, START, START, 60_000, '2026-11-23T08:00:30.000Z', 30_000]);
    expect(clock.now()).toBe(START + 30_000);
  });

  it('leaves dates that are given a time as they are, and follows what happens between invocations', async () => {
    const { tiny, clock } = tinyFunction(`
      export const handler = async () => [
        Date.now(), new Date(0).toISOString(), new Date(2020, 1, 1) instanceof Date, Date.UTC(2020, 0),
        new Date().constructor === Date, Object.prototype.toString.call(new Date()), Date.name, typeof Date(),
      ];`);
    await tiny.invoke({});

    clock.advance(3_600_000);
    const { result } = await tiny.invoke({});

    const dates = [
      '1970-01-01T00:00:00.000Z',
      true,
      Date.UTC(2020, 0),
      true,
      '[object Date]',
      'Date',
      'string',
    ];
    expect(result).toEqual([START + 3_600_000, ...dates]);
  });

  it('is the same in two containers, and wakes their sleepers in order', async () => {
    const { tiny } = tinyFunction(`${SLEEP}
      export const handler = async ({ pauses }) => {
        const woken = [];
        for (const pause of pauses) { await sleep(pause); woken.push(Date.now()); }
        return woken;
      };`);

    const [a, b] = await Promise.all([
      tiny.invoke({ pauses: [1000, 1000, 1000] }),
      tiny.invoke({ pauses: [1500, 1000] }),
    ]);

    expect(a.result).toEqual([START + 1000, START + 2000, START + 3000]);
    expect(b.result).toEqual([START + 1500, START + 2500]);
  });

  it('leaves other timers real, and does not move while a call is under way', async () => {
    const { clock, tiny } = tinyFunction(`${SLEEP}
      import http from 'node:http';
      const get = (url) => new Promise((ok) => http.get(url, (r) => { r.resume(); r.on('end', () => ok()); }));
      export const handler = async ({ url }) => {
        const timer = setTimeout(() => {}, 100_000);
        const nap = sleep(1000).then(() => Date.now());
        await get(url);
        clearTimeout(timer);
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
});

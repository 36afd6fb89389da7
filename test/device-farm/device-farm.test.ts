import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { Reply } from '../../emulator/protocol.ts';
import { VirtualClock } from '../../emulator/virtual-clock.ts';
import { DeviceFarm, farmClient } from '../../lambda/device-farm/device-farm.ts';
import { Api, READ_RATE } from '../../lambda/device-farm/retry.ts';
import { type Job, phaseOf, type Run } from '../../lambda/model.ts';
import { moneyFor } from '../../lambda/money.ts';
import { finalMinutes } from '../../lambda/usage/settle.ts';
import { inProcess } from '../support/in-process.ts';
import { timeOf } from '../support/time-of.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const TRIES = { throttled: 10, unavailable: 3 };

function golden(file: string): string {
  return readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8');
}

/** Longer than any call may take, in milliseconds of a virtual clock. */
const LONG = 60_000;

/**
 * A call that is never answered, and ends as the SDK's own handler does when its signal is aborted. Time passes only while it
 * hangs, however long the SDK takes to come to it.
 */
function hangOn(clock: VirtualClock) {
  return async ({ abortSignal }: { readonly abortSignal: AbortSignal }): Promise<never> => {
    await clock.sleep(LONG, abortSignal).catch(() => {});
    if (!abortSignal.aborted) throw new Error('the call was not given up');
    throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
  };
}

/** A time that stands still until somebody sleeps. No call hangs in it. */
function standingTime() {
  let now = NOW;
  const sleep = async (ms: number) => {
    now += ms;
  };
  const timeout = () => new AbortController().signal;
  return { time: { now: () => now, sleep, timeout }, passed: () => now - NOW };
}

/** Device Farm through the SDK, as if the service replied with one body after another; the last one stays. */
function farmThatReplies(...bodies: readonly string[]) {
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  let asked = 0;
  const answer = async (): Promise<Reply> => {
    const body = bodies[Math.min(asked, bodies.length - 1)] ?? '{}';
    asked += 1;
    return { kind: 'http', status: 200, headers, body };
  };
  const { time } = standingTime();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = farmClient({ requestHandler: inProcess(time.now, answer), credentials });
  return new DeviceFarm(client, { time, deadline: { msLeft: () => 240_000 }, apiShare: 0.5 });
}

async function found<T>(asked: Promise<{ readonly state: string; readonly value?: T }>): Promise<T> {
  const reading = await asked;
  if (reading.state === 'found' && reading.value !== undefined) return reading.value;
  throw new Error(`nothing was found: ${JSON.stringify(reading)}`);
}

const runOf = (body: string): Promise<Run> => found(farmThatReplies(body).run('any'));
const jobOf = (body: string): Promise<Job> => found(farmThatReplies(body).job('any'));

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

    expect(job).toMatchObject({ status: 'COMPLETED', result, privateDevice: false });
    expect(finalMinutes(job.counters)).toEqual(minutes);
  });

  it('a metered run costs its metered minutes, not its total', async () => {
    const run = await runOf(golden('get-run-completed-metered.json'));

    const minutes = finalMinutes(run.counters);

    expect(run.billing).toBe('metered');
    expect(minutes).toEqual({ total: 83.35, metered: 75.69, unmetered: 0 });
    expect(moneyFor(minutes?.metered ?? 0, 0.17)).toBe(12_867_300);
  });

  it('the counters of a test read like those of a job', async () => {
    const job = await jobOf(golden('get-test-passed.json').replace('"test"', '"job"'));

    expect(finalMinutes(job.counters)).toEqual({ total: 1.89, metered: 1.89, unmetered: 0 });
  });
});

describe('golden samples of work in flight', () => {
  it.each([
    { file: 'get-run-running.json', phase: 'started', created: 1_458_329_687_951 },
    { file: 'stop-run-stopping.json', phase: 'stopping', created: 1_458_329_687_951 },
    { file: 'schedule-run.json', phase: 'queued', created: 1_621_056_695_477 },
  ])('$file is $phase, without a start and without minutes', async ({ file, phase, created }) => {
    const run = await runOf(golden(file));

    expect(run).toMatchObject({ billing: 'metered', created });
    expect(run.started).toBeUndefined();
    expect(phaseOf(run.status)).toBe(phase);
    expect(run.counters.total ?? 0).toBe(0);
  });
});

describe('a reply that lacks members or has others', () => {
  it.each(['{"job":{}}', '{"job":{"status":7,"deviceMinutes":{"total":"1"},"device":null}}'])(
    'is read all the same: %s',
    async (body) => {
      const job = await jobOf(body);

      expect(phaseOf(job.status)).toBe('unknown');
      expect(finalMinutes(job.counters)).toBeUndefined();
      expect(job.device).toBe('an unnamed device');
    },
  );

  it('keeps an item that is null, so that it can be reported', async () => {
    const pages: number[] = [];
    for await (const page of farmThatReplies('{"runs":[null,{}]}').runs('any')) pages.push(page.length);

    expect(pages).toEqual([2]);
  });

  it('keeps no environment variable but the key of the run', async () => {
    const environmentVariables = [
      { name: 'PASSWORD', value: 'secret' },
      { name: 'AUTOSTOP_KEY', value: 'pr-12' },
    ];

    const run = await runOf(JSON.stringify({ run: { environmentVariables } }));

    expect(run.key).toBe('pr-12');
    expect(JSON.stringify(run)).not.toContain('secret');
  });
});

describe('a listing', () => {
  const collect = async (farm: DeviceFarm) => {
    const arns: string[] = [];
    for await (const page of farm.runs('any')) arns.push(...page.map(({ arn }) => arn));
    return arns;
  };

  it('has all pages, an empty one among them', async () => {
    const farm = farmThatReplies(
      '{"runs":[{"arn":"a"}],"nextToken":"1"}',
      '{"runs":[],"nextToken":"2"}',
      '{"runs":[{"arn":"b"}]}',
    );

    expect(await collect(farm)).toEqual(['a', 'b']);
  });

  it('that names the same page twice ends with an error, not never', async () => {
    const farm = farmThatReplies('{"runs":[{"arn":"a"}],"nextToken":"1"}');

    await expect(collect(farm)).rejects.toThrow();
  });
});

describe('an API', () => {
  const halved = { ...READ_RATE, burst: 25, perSecond: 5, halvesWhenThrottled: true };

  it('is asked in a burst and then at its rate', async () => {
    const { time, passed } = standingTime();
    const api = new Api(halved, { time, deadline: { msLeft: () => 1e9 } });

    for (let index = 0; index < 25; index += 1) await api.call(async () => index, TRIES);
    expect(passed()).toBe(0);
    for (let index = 0; index < 10; index += 1) await api.call(async () => index, TRIES);

    expect(passed()).toBe(2_000);
  });

  it('is asked at half its rate once it was throttled, until the next invocation', async () => {
    const { time, passed } = standingTime();
    const api = new Api(halved, { time, deadline: { msLeft: () => 1e9 } });
    let throttles = 1;
    const send = async () => {
      if (throttles-- > 0) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    };
    for (let index = 0; index < 26; index += 1) await api.call(send, TRIES);
    const before = passed();

    for (let index = 0; index < 10; index += 1) await api.call(send, TRIES);
    const slow = passed() - before;
    api.begin();
    await time.sleep(60_000);
    const begun = passed();
    for (let index = 0; index < 35; index += 1) await api.call(send, TRIES);

    expect(slow).toBe(4_000);
    expect(passed() - begun).toBe(2_000);
  });

  it.each([
    [240_000, 5_000],
    [3_000, 2_500],
    [1_001, 501],
  ])('with %i ms left gives up a call that hangs after %i ms', async (left, limit) => {
    const clock = new VirtualClock(NOW);
    const end = NOW + left;
    const api = new Api(halved, { time: timeOf(clock), deadline: { msLeft: () => end - clock.now() } });

    await expect(api.call(hangOn(clock), { throttled: 1, unavailable: 1 })).rejects.toThrow('aborted');

    expect(clock.now() - NOW).toBe(limit);
  });

  it('that hangs is asked again while there is time, through the SDK, and ends before the invocation', async () => {
    const clock = new VirtualClock(NOW);
    const asked: number[] = [];
    const hang = hangOn(clock);
    const requestHandler = {
      ...inProcess(clock.now, () => Promise.reject(new Error('it is never answered'))),
      handle: (_request: unknown, options: { readonly abortSignal: AbortSignal }) => {
        asked.push(clock.now() - NOW);
        return hang(options);
      },
    };
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const deadline = { msLeft: () => NOW + 12_000 - clock.now() };
    const farm = new DeviceFarm(farmClient({ requestHandler, credentials }), {
      time: timeOf(clock),
      deadline,
      apiShare: 0.5,
    });

    const reading = await farm.run('any');

    expect(asked).toEqual([0, 5_200, 10_600]);
    expect(reading).toMatchObject({ state: 'unreadable', error: { name: 'OutOfTime' } });
    expect(clock.now() - NOW).toBe(11_500);
  });

  it('is not asked when a call could outlive the invocation', async () => {
    const { time } = standingTime();
    const api = new Api(halved, { time, deadline: { msLeft: () => 999 } });
    const send = vi.fn();

    await expect(api.call(send, TRIES)).rejects.toThrow('no time is left in this invocation');

    expect(send).not.toHaveBeenCalled();
  });
});

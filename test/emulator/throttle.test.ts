import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Throttle } from '../../emulator/throttle.ts';
import { begin, startFarm } from './start-farm.ts';

/** How many of `count` requests at one moment are admitted. */
const burst = (throttle: Throttle, operation: string, count: number, at = begin) =>
  Array.from({ length: count }, () => throttle.admits(operation, at)).filter((admitted) => admitted).length;

describe('throttling', () => {
  it.each([
    ['ListRuns', 50],
    ['GetJob', 50],
    ['GetAccountSettings', 50],
    ['ListTagsForResource', 50],
    ['StopJob', 10],
    ['StopRun', 10],
    ['StopRemoteAccessSession', 10],
    ['ScheduleRun', 10],
    ['TagResource', 10],
  ])('8.1 admits %s %i times at once', (operation, expected) => {
    expect(burst(new Throttle(), operation, 100)).toBe(expected);
  });

  it.each([
    ['ListRuns', 10],
    ['StopJob', 1],
  ])('8.1 refills %s by %i a second', (operation, perSecond) => {
    const throttle = new Throttle();
    burst(throttle, operation, 100);

    const [early, inTime, later] = [999 / perSecond, 1000 / perSecond, 1000 / perSecond + 3000].map((ms) =>
      burst(throttle, operation, 100, begin + ms),
    );

    expect([early, inTime, later]).toEqual([0, 1, 3 * perSecond]);
  });

  it.each([
    ['ListRuns', 50],
    ['StopJob', 10],
  ])('8.1 saves up no more than the burst of %s', (operation, expected) => {
    const throttle = new Throttle();
    burst(throttle, operation, 1);

    expect(burst(throttle, operation, 200, begin + 3_600_000)).toBe(expected);
  });

  it('8.1 counts each operation by itself', () => {
    const throttle = new Throttle();
    burst(throttle, 'StopJob', 100);

    expect(burst(throttle, 'StopRun', 100)).toBe(10);
  });

  it('8.1 never admits more than the burst and the refill, nor less than asked for below them', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 100 });

    fc.assert(
      fc.property(gaps, (waits) => {
        const throttle = new Throttle();
        let at = begin;
        const admitted = waits.filter((wait) => {
          at += wait;
          return throttle.admits('StopJob', at);
        }).length;

        const allowed = Math.floor(10 + (at - begin) / 1000);
        expect(admitted).toBeLessThanOrEqual(allowed);
        if (waits.length <= 10) expect(admitted).toBe(waits.length);
      }),
    );
  });

  it.each([undefined, 'LimitExceededException'])(
    '8.2 refuses a stop without effect (option %j)',
    async (throttleError) => {
      const { emulator, call } = startFarm({
        throttle: true,
        ...(throttleError === undefined ? {} : { throttleError }),
      });
      const project = emulator.addProject();
      const { jobs } = emulator.addRun({ project, jobs: Array.from({ length: 11 }, () => ({})) });

      const answers = await Promise.all(jobs.map((arn) => call('StopJob', { arn })));

      const name = throttleError ?? 'ThrottlingException';
      expect(answers.at(-2)?.status).toBe(200);
      expect(answers.at(-1)).toMatchObject({ status: 400, body: { __type: name, message: 'Rate exceeded' } });
      expect(emulator.show(jobs[10] ?? '')).toMatchObject({ status: 'RUNNING' });
    },
  );

  it('8.2 admits again when the clock has moved', async () => {
    const { call, pass } = startFarm({ throttle: true });
    for (let index = 0; index < 60; index += 1) await call('ListProjects');
    const refused = await call('ListProjects');

    pass(1 / 60);

    expect(refused.status).toBe(400);
    expect((await call('ListProjects')).status).toBe(200);
  });

  it('8.3 throttles nothing if told so', async () => {
    const { call } = startFarm({ throttle: false });

    const answers = await Promise.all(Array.from({ length: 200 }, () => call('GetAccountSettings')));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(200);
  });

  it('8.4 gives no token while the clock stands still, and gives it when the clock moves', async () => {
    const { emulator, call, pass } = startFarm({ throttle: true });
    const project = emulator.addProject();
    const ask = async () => (await call('GetProject', { arn: project })).status;
    for (let index = 0; index < 50; index += 1) await ask();

    expect([await ask(), await ask()]).toEqual([400, 400]);
    pass(1);
    expect(await ask()).toBe(200);
  });

  it('8.5 another client takes tokens as time passes, and its refused requests are counted', async () => {
    const { emulator, call, pass } = startFarm({ throttle: true, otherClient: { ListRuns: 11 } });
    const project = emulator.addProject();
    pass(5);

    const { asked = 0, throttled = 0 } = emulator.otherClient().get('ListRuns') ?? {};
    expect(Math.abs(asked - 5 * 60 * 11)).toBeLessThanOrEqual(1);
    // 50 tokens at the begin, and one a second too few afterwards.
    expect(throttled).toBeGreaterThan(5 * 60 - 60);
    expect(throttled).toBeLessThan(5 * 60 - 40);
    expect(emulator.otherClient().has('GetProject')).toBe(false);
    expect((await call('GetProject', { arn: project })).status).toBe(200);
  });
});

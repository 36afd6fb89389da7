import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../emulator/virtual-clock.ts';

const START = Date.UTC(2026, 10, 23, 8);

describe('VirtualClock', () => {
  it('stands still while nobody moves it', async () => {
    const clock = new VirtualClock(START);

    await new Promise((resolve) => setTimeout(resolve, 5));

    expect(clock.now()).toBe(START);
  });

  it('wakes sleepers in the order of their wake-up times, each at its own time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 20 }), async (delays) => {
        const clock = new VirtualClock(START);
        const woken: number[] = [];

        await Promise.all(
          delays.map(async (ms) => {
            await clock.sleep(ms);
            expect(clock.now()).toBe(START + ms);
            woken.push(ms);
          }),
        );

        expect(woken).toEqual([...delays].sort((a, b) => a - b));
      }),
      { numRuns: 40 },
    );
  });

  it('lets everyone do their work before it goes on to the next wake-up', async () => {
    const clock = new VirtualClock(START);
    const diary: string[] = [];
    const work = async (name: string, pauses: readonly number[]) => {
      for (const pause of pauses) {
        await clock.sleep(pause);
        await new Promise((resolve) => setImmediate(resolve));
        diary.push(`${name} ${clock.now() - START}`);
      }
    };

    await Promise.all([work('a', [100, 100, 100]), work('b', [150, 100])]);

    expect(diary).toEqual(['a 100', 'b 150', 'a 200', 'b 250', 'a 300']);
  });

  it.each([
    [0, 1],
    [-5, 1],
    [0.5, 1],
    [1.9, 1],
    [Number.NaN, 1],
    [2.5, 2],
  ])("sleeps as long as Node's timers would: %d ms as %d", async (asked, slept) => {
    const clock = new VirtualClock(START);

    await clock.sleep(asked);

    expect(clock.now()).toBe(START + slept);
  });

  it('rejects a sleep that is aborted, and moves no time for it', async () => {
    const clock = new VirtualClock(START);
    const abort = new AbortController();
    const sleep = clock.sleep(1000, abort.signal);

    abort.abort(new Error('not needed'));

    await expect(sleep).rejects.toThrow('not needed');
    await clock.sleep(10);
    expect(clock.now()).toBe(START + 10);
  });

  it('sounds alarms when time passes them, and moves no time for them', async () => {
    const clock = new VirtualClock(START);
    const sounded: number[] = [];
    for (const after of [2000, 500, 1000]) {
      clock.at(START + after, () => sounded.push(clock.now() - START));
    }

    await clock.sleep(1000);

    expect(sounded).toEqual([500, 1000]);
    clock.advance(1500);
    expect(sounded).toEqual([500, 1000, 2000]);
    expect(clock.now()).toBe(START + 2500);
  });

  it('forgets an alarm that is cancelled', () => {
    const clock = new VirtualClock(START);
    let sounded = false;
    const cancel = clock.at(START + 5, () => {
      sounded = true;
    });

    cancel();
    clock.advance(10);

    expect(sounded).toBe(false);
  });

  it('refuses to jump backwards or over somebody who sleeps', async () => {
    const clock = new VirtualClock(START);
    const sleep = clock.sleep(1000);

    expect(() => clock.advance(-1)).toThrow(/cannot move the clock back/);
    expect(() => clock.advance(1000)).toThrow(/somebody sleeps until 2026-11-23T08:00:01.000Z/);
    await sleep;
  });

  it('does not move while something that it watches is busy', async () => {
    const clock = new VirtualClock(START);
    const diary: string[] = [];
    let changes = 0;
    const unwatch = clock.watch({
      idle: () =>
        new Promise((resolve) => {
          setTimeout(() => {
            if (diary.length === 0) changes++;
            if (diary.length === 0) diary.push(`worked at ${clock.now() - START}`);
            resolve();
          }, 5);
        }),
      changes: () => changes,
      moved: () => diary.push(`moved to ${clock.now() - START}`),
    });

    await clock.sleep(100);
    unwatch();

    expect(diary).toEqual(['worked at 0', 'moved to 100']);
  });
});

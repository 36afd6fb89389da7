import { describe, expect, it } from 'vitest';
import { LocalQueue } from '../../../demo/aws/local-queue.ts';
import { VirtualClock } from '../../../emulator/virtual-clock.ts';
import { MINUTE, START } from './tiny-stack.ts';

const PLAN = { arn: 'arn:queue', visibilityMs: 5 * MINUTE, maxReceiveCount: 2 };

describe('LocalQueue', () => {
  it('hides a message from the moment of its receive, however long the function takes', async () => {
    const clock = new VirtualClock(START);
    const times: number[] = [];
    const queue = new LocalQueue(PLAN, clock, async () => {
      times.push(clock.now() - START);
      await clock.sleep(2 * MINUTE);
      return false;
    });

    queue.send('stop');
    await queue.settle();
    await clock.sleepUntil(START + 8 * MINUTE);

    expect(times).toEqual([0, 5 * MINUTE]);
  });

  it('does not let time pass for a hidden message, nor deliver it after the end', async () => {
    const clock = new VirtualClock(START);
    let received = 0;
    const queue = new LocalQueue(PLAN, clock, async () => {
      received += 1;
      return false;
    });

    queue.send('stop');
    await queue.settle();
    const [before, at] = [received, clock.now()];
    queue.close();
    await clock.sleep(60 * MINUTE);

    expect([before, at]).toEqual([1, START]);
    expect(received).toBe(1);
    expect(queue.deadLetters).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { patiently } from '../../../../lambda/aws/farm/patiently.ts';
import { READ_RATE } from '../../../../lambda/aws/farm/rate-limiter.ts';
import { VirtualClock } from '../../../../emulator/virtual-clock.ts';

/** A call that fails so often before it answers; notes when it was made. */
function failing(error: unknown, times: number) {
  const clock = new VirtualClock(0);
  const at: number[] = [];
  const call = async () => {
    at.push(clock.now());
    if (at.length <= times) throw error;
    return 'answer';
  };
  return { at, ask: () => patiently(READ_RATE, clock)(call) };
}

const named = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error('injected'), { name, $metadata: { httpStatusCode } });
const ENDLESS = Number.POSITIVE_INFINITY;

describe('patiently', () => {
  it.each([
    { what: 'throttling', error: named('ThrottlingException', 400), tries: 8 },
    { what: 'a used up limit', error: named('LimitExceededException', 400), tries: 8 },
    { what: 'an HTML 503', error: named('SyntaxError', 503), tries: 4 },
    { what: 'a timeout', error: named('TimeoutError'), tries: 4 },
    { what: 'denied access', error: named('AccessDeniedException', 400), tries: 1 },
    { what: 'a bad argument', error: named('ArgumentException', 400), tries: 1 },
    { what: 'nothing there', error: named('NotFoundException', 400), tries: 1 },
  ])('gives up after $tries tries that met $what, with the error as it came', async ({ error, tries }) => {
    const { at, ask } = failing(error, ENDLESS);

    const asked = ask();

    await expect(asked).rejects.toBe(error);
    expect(at).toHaveLength(tries);
  });

  it('waits longer from try to try, and answers', async () => {
    const { at, ask } = failing(named('ThrottlingException', 400), 7);

    const answer = await ask();

    expect(answer).toBe('answer');
    const pauses = at.slice(1).map((moment, index) => moment - (at[index] ?? 0));
    expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 8_000]);
  });
});

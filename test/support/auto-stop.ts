import { onTestFinished } from 'vitest';
import { type AutoStopOptions, openAutoStop } from './local-auto-stop.ts';

export type TestAutoStop = Awaited<ReturnType<typeof startAutoStop>>;

/** AutoStop in this process until the test ends. */
export async function startAutoStop(options?: AutoStopOptions) {
  const auto = await openAutoStop({ isFast: true, ...options });
  onTestFinished(auto.close);
  return auto;
}

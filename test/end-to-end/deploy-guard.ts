import { onTestFinished } from 'vitest';
import { type Guard, startGuard } from './start-guard.ts';

/** A guard on this machine that goes when the test ends. */
export async function deployGuard(...arguments_: Parameters<typeof startGuard>): Promise<Guard> {
  const guard = await startGuard(...arguments_);
  onTestFinished(() => guard.close());
  return guard;
}

import { onTestFinished } from 'vitest';
import { type Deployed, start } from './start.ts';

/** The stack on this machine until the test ends. */
export async function deploy(...given: Parameters<typeof start>): Promise<Deployed> {
  const deployed = await start(...given);
  onTestFinished(() => deployed.close());
  return deployed;
}

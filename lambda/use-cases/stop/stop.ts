import type { Cause } from '../../core/stops/cause.ts';
import type { Outcome } from '../../core/stops/outcome.ts';
import { beginStop } from './begin-stop.ts';
import { outcomeOf } from './outcome-of-reply.ts';
import { intend } from './stop-attempt.ts';
import type { StopPorts, StopSettings, StopTarget } from './stop-order.ts';

/**
 * Stops one job or session: re-read, intent, effect, outcome. The only place that stops anything.
 * @throws AwsCallError when a table does not answer. Before the call nothing was stopped; after it the stop may have
 * happened, and confirming writes the record that is missing.
 */
export async function stop(
  ports: StopPorts,
  target: StopTarget,
  cause: Cause,
  settings: StopSettings,
): Promise<Outcome> {
  const begun = await beginStop(ports, target, cause, settings);
  if (begun.kind !== 'ready') return begun;
  await intend(begun.attempt);
  const { number } = begun.attempt;
  return outcomeOf(begun.attempt, await ports.stopper.request(target, number));
}

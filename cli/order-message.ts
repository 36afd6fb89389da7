import type { Understanding } from '../lambda/core/messages/command.ts';
import { understand } from '../lambda/core/messages/operator-message.ts';
import { parsePolicy } from '../lambda/core/policy/parse-policy.ts';
import { LONGEST_HOURS } from '../lambda/core/steering/steering.ts';
import { UsageError } from './usage-error.ts';

/** The guard's own policy is not known here, so only what every policy refuses is refused. */
const ANY_POLICY = parsePolicy({
  version: 1,
  rules: [{ id: 'none', type: 'queue-age', maxMinutes: 1 }],
  manualStop: { maxExemptHours: LONGEST_HOURS, maxPauseHours: LONGEST_HOURS },
});

/**
 * The text of a message to the manual-stop topic, once the guard's own reading of it has found nothing wrong.
 * @param kind what the guard must understand it as
 * @throws UsageError with the reason for which the guard would reject it
 */
export function orderMessage(
  order: Readonly<Record<string, unknown>>,
  kind: Understanding['kind'],
  accountId: string,
  now: number,
): string {
  const text = JSON.stringify(order);
  const message = { id: 'not sent yet', text, timestamp: new Date(now).toISOString() };
  const meaning = understand(message, { accountId, policy: ANY_POLICY, now });
  if (meaning.kind === kind) return text;
  const why = 'reason' in meaning ? meaning.reason : `it means ${meaning.kind}`;
  throw new UsageError(`nothing is sent, the guard would refuse it: ${why}`);
}

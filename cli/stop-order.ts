import { understand } from '../lambda/core/operator-message.ts';
import { parsePolicy } from '../lambda/core/policy/parse-policy.ts';
import { UsageError } from './usage-error.ts';

/** What a person may say in a message to the manual-stop topic; `undefined` leaves the key out. */
export interface StopOrder {
  readonly target: string;
  readonly reason: string | undefined;
  readonly requestedBy: string | undefined;
  readonly include: string | undefined;
  readonly confirm: string | undefined;
  readonly ignoreExemptions: true | undefined;
}

/** The guard holds only alerts of AWS against its policy, never an order. */
const ANY_POLICY = parsePolicy({ version: 1, rules: [{ id: 'none', type: 'queue-age', maxMinutes: 1 }] });

/**
 * The text of the message, once the guard's own reading of it has found nothing wrong.
 * @throws UsageError with the reason for which the guard would reject it
 */
export function stopMessage(order: StopOrder, accountId: string, now: number): string {
  const text = JSON.stringify({ action: 'stop', ...order });
  const message = { id: 'not sent yet', text, timestamp: new Date(now).toISOString() };
  const meaning = understand(message, { accountId, policy: ANY_POLICY, now });
  if (meaning.kind !== 'stop')
    throw new UsageError(
      `nothing is sent, the guard would refuse it: ${'reason' in meaning ? meaning.reason : 'it is no order to stop'}`,
    );
  return text;
}

import { orderMessage } from './order-message.ts';

/** What a person may say in a message to the manual-stop topic; `undefined` leaves the key out. */
export interface StopOrder {
  readonly target: string;
  readonly reason: string | undefined;
  readonly requestedBy: string | undefined;
  readonly include: string | undefined;
  readonly confirm: string | undefined;
  readonly ignoreExemptions: true | undefined;
}

/**
 * The text of the message.
 * @throws UsageError with the reason for which the guard would reject it
 */
export function stopMessage(order: StopOrder, accountId: string, now: number): string {
  return orderMessage({ action: 'stop', ...order }, 'stop', accountId, now);
}

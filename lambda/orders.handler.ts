import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { handleOrder } from './orders/order.ts';
import { readEnvelope } from './orders/understand.ts';
import { readCrossing } from './store/crossing-queue.ts';
import { wireFunction } from './wiring.ts';

const { services, begin } = wireFunction();

/**
 * Carries out messages to the manual-stop topic, and decides on work that crosses a limit now. The queue delivers one message at a
 * time. An order that is not finished is reported as a failure of its item: it comes back when its visibility timeout is over.
 */
export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const invocation = begin(context);
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of event.Records) {
    const crossing = readCrossing(body);
    if (crossing) {
      // Loaded when it is needed: an order needs nothing of it.
      const { decideNow } = await import('./sweep/decide-now.ts');
      await decideNow(services, crossing, invocation);
      continue;
    }
    const { retry } = await handleOrder(services, readEnvelope(body, messageId), invocation);
    if (retry) batchItemFailures.push({ itemIdentifier: messageId });
  }
  return { batchItemFailures };
}

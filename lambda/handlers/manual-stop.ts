import type { Context, SNSEvent } from 'aws-lambda';
import type { MessageResult } from '../use-cases/message/message-result.ts';
import { stopByMessage } from '../use-cases/message/stop-by-message.ts';
import { wireManualStop } from '../wiring.ts';

const wiring = wireManualStop();

/** Carries out messages to the manual-stop topic. SNS delivers one record at a time; all that come are taken. */
export async function handler(event: SNSEvent, context: Context): Promise<readonly MessageResult[]> {
  const invocation = wiring.begin(context);
  const results: MessageResult[] = [];
  for (const { Sns } of event.Records) {
    const message = { id: Sns.MessageId, text: Sns.Message, timestamp: Sns.Timestamp };
    results.push(await stopByMessage(wiring.ports, message, wiring.settings, invocation));
  }
  return results;
}

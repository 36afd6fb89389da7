import { parseObject, quote } from '../text.ts';
import { HOUR, iso, MINUTE } from '../time.ts';
import { readAlarm, readBudgetAlert } from './aws-messages.ts';
import type { IncomingMessage, Meaning, MessageContext } from './meaning.ts';
import { isAction, readOperatorOrder } from './operator-orders.ts';

/** A first delivery that is older is refused: whoever sent it no longer knows what it would stop. Milliseconds. */
export const MAX_AGE = HOUR;
/** The queue delivers what is not finished for 27 hours, and a delivery may take a while. Milliseconds. */
export const MAX_AGE_RECEIVED = 28 * HOUR;
/** Clocks differ; a message from further ahead has no age to be judged by. Milliseconds. */
export const MAX_AHEAD = 5 * MINUTE;
/** Characters of the longest message that is read; an order has a few hundred. */
export const MAX_LENGTH = 10_000;

/** A queue's message takes apart into what the topic was sent. Anything else has no timestamp, and is refused for it. */
export function readEnvelope(body: string, messageId: string): IncomingMessage {
  const envelope = parseObject(body) ?? {};
  const { MessageId: id, Message: text, Timestamp: timestamp } = envelope;
  if (typeof id === 'string' && typeof text === 'string' && typeof timestamp === 'string')
    return { id, text, timestamp };
  return { id: messageId, text: body, timestamp: '' };
}

/** Understands a message, or says why not. Whatever is not clearly one order is no order. */
export function understand(message: IncomingMessage, context: MessageContext): Meaning {
  const { text } = message;
  const body = text.length <= MAX_LENGTH ? parseObject(text) : undefined;
  const action = body && Object.hasOwn(body, 'action') && isAction(body.action) ? body.action : undefined;
  const meaning = faultOf(message, context) ?? meaningOf(text, body, context, Date.parse(message.timestamp));
  if (typeof meaning !== 'string') return meaning;
  return { kind: 'rejected', reason: meaning, ...(action && { action }) };
}

/** What is wrong with a message, whatever it says. */
function faultOf(
  { text, timestamp }: IncomingMessage,
  { now, receivedBefore }: MessageContext,
): string | undefined {
  const sentAt = Date.parse(timestamp);
  if (Number.isNaN(sentAt)) return `its timestamp is not a time: ${quote(timestamp)}`;
  const sent = `it was sent at ${iso(sentAt)}`;
  const [maxAge, long] = receivedBefore ? [MAX_AGE_RECEIVED, '28 hours'] : [MAX_AGE, 'an hour'];
  if (now - sentAt > maxAge) return `${sent}, more than ${long} ago; send it again if it still holds`;
  if (sentAt - now > MAX_AHEAD) return `${sent}, later than now (${iso(now)}); send it again`;
  if (text.length > MAX_LENGTH) return `it has ${text.length} characters; at most ${MAX_LENGTH} are read`;
  return undefined;
}

function meaningOf(
  text: string,
  body: Readonly<Record<string, unknown>> | undefined,
  context: MessageContext,
  sentAt: number,
): Meaning | string {
  if (text.startsWith('AWS Budget Notification')) return readBudgetAlert(text, context, sentAt);
  if (!body) return `it is not a JSON object: ${quote(text)}`;
  const twice = duplicateKey(text);
  if (twice !== undefined) return `key ${quote(twice)} is given twice; nobody can say which one holds`;
  const hasAction = Object.hasOwn(body, 'action');
  if (Object.hasOwn(body, 'AlarmName')) {
    if (hasAction) return 'it has AlarmName and action; an alarm and an order are two messages';
    return readAlarm(body, context, sentAt);
  }
  if (body.source === 'custom' && body.version === '1.0' && !hasAction)
    return { kind: 'ignored', reason: 'a chat notification' };
  return readOperatorOrder(body, context, sentAt);
}

/** Texts of a JSON document, and the characters between them that build its structure. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

/** The first key that stands twice in the outer object of a valid JSON text: `JSON.parse` silently takes the last one. */
function duplicateKey(json: string): string | undefined {
  const keys = new Set<string>();
  let depth = 0;
  let text = '""';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token !== ':') text = token;
    else if (depth === 1) {
      const key = String(JSON.parse(text));
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

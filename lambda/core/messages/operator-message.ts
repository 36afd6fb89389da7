import { parseAlarm, parseBudgetAlert } from './aws-message.ts';
import { type IncomingMessage, type MessageContext, quote, rejected, type Understanding } from './command.ts';
import { isSteerAction, parseSteerOrder } from './parse-steer-order.ts';
import { parseStopOrder } from './parse-stop-order.ts';

/** A message older than this is refused: whoever sent it no longer knows what it would stop. Milliseconds. */
export const MAX_AGE = 60 * 60_000;
/** Milliseconds in which a message that came in time is finished: as long as the targets that it was resolved to are remembered. */
export const MAX_AGE_RECEIVED = 7 * 24 * 60 * 60_000;
/** Clocks differ; a message from further ahead has no age to be judged by. Milliseconds. */
export const MAX_AHEAD = 5 * 60_000;
/** Characters of the longest message that is read; an order has a few hundred. */
export const MAX_LENGTH = 10_000;

/** Whether a message is too old to be a first delivery. */
export function isLate({ timestamp }: Pick<IncomingMessage, 'timestamp'>, now: number): boolean {
  return now - Date.parse(timestamp) > MAX_AGE;
}

/** Understands a message, or says why not. Whatever is not clearly an order is no order. */
export function understand(message: IncomingMessage, context: MessageContext): Understanding {
  const sentAt = Date.parse(message.timestamp);
  if (Number.isNaN(sentAt)) return rejected(`its timestamp is not a time: ${quote(message.timestamp)}`);
  const sent = `it was sent at ${new Date(sentAt).toISOString()}`;
  const [maxAge, long] = context.receivedBefore ? [MAX_AGE_RECEIVED, '7 days'] : [MAX_AGE, 'an hour'];
  if (context.now - sentAt > maxAge)
    return rejected(`${sent}, more than ${long} ago; send it again if it still holds`);
  if (sentAt - context.now > MAX_AHEAD)
    return rejected(`${sent}, later than now (${new Date(context.now).toISOString()}); send it again`);
  if (message.text.length > MAX_LENGTH) {
    return rejected(`it has ${message.text.length} characters; at most ${MAX_LENGTH} are read`);
  }
  if (message.text.startsWith('AWS Budget Notification'))
    return parseBudgetAlert(message.text, context, sentAt);
  const body = parseObject(message.text);
  if (body === undefined) return rejected(`it is not a JSON object: ${quote(message.text)}`);
  if (Object.hasOwn(body, 'AlarmName')) return parseAlarm(body, context, sentAt);
  if (body.source === 'custom' && body.version === '1.0')
    return { kind: 'ignored', reason: 'a chat notification' };
  return parseOrder(body, context, sentAt);
}

function parseOrder(
  body: Readonly<Record<string, unknown>>,
  context: MessageContext,
  sentAt: number,
): Understanding {
  const { action } = body;
  if (action === 'stop') return parseStopOrder(body, context, sentAt);
  if (isSteerAction(action)) return parseSteerOrder(action, body, context, sentAt);
  return rejected(`action is ${quote(action)}; allowed: "stop", "pause", "resume", "exempt", "unexempt"`);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

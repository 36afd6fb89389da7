import { DEVICE_FARM_REGION, parseArn } from './arn.ts';
import { parseAlarm, parseBudgetAlert } from './aws-message.ts';
import {
  type IncomingMessage,
  isPlain,
  type MessageContext,
  quote,
  rejected,
  type Target,
  type Understanding,
} from './command.ts';

/** A message older than this is refused: whoever sent it no longer knows what it would stop. Milliseconds. */
export const MAX_AGE = 60 * 60_000;
/** Clocks differ; a message from further ahead has no age to be judged by. Milliseconds. */
export const MAX_AHEAD = 5 * 60_000;
/** Characters of the longest message that is read; an order has a few hundred. */
export const MAX_LENGTH = 10_000;

const KEYS = ['action', 'target', 'reason', 'requestedBy', 'include', 'confirm', 'ignoreExemptions'];
const TARGET_HELP = 'the ARN of a job, run, session or project, or "account"';

/** Understands a message, or says why not. Whatever is not clearly an order is no order. */
export function understand(message: IncomingMessage, context: MessageContext): Understanding {
  const sentAt = Date.parse(message.timestamp);
  if (Number.isNaN(sentAt)) return rejected(`its timestamp is not a time: ${quote(message.timestamp)}`);
  const sent = `it was sent at ${new Date(sentAt).toISOString()}`;
  if (context.now - sentAt > MAX_AGE)
    return rejected(`${sent}, more than an hour ago; send it again if it still holds`);
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
  const unknown = Object.keys(body).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    return rejected(`key ${quote(unknown)} is not known; allowed: ${KEYS.join(', ')}`);
  const { action, target, reason, requestedBy, include = 'all', confirm, ignoreExemptions = false } = body;
  if (action !== 'stop') return rejected(`action is ${quote(action)}; allowed: "stop"`);
  if (include !== 'queued' && include !== 'all')
    return rejected(`include is ${quote(include)}; allowed: "queued", "all"`);
  if (typeof ignoreExemptions !== 'boolean') {
    return rejected(`ignoreExemptions is ${quote(ignoreExemptions)}; allowed: true, false`);
  }
  for (const [name, value] of Object.entries({ reason, requestedBy })) {
    if (value !== undefined && !isPlainText(value)) {
      return rejected(
        `${name} is ${quote(value)}; allowed: up to 500 characters of plain text, no < > or control characters`,
      );
    }
  }
  const aim = parseTarget(target, confirm, context.accountId);
  if (typeof aim === 'string') return rejected(aim);
  return {
    kind: 'stop',
    command: {
      target: aim,
      include,
      from: 'operator',
      reason: wording(requestedBy, reason),
      ignoreExemptions,
      sentAt,
    },
  };
}

/** The target, or what is wrong with it. */
function parseTarget(target: unknown, confirm: unknown, accountId: string): Target | string {
  if (target === 'account') {
    if (confirm === accountId) return { kind: 'account', account: accountId };
    return `target "account" needs confirm to be this account's id; it is ${quote(confirm)}`;
  }
  if (confirm !== undefined) return `confirm goes only with target "account"; target is ${quote(target)}`;
  if (typeof target !== 'string') return `target is ${quote(target)}; allowed: ${TARGET_HELP}`;
  const arn = parseArn(target);
  if (!arn) return `target is ${quote(target)}; allowed: ${TARGET_HELP}`;
  if (arn.account !== accountId)
    return `target is in account ${arn.account}; this guard stops work in ${accountId} only`;
  if (arn.region !== DEVICE_FARM_REGION) {
    return `target is in region ${arn.region}; Device Farm is in ${DEVICE_FARM_REGION} only`;
  }
  return { kind: arn.kind, arn: target };
}

function wording(requestedBy: unknown, reason: unknown): string {
  return `${requestedBy ? `${requestedBy} asked` : 'asked'} by message${reason ? `: ${reason}` : ''}`;
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

/** Texts that are stored and sent on. */
function isPlainText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 500 && isPlain(value);
}

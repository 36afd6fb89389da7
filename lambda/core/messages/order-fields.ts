import { type ArnKind, DEVICE_FARM_REGION, parseArn } from '../arn.ts';
import { isPlain, quote } from './command.ts';

/** An order as it came: a JSON object. */
export type OrderBody = Readonly<Record<string, unknown>>;

/** What is wrong with the keys of an order; `undefined` when nothing is. */
export function faultOfKeys(body: OrderBody, allowed: readonly string[]): string | undefined {
  const unknown = Object.keys(body).find((key) => !allowed.includes(key));
  return unknown === undefined
    ? undefined
    : `key ${quote(unknown)} is not known; allowed: ${allowed.join(', ')}`;
}

/** What is wrong with the texts of an order, which are stored and sent on; `undefined` when nothing is. */
export function faultOfTexts({ reason, requestedBy }: OrderBody): string | undefined {
  const wrong = Object.entries({ reason, requestedBy }).find(
    ([, value]) => value !== undefined && !isPlainText(value),
  );
  return (
    wrong &&
    `${wrong[0]} is ${quote(wrong[1])}; allowed: up to 500 characters of plain text, no < > or control characters`
  );
}

/** The ARN that an order names, or what is wrong with it. `help` says what is allowed. */
export function parseArnTarget(
  target: unknown,
  accountId: string,
  help: string,
): { readonly kind: ArnKind; readonly arn: string } | string {
  if (typeof target !== 'string') return `target is ${quote(target)}; allowed: ${help}`;
  const arn = parseArn(target);
  if (!arn) return `target is ${quote(target)}; allowed: ${help}`;
  if (arn.account !== accountId)
    return `target is in account ${arn.account}; this guard stops work in ${accountId} only`;
  if (arn.region !== DEVICE_FARM_REGION) {
    return `target is in region ${arn.region}; Device Farm is in ${DEVICE_FARM_REGION} only`;
  }
  return { kind: arn.kind, arn: target };
}

/** Who asked and why, as a part of a sentence. */
export function wording({ requestedBy, reason }: OrderBody): string {
  return `${requestedBy ? `${requestedBy} asked` : 'asked'} by message${reason ? `: ${reason}` : ''}`;
}

/** Short, without markup, control or bidirectional characters. */
function isPlainText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 500 && isPlain(value);
}

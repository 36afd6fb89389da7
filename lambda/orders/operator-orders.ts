import { type ArnKind, DEVICE_FARM_REGION, parseArn } from '../arn.ts';
import type { Control } from '../controls/controls.ts';
import { isPlain, quote } from '../text.ts';
import { HOUR, INSTANT_HELP, iso, parseInstant } from '../time.ts';
import type { Action, Meaning, MessageContext, StopOrder } from './meaning.ts';

/** An order as it came: a JSON object. */
type Body = Readonly<Record<string, unknown>>;

const COMMON = ['action', 'reason', 'requestedBy'];
const KEYS: Readonly<Record<Action, readonly string[]>> = {
  stop: [...COMMON, 'target', 'include', 'confirm', 'ignoreExemptions'],
  pause: [...COMMON, 'until'],
  resume: COMMON,
  exempt: [...COMMON, 'target', 'until'],
  unexempt: [...COMMON, 'target'],
  extend: [...COMMON, 'target', 'minutes'],
};
const STOP_HELP = 'the ARN of a job, run, session or project, or "account"';
const EXTEND_HELP = 'the ARN of a job, session or run';
const EXEMPT_HELP = 'the ARN of a run, project or session';

export function isAction(action: unknown): action is Action {
  return typeof action === 'string' && Object.hasOwn(KEYS, action);
}

/** Reads a person's order, sent at `sentAt`; a text says what is wrong with it. */
export function readOperatorOrder(body: Body, context: MessageContext, sentAt: number): Meaning | string {
  const action = Object.hasOwn(body, 'action') ? body.action : undefined;
  if (!isAction(action))
    return `action is ${quote(action)}; allowed: ${Object.keys(KEYS)
      .map((one) => `"${one}"`)
      .join(', ')}`;
  const fault = faultOfKeys(body, KEYS[action]) ?? faultOfTexts(body);
  if (fault !== undefined) return fault;
  if (action === 'stop') {
    const order = readStop(body, context, sentAt);
    return typeof order === 'string' ? order : { kind: 'stop', order };
  }
  const control = readControl(action, body, context, sentAt);
  if (typeof control === 'string') return control;
  return { kind: 'control', order: control, sentAt };
}

function readStop(body: Body, { accountId }: MessageContext, sentAt: number): StopOrder | string {
  const { include = 'all', ignoreExemptions = false } = body;
  if (include !== 'queued' && include !== 'all')
    return `include is ${quote(include)}; allowed: "queued", "all"`;
  if (typeof ignoreExemptions !== 'boolean')
    return `ignoreExemptions is ${quote(ignoreExemptions)}; allowed: true, false`;
  const target = readTarget(body, accountId);
  if (typeof target === 'string') return target;
  const scope = include === 'queued' ? 'queued' : 'any';
  return { target, scope, reason: wording(body), ignoreExemptions, sentAt };
}

/** The target, or what is wrong with it. */
function readTarget({ target, confirm }: Body, accountId: string): StopOrder['target'] | string {
  if (target === 'account') {
    if (confirm === accountId) return { kind: 'account', account: accountId };
    return `target "account" needs confirm to be this account's id; it is ${quote(confirm)}`;
  }
  if (confirm !== undefined) return `confirm goes only with target "account"; target is ${quote(target)}`;
  return readArn(target, accountId, STOP_HELP);
}

/** What the action needs, or what is wrong with it. Ends are measured from the sending, so that a repetition means the same. */
function readControl(
  action: Control['action'],
  body: Body,
  { accountId, policy: { manualStop } }: MessageContext,
  sentAt: number,
): Control | string {
  const { target, until, minutes } = body;
  const words = wording(body);
  switch (action) {
    case 'resume':
      return { action, words };
    case 'pause': {
      const { maxPauseHours } = manualStop;
      if (until === undefined) return { action, words, until: sentAt + maxPauseHours * HOUR };
      const end = readEnd(until, sentAt, maxPauseHours, 'a pause');
      return typeof end === 'string' ? end : { action, words, until: end };
    }
    case 'exempt': {
      const named = readExemptible(target, accountId);
      if (typeof named === 'string') return named;
      const end = readEnd(until, sentAt, manualStop.maxExemptHours, 'an exemption');
      return typeof end === 'string' ? end : { action, words, target: named.arn, until: end };
    }
    case 'unexempt': {
      const named = readExemptible(target, accountId);
      return typeof named === 'string' ? named : { action, words, target: named.arn };
    }
    case 'extend': {
      const named = readArn(target, accountId, EXTEND_HELP);
      if (typeof named === 'string') return named;
      if (named.kind === 'project') return `target is a project; allowed: ${EXTEND_HELP}`;
      const { maxExtendMinutes } = manualStop;
      if (typeof minutes !== 'number' || !(minutes > 0) || minutes > maxExtendMinutes)
        return `minutes is ${quote(minutes)}; allowed: a number above 0 and at most ${maxExtendMinutes}`;
      return { action, words, target: named.arn, minutes };
    }
  }
}

/** Epoch milliseconds, or what is wrong. */
function readEnd(until: unknown, sentAt: number, maxHours: number, what: string): number | string {
  const at = typeof until === 'string' ? parseInstant(until) : undefined;
  if (at === undefined) return `until is ${quote(until)}; allowed: ${INSTANT_HELP}`;
  if (at <= sentAt) return `until is ${quote(until)}, not after ${iso(sentAt)}, when the message was sent`;
  if (at - sentAt <= maxHours * HOUR) return at;
  return `until is ${quote(until)}; ${what} may last ${maxHours} h at most, here until ${iso(sentAt + maxHours * HOUR)}`;
}

function readExemptible(target: unknown, accountId: string): { readonly arn: string } | string {
  const named = readArn(target, accountId, EXEMPT_HELP);
  if (typeof named === 'string' || named.kind !== 'job') return named;
  return `target is a job; allowed: ${EXEMPT_HELP}`;
}

/** The ARN that an order names, or what is wrong with it. `help` says what is allowed. */
function readArn(
  target: unknown,
  accountId: string,
  help: string,
): { readonly kind: ArnKind; readonly arn: string } | string {
  const arn = typeof target === 'string' ? parseArn(target) : undefined;
  if (!arn) return `target is ${quote(target)}; allowed: ${help}`;
  if (arn.account !== accountId)
    return `target is in account ${arn.account}; this AutoStop works in ${accountId} only`;
  if (arn.region !== DEVICE_FARM_REGION)
    return `target is in region ${arn.region}; Device Farm is in ${DEVICE_FARM_REGION} only`;
  return { kind: arn.kind, arn: arn.arn };
}

function faultOfKeys(body: Body, allowed: readonly string[]): string | undefined {
  const unknown = Object.keys(body).find((key) => !allowed.includes(key));
  return unknown === undefined
    ? undefined
    : `key ${quote(unknown)} is not known; allowed: ${allowed.join(', ')}`;
}

/** Texts are stored and sent on, so they must be plain. */
function faultOfTexts({ reason, requestedBy }: Body): string | undefined {
  const wrong = Object.entries({ reason, requestedBy }).find(
    ([, value]) => value !== undefined && !isPlainText(value),
  );
  return (
    wrong &&
    `${wrong[0]} is ${quote(wrong[1])}; allowed: up to 500 characters of plain text, no < > or control characters`
  );
}

function isPlainText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 500 && isPlain(value);
}

/** Who asked and why, as a part of a sentence. */
function wording({ requestedBy, reason }: Body): string {
  return `${requestedBy ? `${requestedBy} asked` : 'asked'} by message${reason ? `: ${reason}` : ''}`;
}

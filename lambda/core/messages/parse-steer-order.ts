import {
  type MessageContext,
  quote,
  rejected,
  type SteerAction,
  type SteerDetails,
  type Understanding,
} from './command.ts';
import { faultOfKeys, faultOfTexts, type OrderBody, parseArnTarget, wording } from './order-fields.ts';
import { INSTANT_HELP, parseInstant } from './parse-instant.ts';

const HOUR = 3_600_000;
const TARGET_HELP = 'the ARN of a run or project';
const COMMON = ['action', 'reason', 'requestedBy'];
const KEYS: Readonly<Record<SteerAction, readonly string[]>> = {
  pause: [...COMMON, 'until'],
  resume: COMMON,
  exempt: [...COMMON, 'target', 'until'],
  unexempt: [...COMMON, 'target'],
};

/** Whether a message's action is one that steers. */
export function isSteerAction(action: unknown): action is SteerAction {
  return typeof action === 'string' && Object.hasOwn(KEYS, action);
}

/** Reads an order that steers the guard, sent at `sentAt` (epoch milliseconds), from which its end is measured. */
export function parseSteerOrder(
  action: SteerAction,
  body: OrderBody,
  context: MessageContext,
  sentAt: number,
): Understanding {
  const fault = faultOfKeys(body, KEYS[action]) ?? faultOfTexts(body);
  if (fault !== undefined) return rejected(fault);
  const details = detailsOf(action, body, context, sentAt);
  if (typeof details === 'string') return rejected(details);
  return { kind: 'steer', command: { ...details, words: wording(body) } };
}

/** What the action needs, or what is wrong with it. */
function detailsOf(
  action: SteerAction,
  { target, until }: OrderBody,
  { accountId, policy: { manualStop } }: MessageContext,
  sentAt: number,
): SteerDetails | string {
  switch (action) {
    case 'resume':
      return { action };
    case 'pause': {
      const { maxPauseHours } = manualStop;
      if (until === undefined) return { action, until: iso(sentAt + maxPauseHours * HOUR) };
      const end = parseEnd(until, sentAt, maxPauseHours, 'a pause');
      return end.fault ?? { action, until: end.until };
    }
    case 'exempt': {
      const aim = parseRunOrProject(target, accountId);
      if (aim.fault !== undefined) return aim.fault;
      const end = parseEnd(until, sentAt, manualStop.maxExemptHours, 'an exemption');
      return end.fault ?? { action, target: aim.arn, until: end.until };
    }
    case 'unexempt': {
      const aim = parseRunOrProject(target, accountId);
      return aim.fault ?? { action, target: aim.arn };
    }
  }
}

type End = { readonly fault: string } | { readonly fault?: undefined; readonly until: string };

function parseEnd(until: unknown, sentAt: number, maxHours: number, what: string): End {
  const at = typeof until === 'string' ? parseInstant(until) : undefined;
  if (at === undefined) return { fault: `until is ${quote(until)}; allowed: ${INSTANT_HELP}` };
  if (at <= sentAt) {
    return { fault: `until is ${quote(until)}, not after ${iso(sentAt)}, when the message was sent` };
  }
  if (at - sentAt > maxHours * HOUR) {
    return {
      fault: `until is ${quote(until)}; ${what} may last ${maxHours} h at most, here until ${iso(sentAt + maxHours * HOUR)}`,
    };
  }
  return { until: iso(at) };
}

type Aim = { readonly fault: string } | { readonly fault?: undefined; readonly arn: string };

function parseRunOrProject(target: unknown, accountId: string): Aim {
  const aim = parseArnTarget(target, accountId, TARGET_HELP);
  if (typeof aim === 'string') return { fault: aim };
  if (aim.kind === 'run' || aim.kind === 'project') return { arn: aim.arn };
  return { fault: `target is a ${aim.kind}; allowed: ${TARGET_HELP}` };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

import type { ArnKind } from '../arn.ts';
import type { Policy } from '../policy/schema.ts';

/** A message as it came from SNS. */
export interface IncomingMessage {
  readonly id: string;
  readonly text: string;
  /** SNS's own timestamp, ISO 8601. */
  readonly timestamp: string;
}

/** What the guard holds a message against. `now` is epoch milliseconds. */
export interface MessageContext {
  readonly accountId: string;
  readonly policy: Policy;
  readonly now: number;
  /** An earlier delivery of it came in time: it is no longer too late. */
  readonly receivedBefore?: boolean;
}

/** What is to be stopped. */
export type Target =
  | { readonly kind: ArnKind; readonly arn: string }
  | { readonly kind: 'account'; readonly account: string };

/** A message that was understood and is allowed. */
export interface StopCommand {
  readonly target: Target;
  readonly include: 'queued' | 'all';
  /** `operator`: a person asked. `aws`: a budget or an alarm that the policy lists. */
  readonly from: 'operator' | 'aws';
  /** A sentence part: who asked and why. */
  readonly reason: string;
  /** The policy's name for the budget or alarm; absent for a person. */
  readonly rule?: string;
  readonly ignoreExemptions: boolean;
  /** When it was sent, epoch milliseconds: work created later was not meant. */
  readonly sentAt: number;
}

export type SteerAction = 'pause' | 'resume' | 'exempt' | 'unexempt';

/** What a message that steers the guard says. `until` is ISO 8601, `target` the ARN of a run or project. */
export type SteerDetails =
  | { readonly action: 'pause'; readonly until: string }
  | { readonly action: 'resume' }
  | { readonly action: 'exempt'; readonly target: string; readonly until: string }
  | { readonly action: 'unexempt'; readonly target: string };

/** The same, with who asked and why. */
export type SteerCommand = SteerDetails & { readonly words: string };

export type Understanding =
  | { readonly kind: 'stop'; readonly command: StopCommand }
  | { readonly kind: 'steer'; readonly command: SteerCommand }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Not an order and not an error: an alarm that is over, or our own notification coming back. */
  | { readonly kind: 'ignored'; readonly reason: string };

export function rejected(reason: string): Understanding {
  return { kind: 'rejected', reason };
}

/** Markup, control and bidirectional characters, line separators and halves of a pair: nothing that a sentence needs. */
const UNPLAIN = /[<>\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Characters of a value from outside that a sentence shows. */
const MAX_SHOWN = 120;

/** Whether a text can be stored and sent on as it is. */
export function isPlain(text: string): boolean {
  return text.search(UNPLAIN) < 0;
}

/** A text from outside, short and harmless enough for a sentence. */
export function plain(text: string): string {
  const shown = text.slice(0, MAX_SHOWN).replace(UNPLAIN, '.');
  return text.length > MAX_SHOWN ? `${shown}... (${text.length} characters)` : shown;
}

/** A value from outside as JSON, likewise. Of what is nested only the first level is shown: depth has no limit there. */
export function quote(value: unknown): string {
  const inOneLevel = (_: string, inner: unknown): unknown =>
    typeof inner === 'object' && inner !== null && inner !== value ? '...' : inner;
  return plain(JSON.stringify(value, inOneLevel) ?? 'missing');
}

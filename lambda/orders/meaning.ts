import type { ArnKind } from '../arn.ts';
import type { Control } from '../controls/controls.ts';
import type { StopScope } from '../model.ts';
import type { Policy } from '../policy/schema.ts';

/** What a person can order. */
export type Action = 'stop' | Control['action'];

/** A message as it came from SNS. */
export interface IncomingMessage {
  readonly id: string;
  readonly text: string;
  /** SNS's own timestamp, ISO 8601. */
  readonly timestamp: string;
}

/** What a message is held against. */
export interface MessageContext {
  readonly accountId: string;
  readonly policy: Pick<Policy, 'manualStop'>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** An earlier delivery of it came in time: it is no longer too late. */
  readonly receivedBefore?: boolean;
}

/** An order to stop that was understood and is allowed. */
export interface StopOrder {
  readonly target:
    | { readonly kind: ArnKind; readonly arn: string }
    | { readonly kind: 'account'; readonly account: string };
  readonly scope: StopScope;
  /** A sentence part: who asked and why. */
  readonly reason: string;
  /** `budget:<name>` or `alarm:<name>`, as the policy lists it; absent for a person. */
  readonly rule?: string;
  readonly ignoreExemptions: boolean;
  /** Work that was created later was not meant. Epoch milliseconds. */
  readonly sentAt: number;
}

/** What a message means. */
export type Meaning =
  | { readonly kind: 'stop'; readonly order: StopOrder }
  | { readonly kind: 'control'; readonly order: Control; readonly sentAt: number }
  /** `action`: what it wanted, as far as it could be told. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly action?: Action }
  /** Not an order and not an error: an alarm that is over, or our own notification coming back. */
  | { readonly kind: 'ignored'; readonly reason: string };

/** What became of a message. */
export interface OrderOutcome {
  /** `taken`: a pause or an exemption took effect. `notYet`: it is not finished, and the queue delivers it again. */
  readonly status: 'done' | 'notYet' | 'observed' | 'taken' | 'rejected' | 'ignored';
  readonly retry: boolean;
  readonly reason: string;
  /** ARNs that this delivery stopped. */
  readonly stopped: readonly string[];
}

/** What a refusal says first: what did not happen. */
export function refusal({ action, reason }: Extract<Meaning, { kind: 'rejected' }>): string {
  const outcomes: Readonly<Record<Action, string>> = {
    stop: 'nothing was stopped',
    pause: 'AutoStop was not paused',
    resume: 'no pause was ended',
    exempt: 'nothing was exempted',
    unexempt: 'no exemption was revoked',
    extend: 'no limit was extended',
  };
  return `${action ? outcomes[action] : 'the message changed nothing'}: ${reason}`;
}

import type { StoredAuditRecord } from '../audit-record.ts';
import { elapsedSince } from './live-state.ts';

/** What is to be done about a stop that was requested and has not taken effect. */
export type NextStep =
  | { readonly kind: 'wait' }
  /** Overdue, and nobody can see whether it is still needed. */
  | { readonly kind: 'unseen'; readonly waited: number; readonly accepted: boolean }
  /** Ask again: the same attempt when no reply is on record, else the next one. */
  | { readonly kind: 'again'; readonly number: number; readonly waited: number; readonly accepted: boolean }
  /** Every attempt was accepted and none took effect: the whole run is what is left to try. */
  | { readonly kind: 'lastTry'; readonly number: number; readonly waited: number; readonly accepted: boolean }
  /** Somebody has to look at it. `told`: that was recorded before. */
  | {
      readonly kind: 'escalate';
      readonly waited: number;
      readonly accepted: boolean;
      readonly told: boolean;
    };

export interface StepSettings {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly confirmWithinMinutes: number;
  readonly maxAttempts: number;
}

/** The intent of the last attempt; `undefined` when none was ever written. */
export function lastAttempt(history: readonly StoredAuditRecord[]): StoredAuditRecord | undefined {
  return history.findLast(({ event }) => event === 'StopRequested');
}

/**
 * The next step by the records of one job or session that has not ended. An attempt without effect is followed by the next
 * after `confirmWithinMinutes`; one whose calls fail, and one of which nothing can be read, is given up after `maxAttempts`
 * times that.
 * @param live whether it can be seen how the work stands; what cannot be seen is not asked to stop again
 */
export function nextStep(
  history: readonly StoredAuditRecord[],
  live: 'seen' | 'unseen',
  { now, confirmWithinMinutes, maxAttempts }: StepSettings,
): NextStep {
  const requested = lastAttempt(history);
  if (!requested) return { kind: 'wait' };
  const { attempt: number = 1 } = requested;
  const of = (event: string) => history.find((record) => record.event === event && record.attempt === number);
  const reply = of('StopAccepted');
  const accepted = reply !== undefined;
  const waited = elapsedSince((reply ?? requested).at, now) ?? 0;
  if (of('StopEscalated')) return { kind: 'escalate', waited, accepted, told: true };
  if (waited < confirmWithinMinutes) return { kind: 'wait' };
  const isStuck = live === 'seen' && accepted;
  const givenUp = isStuck ? number > maxAttempts : waited >= maxAttempts * confirmWithinMinutes;
  if (givenUp) return { kind: 'escalate', waited, accepted, told: false };
  if (live === 'unseen') return { kind: 'unseen', waited, accepted };
  const next = accepted ? number + 1 : number;
  return { kind: next > maxAttempts ? 'lastTry' : 'again', number: next, waited, accepted };
}

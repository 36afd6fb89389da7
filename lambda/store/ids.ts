import type { AuditRecord, StoredAuditRecord } from '../model.ts';
import { iso, utcDay } from '../time.ts';

/** The one file that makes and parses the keys of audit records. */

/** Subject of orders, thresholds, pauses and exemptions. */
export const GUARD = 'guard';

/** The steps of an attempt. What is held back is no attempt. */
export type StopEvent = Exclude<Extract<AuditRecord['event'], `Stop${string}`>, 'StopHeld'>;

const STEPS: Readonly<Record<StopEvent, number>> = {
  StopRequested: 1,
  StopSkipped: 2,
  StopFailed: 2,
  StopAccepted: 2,
  StopConfirmed: 3,
  StopEscalated: 3,
};

const CONTROLS = [
  'GuardPaused',
  'GuardResumed',
  'ExemptionGranted',
  'ExemptionRevoked',
  'LimitExtended',
] as const satisfies readonly AuditRecord['event'][];
/** Pauses and exemptions: records that take effect as long as their `until` is to come. */
export type ControlEvent = (typeof CONTROLS)[number];

export function isControlEvent(event: AuditRecord['event']): event is ControlEvent {
  return CONTROLS.some((one) => one === event);
}

/** Of a record StopHeld: an exemption kept the work. */
export function isExemptHold(id: string): boolean {
  return id.startsWith('StopHeld#') && id.endsWith('#exempt');
}

export const ids = {
  /** The same for the same attempt and event, whoever writes it. */
  stop: (attempt: number, event: StopEvent): string =>
    `${String(attempt).padStart(3, '0')}#${STEPS[event]}#${event}`,
  /** Once per item, cause and kind of hold. */
  held: (cause: string, kind: string): string => `StopHeld#${cause}#${kind}`,
  /** Once per item, rule and limit: a limit that was extended is another one. */
  warning: (rule: string, limit: number): string => `WarningSent#${rule}#${limit}`,
  wouldStop: (rule: string): string => `WouldStop#${rule}`,
  wouldStopEnded: (rule: string): string => `WouldStopEnded#${rule}`,
  order: (event: 'CommandReceived' | 'CommandRejected', messageId: string): string => `${event}#${messageId}`,
  threshold: (key: string): string => `ThresholdCrossed#${key}`,
  sweep: (at: number, sweepId: string): string => `${iso(at)}#${sweepId}`,
  /** Begins with the time of sending, so that only those that can still hold are read. */
  control: (sentAt: number, event: ControlEvent, messageId: string): string =>
    `${iso(sentAt)}#${event}#${messageId}`,
  /** The first id of a pause or exemption that was sent at `sentAt` or later, and one after the last. */
  controlsSince: (sentAt: number): { readonly from: string; readonly to: string } => ({
    from: iso(sentAt),
    to: '9999',
  }),
} as const;

export const subjects = {
  sweep: (at: number): string => `sweep#${utcDay(at)}`,
} as const;

/** The message that a record was written for; absent for the schedule's records. */
export function messageIdOf({ actor }: Pick<AuditRecord, 'actor'>): string | undefined {
  return actor.startsWith('sns:') ? actor.slice('sns:'.length) : undefined;
}

/** Attempts so far: every recorded intent is one, so that ids never collide and a skip hides nothing. */
export function attemptsIn(history: readonly StoredAuditRecord[]): number {
  return history
    .filter(({ event }) => event === 'StopRequested')
    .reduce((most, { attempt = 1 }) => Math.max(most, attempt), 0);
}

import { parseArn } from './arn.ts';
import { type DeviceMinutes, elapsedMinutes, estimateMinutes, settledMinutes } from './minutes.ts';
import type { Job, Session } from './service.ts';
import type { ServiceError } from './service-error.ts';
import { moneyFor } from './spend/money.ts';
import type { Subject } from './stop-record.ts';
import { phaseOf } from './work-item.ts';

/** How a job or session stands at the moment of the stop. */
export type LiveState = { readonly subject?: Subject } & (
  | { readonly state: 'queued' | 'started' | 'stopping'; readonly status: string }
  | {
      readonly state: 'ended';
      readonly reason: string;
      readonly result?: string;
      readonly stoppedAt?: number;
    }
  | { readonly state: 'unknown'; readonly reason: string }
  | { readonly state: 'unreadable'; readonly error: ServiceError }
);

export function liveState(
  work: Job | Session,
  { now, pricePerMeteredMinute }: { readonly now: number; readonly pricePerMeteredMinute: number },
): LiveState {
  const subject = subjectOf(work, now, pricePerMeteredMinute);
  const phase = phaseOf(work.status);
  switch (phase) {
    case 'completed':
      return {
        state: 'ended',
        reason: `it is COMPLETED (${work.result ?? 'no result'})`,
        result: work.result,
        stoppedAt: work.stopped,
        subject,
      };
    case 'unknown':
      return { state: 'unknown', reason: `status "${work.status}" is not known`, subject };
    default:
      return { state: phase, status: work.status, subject };
  }
}

/** Minutes between an ISO 8601 time and now; absent when there is no time. */
export function elapsedSince(at: string | undefined, now: number): number | undefined {
  return at === undefined ? undefined : (now - Date.parse(at)) / 60_000;
}

function subjectOf(work: Job | Session, now: number, price: number): Subject {
  const minutes = minutesOf(work, now);
  const arn = parseArn(work.arn);
  return {
    subject: work.arn,
    project: arn?.projectArn,
    run: arn?.runArn,
    device: work.device,
    minutes,
    money: moneyFor(minutes.metered, price),
    billed: work.started !== undefined,
  };
}

function minutesOf(work: Job | Session, now: number): DeviceMinutes {
  // A job alone does not say how it is billed; the service's default is METERED.
  const billing = work.privateDevice ? 'unmetered' : 'billing' in work ? work.billing : 'unknown';
  if (phaseOf(work.status) === 'completed')
    return settledMinutes(work.counters) ?? elapsedMinutes(work, billing);
  return estimateMinutes({ counters: work.counters, runningSince: work.started, billing }, now);
}

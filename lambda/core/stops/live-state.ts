import { parseArn } from '../arn.ts';
import { type DeviceMinutes, elapsedMinutes, estimateMinutes, settledMinutes } from '../minutes.ts';
import type { Billing, Job, Session } from '../service.ts';
import type { ServiceError } from '../service-error.ts';
import { moneyFor } from '../spend/money.ts';
import { phaseOf } from '../work-item.ts';
import type { Subject } from './stop-record.ts';

/** How a job or session stands at the moment of the stop. */
export type LiveState = { readonly subject?: Subject } & (
  | { readonly state: 'queued' | 'started' | 'stopping'; readonly status: string }
  | {
      readonly state: 'ended';
      readonly reason: string;
      readonly result?: string;
      readonly startedAt?: number;
      readonly stoppedAt?: number;
      /** How it was billed; absent when nobody could tell. */
      readonly billing?: Billing;
      /** Its minutes are by the clock: the service has no final counters yet. */
      readonly estimated?: boolean;
    }
  | { readonly state: 'unknown'; readonly reason: string }
  | { readonly state: 'unreadable'; readonly error: ServiceError }
);

/** What a reading is turned into words and money with. */
export interface LiveSettings {
  /** Epoch milliseconds. */
  readonly now: number;
  /** US dollars. */
  readonly pricePerMeteredMinute: number;
  /** How the work is billed, when whoever asks knows: a job does not say so itself. */
  readonly billing?: Billing;
}

export function liveState(work: Job | Session, settings: LiveSettings): LiveState {
  const subject = subjectOf(work, settings);
  const phase = phaseOf(work.status);
  switch (phase) {
    case 'completed':
      return {
        state: 'ended',
        reason: `it is COMPLETED (${work.result ?? 'no result'})`,
        result: work.result,
        startedAt: work.started,
        stoppedAt: work.stopped,
        billing: billingOf(work, settings),
        ...(subject.minutes && !finalMinutes(work) ? { estimated: true } : {}),
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

function subjectOf(work: Job | Session, settings: LiveSettings): Subject {
  const minutes = minutesOf(work, settings);
  const arn = parseArn(work.arn);
  return {
    subject: work.arn,
    project: arn?.projectArn,
    run: arn?.runArn,
    device: work.device,
    ...(minutes && { minutes, money: moneyFor(minutes.metered, settings.pricePerMeteredMinute) }),
    billed: work.started !== undefined,
  };
}

/** The counters, else the estimate; nothing when it is not known whether the estimate would be money. */
function minutesOf(work: Job | Session, settings: LiveSettings): DeviceMinutes | undefined {
  const completed = phaseOf(work.status) === 'completed';
  const counted = completed ? finalMinutes(work) : undefined;
  if (counted) return counted;
  const { now } = settings;
  const billing = billingOf(work, settings);
  if (billing === undefined || billing === 'unknown') return undefined;
  if (completed) return elapsedMinutes(work, billing);
  return estimateMinutes({ counters: work.counters, runningSince: work.started, billing }, now);
}

/** The final counters. They can come after the status: zero for work that ran is none yet. */
function finalMinutes({ counters, started }: Job | Session): DeviceMinutes | undefined {
  const counted = settledMinutes(counters);
  return counted && (counted.total > 0 || started === undefined) ? counted : undefined;
}

function billingOf(work: Job | Session, { billing: known }: LiveSettings): Billing | undefined {
  if (work.privateDevice) return 'unmetered';
  return 'billing' in work ? work.billing : known;
}

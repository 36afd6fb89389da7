import type { ServiceError } from '../errors.ts';
import {
  type Billing,
  type DeviceMinutes,
  type Job,
  phaseOf,
  type Reading,
  type Run,
  type Session,
  type StopTarget,
} from '../model.ts';
import { moneyFor } from '../money.ts';
import { elapsedMinutes, estimateMinutes } from '../usage/minutes.ts';
import { finalMinutes as settledMinutes } from '../usage/settle.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { Facts } from './records.ts';

/** Work that ended or is gone. */
export type Ended = Extract<Live, { readonly state: 'ended' }>;

/** How a job, session or run stands at the moment of the stop. */
export type Live = { readonly facts: Facts } & (
  | { readonly state: 'queued' | 'started' | 'stopping'; readonly status: string }
  | {
      readonly state: 'ended';
      readonly reason: string;
      readonly result?: string;
      readonly started?: number;
      readonly stopped?: number;
      /** Absent when nobody can tell. */
      readonly billing?: Billing;
      /** Its minutes are by the clock: the service has no final counters yet. */
      readonly estimated?: boolean;
    }
  /** Not readable, no status, or a status that is not documented: never a reason to stop. */
  | { readonly state: 'unknown'; readonly reason: string; readonly error?: ServiceError }
);

/** Asks the service how a target stands now. */
export async function readLive(
  services: Services,
  target: StopTarget,
  invocation: Invocation,
): Promise<Live> {
  return liveOf(await read(services, target), target, invocation);
}

function read({ farm }: Services, { kind, arn }: StopTarget): Promise<Reading<Job | Session | Run>> {
  if (kind === 'job') return farm.job(arn);
  return kind === 'session' ? farm.session(arn) : farm.run(arn);
}

/** A failed read is `unknown`, never `ended`. */
export function liveOf(
  reading: Reading<Job | Session | Run>,
  target: StopTarget,
  invocation: Invocation,
): Live {
  switch (reading.state) {
    case 'gone':
      return { state: 'ended', reason: 'it no longer exists', facts: {} };
    case 'unreadable': {
      const { name, message } = reading.error;
      return {
        state: 'unknown',
        reason: `it could not be read: ${name}: ${message}`,
        error: reading.error,
        facts: {},
      };
    }
    case 'found':
      return liveWork(reading.value, target, invocation);
  }
}

function liveWork(work: Job | Session | Run, target: StopTarget, invocation: Invocation): Live {
  const phase = phaseOf(work.status);
  const billing = billingOf(work, target);
  const minutes = minutesOf(work, billing, target, invocation.now);
  const price = invocation.policy.pricePerMeteredMinute;
  const facts: Facts = {
    ...('device' in work && { device: work.device }),
    ...(minutes && { minutes, money: moneyFor(minutes.metered, price) }),
    billed: work.started !== undefined,
  };
  if (phase === 'unknown') {
    const status = work.status === '' ? 'it has no status' : `status "${work.status}" is not known`;
    return { state: 'unknown', reason: status, facts };
  }
  if (phase !== 'completed') return { state: phase, status: work.status, facts };
  const { result, started, stopped } = work;
  return {
    state: 'ended',
    reason: `it is COMPLETED (${result ?? 'no result'})`,
    result,
    started,
    stopped,
    billing,
    ...(minutes && !finalMinutes(work) && { estimated: true }),
    facts,
  };
}

/** The counters, else the estimate; nothing when it is not known whether the estimate would be money. */
function minutesOf(
  work: Job | Session | Run,
  billing: Billing | undefined,
  { timeoutMinutes }: StopTarget,
  now: number,
): DeviceMinutes | undefined {
  const completed = phaseOf(work.status) === 'completed';
  const counted = completed ? finalMinutes(work) : undefined;
  if (counted) return counted;
  if (billing === undefined || billing === 'unknown') return undefined;
  if (completed) return elapsedMinutes(work, billing);
  const { counters, started } = work;
  return estimateMinutes({ counters, runningSince: started, billing, timeoutMinutes }, now);
}

/** The final counters. They can come after the status: zero for work that ran is none yet. */
function finalMinutes({ counters, started }: Job | Session | Run): DeviceMinutes | undefined {
  const counted = settledMinutes(counters);
  return counted && (counted.total > 0 || started === undefined) ? counted : undefined;
}

/** A job does not say how it is billed: its run does, and who asked for the stop may know. */
function billingOf(work: Job | Session | Run, { billing }: StopTarget): Billing | undefined {
  if ('privateDevice' in work && work.privateDevice) return 'unmetered';
  return 'billing' in work ? work.billing : billing;
}

import { LONGEST_INVOCATION_SECONDS } from '../env.ts';
import type { AuditRecord, Stop, StopResult, StoredAuditRecord } from '../model.ts';
import { formatMinutesApart } from '../money.ts';
import { attemptsIn, type StopEvent } from '../store/ids.ts';
import { assertNever } from '../text.ts';
import { MINUTE, SECOND } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import { wasRefused } from './confirm.ts';
import { type Live, readLive } from './live.ts';
import { isOrder, stopRecord } from './records.ts';

/** Milliseconds before the end of the invocation in which no stop is begun: one takes a read, a call and some writes. */
export const LAST_STOP = 15_000;

const BY_OTHERS = 'it is stopping already; somebody else asked for it';

/** One attempt to stop one target, after it was read again. */
export interface Attempt {
  readonly stop: Stop;
  readonly number: number;
  readonly live: Live;
}

/** Reads the target again and finds out whether there is anything to stop. */
export async function prepare(
  services: Services,
  stop: Stop,
  invocation: Invocation,
  isLastTry = false,
): Promise<StopResult | Attempt> {
  if (invocation.msLeft() < LAST_STOP) {
    const reason = 'no time was left in this invocation; the next one goes on';
    return { kind: 'held', stop, reason, retry: true, hold: 'time' };
  }
  // The history first: whoever sees work that is not stopping yet then counts every intent that led to it.
  const history = await services.audit.of(stop.target.arn);
  const live = await readLive(services, stop.target, invocation);
  const attempt: Attempt = { stop, number: attemptsIn(history) + 1, live };
  const nothing = await nothingToStop(services, attempt, history, invocation);
  if (nothing) return nothing;
  return (isLastTry ? undefined : exhausted(stop, history, invocation)) ?? attempt;
}

/** What comes of an attempt for which no stop is to be requested; `undefined` when one is. */
async function nothingToStop(
  services: Services,
  attempt: Attempt,
  history: readonly StoredAuditRecord[],
  invocation: Invocation,
): Promise<StopResult | undefined> {
  const { stop, live, number } = attempt;
  const before = doneByThisOrder(stop, history);
  if (before) return before;
  const lost = await replyLost(services, attempt, history, invocation);
  if (lost) return lost;
  const { confirmWithinMinutes } = invocation.policy.safety;
  switch (live.state) {
    case 'unknown':
      return {
        kind: 'skipped',
        stop,
        reason: live.reason,
        retry: true,
        error: live.error?.kind,
      };
    case 'ended':
      // An attempt that was requested is closed by whoever follows it.
      if (number === 1)
        await record(
          services,
          { ...attempt, number: 0 },
          { event: 'StopSkipped', reason: wanted(live.reason, stop) },
          invocation,
        );
      return { kind: 'ended', stop, reason: live.reason, retry: false };
    case 'stopping':
      if (number === 1) return othersStop(services, attempt, invocation);
      if (wasRefused(history)) return { kind: 'alreadyStopping', stop, reason: BY_OTHERS, retry: false };
      break;
    case 'started':
      if (stop.scope === 'queued') {
        const reason = `it has started (${live.status}); only queued work was to be stopped`;
        await record(
          services,
          { ...attempt, number: number - 1 },
          { event: 'StopSkipped', reason: wanted(reason, stop) },
          invocation,
        );
        return { kind: 'skipped', stop, reason, retry: false };
      }
      break;
    case 'queued':
      break;
    default:
      return assertNever(live);
  }
  const accepted = history.filter(({ event }) => event === 'StopAccepted');
  const last = accepted.at(-1);
  const waited = last ? (invocation.now - Date.parse(last.at)) / MINUTE : Number.POSITIVE_INFINITY;
  if (waited < confirmWithinMinutes) {
    const [ago, after] = formatMinutesApart(waited, confirmWithinMinutes);
    const reason = `its stop was accepted ${ago} ago; the next attempt follows after ${after}`;
    return { kind: 'alreadyStopping', stop, reason, retry: false };
  }
  const other = underWay(history, invocation);
  if (other) return { kind: 'alreadyStopping', stop, reason: other, retry: true };
  if (live.state === 'stopping' && !hasOutcome(history, number - 1)) {
    const reason = 'Device Farm shows STOPPING; no reply to the request is on record';
    await record(services, { ...attempt, number: number - 1 }, { event: 'StopAccepted', reason }, invocation);
    return {
      kind: 'alreadyStopping',
      stop,
      reason: 'it is stopping since an earlier request',
      retry: false,
    };
  }
  return undefined;
}

/**
 * This invocation, or an earlier delivery of this order, has asked for the stop, and a reply of Device Farm or of a table was lost. The
 * work is stopping or stopped by now: the stop is its own.
 */
async function replyLost(
  services: Services,
  { stop, live, number }: Attempt,
  history: readonly StoredAuditRecord[],
  invocation: Invocation,
): Promise<StopResult | undefined> {
  const last = history.findLast(({ event }) => event === 'StopRequested');
  const isOwn =
    last?.sweepId === invocation.id ||
    (isOrder(stop) && last?.actor === stop.actor && !wasRefused(history) && !underWay(history, invocation));
  if (!isOwn) return undefined;
  if (live.state !== 'stopping' && !(live.state === 'ended' && live.result === 'STOPPED')) return undefined;
  const reason = `${stop.reason}; read from Device Farm, as a reply was lost`;
  await record(services, { stop, live, number: number - 1 }, { event: 'StopAccepted', reason }, invocation);
  return { kind: 'stopped', stop, reason: stop.reason, retry: false };
}

/**
 * Another invocation has written its intent and no outcome yet: it may be calling at this moment, and the outcome is its own to
 * write and to tell. The reason, or undefined.
 */
export function underWay(history: readonly StoredAuditRecord[], { id, now }: Invocation): string | undefined {
  const last = history.findLast(({ event }) => event === 'StopRequested');
  if (!last || last.sweepId === undefined || last.sweepId === id) return undefined;
  const isClosed = history.some(
    ({ event, attempt }) => attempt === last.attempt && event !== 'StopRequested',
  );
  if (isClosed || now - Date.parse(last.at) >= LONGEST_INVOCATION_SECONDS * SECOND) return undefined;
  return 'another invocation is stopping it at this moment';
}

/** A rule asks only so often. Whoever follows the stop tries the whole run, and tells somebody. */
function exhausted(
  stop: Stop,
  history: readonly StoredAuditRecord[],
  { policy: { safety } }: Invocation,
): StopResult | undefined {
  const { length } = history.filter(({ event }) => event === 'StopAccepted');
  if (isOrder(stop) || stop.target.kind === 'run' || length < safety.maxAttempts) return undefined;
  const reason = `its stop was accepted ${length} times without effect; safety.maxAttempts is ${safety.maxAttempts}`;
  return { kind: 'alreadyStopping', stop, reason, retry: false };
}

/** What an order did at an earlier delivery: it asks once. */
function doneByThisOrder(stop: Stop, history: readonly StoredAuditRecord[]): StopResult | undefined {
  if (!isOrder(stop)) return undefined;
  const own = history.filter(({ actor }) => actor === stop.actor);
  if (own.some(({ event }) => event === 'StopAccepted' || event === 'StopConfirmed')) {
    const reason = 'this order stopped it before';
    return { kind: 'alreadyStopping', stop, reason, retry: false, byThisOrder: true };
  }
  const skipped = own.find(({ event }) => event === 'StopSkipped');
  if (!skipped) return undefined;
  return { kind: 'skipped', stop, reason: `this order left it before: ${skipped.reason}`, retry: false };
}

async function othersStop(services: Services, attempt: Attempt, invocation: Invocation): Promise<StopResult> {
  await record(
    services,
    { ...attempt, number: 0 },
    { event: 'StopSkipped', reason: wanted(BY_OTHERS, attempt.stop) },
    invocation,
  );
  return { kind: 'alreadyStopping', stop: attempt.stop, reason: BY_OTHERS, retry: false };
}

function hasOutcome(history: readonly StoredAuditRecord[], number: number): boolean {
  return history.some(({ attempt, event }) => attempt === number && event === 'StopAccepted');
}

export function record(
  { audit }: Services,
  { stop, number, live }: Attempt,
  {
    event,
    reason,
    details,
  }: { readonly event: StopEvent; readonly reason: string; readonly details?: AuditRecord['details'] },
  invocation: Invocation,
): Promise<'written' | 'existed'> {
  const facts = Object.fromEntries(Object.entries(live.facts).filter(([, value]) => value !== undefined));
  return audit.add({
    ...stopRecord(event, number, stop, { invocation, reason, facts }),
    ...(details && { details }),
  });
}

export function wanted(reason: string, stop: Stop): string {
  return `${reason}; wanted: ${stop.reason}`;
}

import type { AuditEvent, StoredAuditRecord } from '../../core/audit-record.ts';
import { formatMinutesApart } from '../../core/spend/money.ts';
import type { Cause } from '../../core/stops/cause.ts';
import { elapsedSince, type LiveState } from '../../core/stops/live-state.ts';
import type { Outcome } from '../../core/stops/outcome.ts';
import type { Subject } from '../../core/stops/stop-record.ts';
import { readLive } from './read-live.ts';
import { type Attempt, alreadyFinished, conclude, fail, openStopOf, record } from './stop-attempt.ts';
import type { StopPorts, StopSettings, StopTarget } from './stop-order.ts';

/** Events after which an order that is given once needs nothing more. */
const CLOSING: readonly AuditEvent[] = ['StopAccepted', 'StopSkipped', 'StopConfirmed'];

/** An attempt of which nothing is left but the intent and the effect. */
export interface Ready {
  readonly kind: 'ready';
  readonly attempt: Attempt;
}

/** Reads the item again and finds out whether there is anything to stop. */
export async function beginStop(
  ports: StopPorts,
  target: StopTarget,
  cause: Cause,
  settings: StopSettings,
): Promise<Outcome | Ready> {
  const live = await readLive(ports.farm, target, { ...settings, billing: target.billing });
  const history = await ports.audit.of(target.arn);
  const number = history.filter(isAccepted).length + 1;
  const subject: Subject = { ...live.subject, ...target.subject, subject: target.arn };
  const attempt: Attempt = { ports, target, cause, settings, number, history, subject };
  return (await withoutStop(attempt, live)) ?? { kind: 'ready', attempt };
}

/** What comes of an attempt for which no stop is to be asked; `undefined` when one is. */
async function withoutStop(attempt: Attempt, live: LiveState): Promise<Outcome | undefined> {
  const { cause, history, number, settings } = attempt;
  if (live.state === 'unreadable') return fail(attempt, 'could not be read before the stop', live.error);
  const before = doneBefore(attempt);
  if (before) return before;
  if (live.state === 'ended') return alreadyFinished(attempt, live, isAsked(history));
  if (live.state === 'unknown') return conclude(attempt, 'StopSkipped', 'skipped', live.reason);
  const waiting = acceptedJustNow(attempt);
  if (waiting) return waiting;
  if (live.state === 'stopping' && number === 1) return alreadyStopping(attempt);
  if (number > settings.maxAttempts && !cause.once) return exhausted(attempt);
  if (cause.only !== 'queued' || live.state === 'queued') return undefined;
  const reason = `has started meanwhile (${live.status}); only queued work was to be stopped`;
  return conclude(attempt, 'StopSkipped', 'skipped', reason);
}

/** What an order that is given once did at an earlier delivery. */
function doneBefore({ cause, history, target }: Attempt): Outcome | undefined {
  const own = history.filter(({ actor, event }) => actor === cause.actor && CLOSING.includes(event));
  const [first] = own;
  if (!cause.once || !first) return undefined;
  const { arn } = target;
  return own.some(({ event }) => event !== 'StopSkipped')
    ? { kind: 'alreadyStopping', arn, reason: 'this very order stopped it before', byThisOrder: true }
    : { kind: 'alreadyStopping', arn, reason: `this very order left it before: ${first.reason}` };
}

/** A stop that was accepted gets its time to take effect. */
function acceptedJustNow({ target, history, settings }: Attempt): Outcome | undefined {
  const waited = elapsedSince(history.filter(isAccepted).at(-1)?.at, settings.now);
  if (waited === undefined || waited >= settings.confirmWithinMinutes) return undefined;
  const [ago, after] = formatMinutesApart(waited, settings.confirmWithinMinutes);
  const reason = `its stop was accepted ${ago} ago; the next attempt opens after ${after}`;
  return { kind: 'alreadyStopping', arn: target.arn, reason };
}

/** Somebody asked before us, or an earlier call of ours lost its own outcome. */
async function alreadyStopping(attempt: Attempt): Promise<Outcome> {
  if (isAsked(attempt.history)) {
    await record(attempt, 'StopAccepted', 'Device Farm shows STOPPING; no reply to the request is on record');
    return {
      kind: 'alreadyStopping',
      arn: attempt.target.arn,
      reason: 'is stopping since an earlier request',
      ...(attempt.cause.once && isAsked(attempt.history, attempt.cause.actor) && { byThisOrder: true }),
    };
  }
  return conclude(
    attempt,
    'StopSkipped',
    'alreadyStopping',
    'is stopping already; somebody else asked for it',
  );
}

/** Asked often enough. It is followed on, also when the note of that was lost: whoever follows it tells somebody. */
async function exhausted(attempt: Attempt): Promise<Outcome> {
  const made = attempt.number - 1;
  await attempt.ports.openStops.open(openStopOf({ ...attempt, number: made }));
  return {
    kind: 'alreadyStopping',
    arn: attempt.target.arn,
    reason: `its stop was accepted ${made} times without effect; safety.maxAttempts is ${attempt.settings.maxAttempts}`,
  };
}

/** @param by only requests of this actor */
function isAsked(history: readonly StoredAuditRecord[], by?: string): boolean {
  return history.some(({ event, actor }) => event === 'StopRequested' && (by ?? actor) === actor);
}

function isAccepted({ event }: StoredAuditRecord): boolean {
  return event === 'StopAccepted';
}

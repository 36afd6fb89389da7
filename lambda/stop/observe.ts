import pMap from 'p-map';
import type { AuditRecord, Decision, Stop } from '../model.ts';
import { formatMinutes, formatUsd, moneyFor } from '../money.ts';
import { ruleVersion } from '../policy/deployed.ts';
import { ids } from '../store/ids.ts';
import type { Snapshot } from '../store/state.ts';
import { HOUR, iso, MINUTE } from '../time.ts';
import { timeoutOf } from '../usage/minutes.ts';
import { LIFETIME_HOURS } from '../usage/settle.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { Ended, Live } from './live.ts';
import { FOLLOWED, type Followed, factsOf, followedId } from './records.ts';

/** Hours after which nothing is waited for any more: no work lives that long, and a day more for what cannot be read. */
const FOLLOW_HOURS = LIFETIME_HOURS + 24;
/** Minutes by which work may end before its timeout and still have run into it: the moments are not exact. */
const TIMEOUT_TOLERANCE = 1;

/**
 * What rules in observe mode would stop and no earlier sweep has recorded, once per item and rule. Each rule that is over counts,
 * whichever decides.
 */
export function newlyOver(decisions: readonly Decision[], snapshot: Snapshot) {
  return decisions.flatMap((decision) =>
    decision.verdicts
      .filter(({ verdict }) => verdict === 'over')
      .map(({ rule, reason, scope }) => ({
        decision,
        stop: { target: decision.item, reason: reason(), scope, actor: 'schedule', rule },
      }))
      .filter(({ stop }) => !snapshot.get(FOLLOWED, followedId(stop, 0))),
  );
}

/** Records what would be stopped, and has it followed to its own end. Gives what was recorded for the first time. */
export async function observeStops(
  services: Services,
  fresh: ReturnType<typeof newlyOver>,
  invocation: Invocation,
): Promise<readonly Decision[]> {
  const written = await observeAll(
    services,
    fresh.map(({ stop }) => stop),
    invocation,
  );
  return [...new Set(fresh.filter((_, index) => written[index]).map(({ decision }) => decision))];
}

/**
 * The same for stops that a message of AWS ordered. Gives for each whether it was recorded for the first time. What may not have been
 * recorded counts as well: told twice is better than never.
 */
export function observeAll(
  services: Services,
  stops: readonly Stop[],
  invocation: Invocation,
): Promise<readonly boolean[]> {
  return pMap(
    stops,
    (stop) =>
      invocation.diagnostics.during(
        `${stop.target.arn}: that it would be stopped could not be recorded`,
        observe(services, stop, invocation),
        true,
      ),
    { concurrency: 8 },
  );
}

async function observe({ audit, state }: Services, stop: Stop, invocation: Invocation): Promise<boolean> {
  const { target, rule = '', actor, reason } = stop;
  const { policy, policyVersion, id, now, diagnostics } = invocation;
  const version = versionOf(rule, invocation);
  // Recorded first: what is followed already is not recorded by a later sweep.
  const written = await audit.add({
    ...factsOf(target, policy.pricePerMeteredMinute),
    subject: target.arn,
    id: ids.wouldStop(rule),
    event: 'WouldStop',
    actor,
    rule,
    mode: 'observe',
    policyVersion,
    sweepId: id,
    reason,
    details: { ruleVersion: version },
  });
  const follow = async () => {
    // Recorded before, and forgotten with the state table or a process: its moment is the first one.
    const [first] = written === 'existed' ? await audit.of(target.arn, ids.wouldStop(rule)) : [];
    const at = first ? Date.parse(first.at) : now;
    await state.put(FOLLOWED, followedId(stop, 0), { stop, attempt: 0, at, ruleVersion: version });
  };
  await diagnostics.during(`${target.arn}: its end cannot be followed`, follow(), undefined);
  return written === 'written';
}

/** Of a rule of the policy; a message of AWS is none. */
function versionOf(id: string, { policy }: Invocation): string | undefined {
  const rule = policy.rules.find((one) => one.id === id);
  return rule && ruleVersion(rule);
}

/** Records how observed work ended. `true`: nothing is left to follow. */
export async function endObserved(
  { audit }: Services,
  followed: Followed,
  live: Live,
  invocation: Invocation,
): Promise<boolean> {
  if (live.state !== 'ended') return invocation.now - followed.at > FOLLOW_HOURS * HOUR;
  await audit.add(endRecord(followed, live, invocation));
  return true;
}

function endRecord(followed: Followed, live: Ended, invocation: Invocation): AuditRecord {
  const { stop, at, ruleVersion: version } = followed;
  const { target, rule = '' } = stop;
  const { policy, policyVersion, id, now } = invocation;
  const endedAt = live.stopped ?? now;
  const verdict = verdictOn(followed, live);
  const minutes = minutesBetween(at, endedAt);
  const { started } = live;
  const after = usedAfter(followed, live, policy.pricePerMeteredMinute);
  return {
    ...factsOf({ ...target, minutes: undefined, phase: undefined }, 0),
    ...live.facts,
    device: target.device ?? live.facts.device,
    subject: target.arn,
    id: ids.wouldStopEnded(rule),
    event: 'WouldStopEnded',
    actor: 'schedule',
    rule,
    mode: 'observe',
    policyVersion,
    sweepId: id,
    reason: `${sentence(verdict, live, { minutes, after, timedOut: timedOut(followed, live) })} (rule ${rule})`,
    ...(live.estimated && { estimated: true }),
    details: {
      verdict,
      result: live.result,
      ruleVersion: version,
      wouldStopAt: iso(at),
      minutesToEnd: minutes,
      minutesToStart: started !== undefined && started > at ? minutesBetween(at, started) : undefined,
      meteredMinutesAfter: after?.metered,
      moneyAfter: after?.money,
      basisAfter: after?.basis,
    },
  };
}

/**
 * What the end of work says of the stop that was not made. `falseStop`: it passed. `rightStop`: it failed or ran into its timeout.
 * `cutShort`: somebody stopped it. `sessionEnded`: a closed session says nothing of its use. `unknown`: nothing can be said.
 */
function verdictOn(
  followed: Followed,
  live: Ended,
): 'falseStop' | 'rightStop' | 'cutShort' | 'sessionEnded' | 'unknown' {
  const { stop, at } = followed;
  const { started, stopped, result } = live;
  // A stop that comes after the end stops nothing, nor does one of queued work that has started.
  if (stopped !== undefined && stopped < at) return 'unknown';
  if (stop.scope === 'queued' && started !== undefined && started < at) return 'unknown';
  const ranOut = timedOut(followed, live);
  if (stop.target.kind === 'session')
    return ranOut ? 'rightStop' : result === undefined ? 'unknown' : 'sessionEnded';
  switch (result) {
    case 'PASSED':
    case 'WARNED':
      return 'falseStop';
    case 'FAILED':
    case 'ERRORED':
    case 'SKIPPED':
      return 'rightStop';
    // Device Farm may show both in this way: work that somebody stopped, and work that its timeout ended.
    case 'STOPPED':
      return ranOut ? 'rightStop' : 'cutShort';
    default:
      return 'unknown';
  }
}

function timedOut({ stop }: Followed, { started, stopped }: Ended): boolean {
  if (started === undefined || stopped === undefined) return false;
  return (stopped - started) / MINUTE >= timeoutOf(stop.target) - TIMEOUT_TOLERANCE;
}

/** Metered minutes after the would-be stop, and their money. `counters`: final counters less the estimate of then. */
interface UsedAfter {
  readonly metered: number;
  readonly money: number;
  readonly basis: 'counters' | 'clock';
}

function usedAfter({ stop, at }: Followed, live: Ended, price: number): UsedAfter | undefined {
  const { target } = stop;
  const billing = live.billing ?? target.billing;
  const final = live.estimated ? undefined : live.facts.minutes;
  const used = (minutes: number, basis: UsedAfter['basis']): UsedAfter => {
    const metered = Math.round(minutes * 100) / 100;
    return { metered, money: moneyFor(metered, price), basis };
  };
  if (billing === 'unmetered') return used(0, final ? 'counters' : 'clock');
  if (final && target.minutes) return used(Math.max(0, final.metered - target.minutes.metered), 'counters');
  if (billing !== 'metered') return undefined;
  if (live.started === undefined) return used(0, 'clock');
  if (live.stopped === undefined) return undefined;
  return used(minutesBetween(Math.max(live.started, at), live.stopped), 'clock');
}

function sentence(
  verdict: ReturnType<typeof verdictOn>,
  { result = 'without a result' }: Ended,
  facts: { readonly minutes: number; readonly after?: UsedAfter; readonly timedOut: boolean },
): string {
  const later = `${formatMinutes(facts.minutes)} after it would have been stopped${usedText(facts.after)}`;
  switch (verdict) {
    case 'falseStop':
      return `ended ${result} ${later}: the stop would have killed work that passed`;
    case 'rightStop':
      return `${facts.timedOut ? 'ran into its timeout' : `ended ${result}`} ${later}: the stop would have saved that`;
    case 'cutShort':
      return `was stopped ${later}: nobody knows how it would have ended`;
    case 'sessionEnded':
      return `the session was closed ${later}: that does not say whether it was still needed`;
    case 'unknown':
      return `ended ${result}: that says nothing of the stop`;
  }
}

function usedText(after: UsedAfter | undefined): string {
  if (!after) return '';
  if (after.metered === 0) return ', having used no more metered minutes';
  const about = after.basis === 'clock' ? 'about ' : '';
  return `, having used ${about}${formatMinutes(after.metered)} and ${about}${formatUsd(after.money)} more`;
}

/** To the hundredth; never below 0. */
function minutesBetween(from: number, to: number): number {
  return Math.round(Math.max(0, to - from) / 600) / 100;
}

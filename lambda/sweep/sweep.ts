import type { Decision, StopResult } from '../model.ts';
import { closeDigest, openDigest, tellLeftovers } from '../notify/digests.ts';
import { holdByBreaker } from '../stop/breaker.ts';
import { stopWithinCap } from '../stop/cap.ts';
import { followStops } from '../stop/follow.ts';
import { holdOf, recordHolds, toStop } from '../stop/hold.ts';
import { newlyOver, observeStops } from '../stop/observe.ts';
import { FOLLOWED } from '../stop/records.ts';
import type { Invocation, Services } from '../wiring.ts';
import { announce, digestOf } from './announce.ts';
import { type Assessment, assess } from './assess.ts';
import { sendCrossings } from './crossings.ts';
import { allResults, report, type SweepSummary } from './report.ts';
import { warnOfStops } from './warn.ts';

/**
 * One pass over the account: assess, stop, follow earlier stops, report.
 * @throws SweepFailedError when it could do nothing at all
 */
export async function sweep(services: Services, invocation: Invocation): Promise<SweepSummary> {
  const assessment = await assess(services, invocation, { write: true });
  const { snapshot, controls, decisions, inventory } = assessment;
  const { diagnostics } = invocation;
  await tellLeftovers(services, snapshot, invocation);
  // While pauses and exemptions are unknown, nobody can say what would be stopped.
  const observed = controls.unknown ? [] : decisions.filter(({ action }) => action === 'observe');
  const fresh = newlyOver(observed, snapshot);
  const exempt = exemptions(decisions);
  const stops = decisions.filter(({ action }) => action === 'stop').map(toStop);
  const earlier = [...snapshot.all(FOLLOWED).values()].filter(({ value }) => value.attempt > 0);
  const about = [...fresh, ...exempt, ...earlier.map(({ value }) => value)]
    .map(({ stop }) => stop)
    .concat(stops);
  const isNoted = await openDigest(services, [...new Set(about.map(({ target }) => target.arn))], invocation);
  const newlyObserved = await observeStops(services, fresh, invocation);
  const results = await stopOver(
    services,
    { snapshot, controls, decisions, active: inventory.items.length, complete: !diagnostics.partial },
    invocation,
  );
  const followUp = await followStops(
    services,
    { snapshot, seen: inventory.seen, decisions, controls, results },
    invocation,
  );
  const held = [...results, ...exempt].filter(({ kind }) => kind === 'held');
  const newlyHeld = await recordHolds(services, held, invocation);
  await announce(services, assessment, invocation);
  await sendCrossings(services, { ...assessment, results: allResults({ results, followUp }) }, invocation);
  await warnOfStops(services, assessment, invocation);
  await services.state.removeMalformed(diagnostics);
  const findings = { ...assessment, results, followUp, newlyObserved, newlyHeld };
  await closeDigest(services, digestOf(findings, invocation), { isNoted }, invocation);
  return report(services, findings, invocation);
}

/** Makes the stops that pause, breaker and cap let through; the others are held. */
export async function stopOver(
  services: Services,
  {
    snapshot,
    controls,
    decisions,
    active,
    complete,
  }: Pick<Assessment, 'snapshot' | 'controls' | 'decisions'> & {
    /** Jobs and sessions in flight: the breaker compares with it. */
    readonly active: number;
    /** The decisions are on everything in flight. */
    readonly complete: boolean;
  },
  invocation: Invocation,
): Promise<readonly StopResult[]> {
  const stops = decisions.filter(({ action }) => action === 'stop');
  const paused: StopResult[] = [];
  const open: Decision[] = [];
  for (const decision of stops) {
    const stop = toStop(decision);
    const hold = holdOf(stop, controls, invocation);
    if (hold) paused.push({ kind: 'held', stop, reason: hold.reason, retry: true, hold: hold.hold });
    else open.push(decision);
  }
  const { through, held } = await holdByBreaker(
    services,
    {
      decisions,
      stops: open,
      active,
      complete,
      paused: paused.length > 0 || controls.pause !== undefined,
    },
    snapshot,
    invocation,
  );
  if (through.length === 0) return [...paused, ...held];
  return [...paused, ...held, ...(await stopWithinCap(services, through.map(toStop), snapshot, invocation))];
}

/** What exemptions saved from a stop. What rules would only have observed needed no saving. */
function exemptions(decisions: readonly Decision[]): readonly StopResult[] {
  return decisions.flatMap((decision): readonly StopResult[] => {
    const over = decision.verdicts.find(({ verdict, mode }) => verdict === 'over' && mode === 'enforce');
    if (decision.exemption === undefined || !over) return [];
    const stop = { ...toStop(decision), rule: over.rule, reason: over.reason(), scope: over.scope };
    return [{ kind: 'held', stop, reason: decision.reason(), retry: false, hold: 'exempt' }];
  });
}

import { readControls } from '../controls/controls.ts';
import type { StopResult } from '../model.ts';
import { closeDigest } from '../notify/digests.ts';
import { recordHolds } from '../stop/hold.ts';
import type { CrossingMessage } from '../store/crossing-queue.ts';
import { Snapshot } from '../store/state.ts';
import { MINUTE } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import { decideOn } from './assess.ts';
import { digestOf } from './digest.ts';
import { readHistories } from './read-histories.ts';
import { readItems } from './read-items.ts';
import { stopOver, sweep } from './sweep.ts';

/** A message that comes later says nothing that a sweep has not seen since. Milliseconds. */
const GOOD_FOR = 5 * MINUTE;

/**
 * Decides on work that was to cross a limit now: reads it again, asks the same `decide` and stops by the same `stop`. After a budget
 * it is a whole sweep. It is never tried again: the next sweep decides on everything.
 */
export async function decideNow(
  services: Services,
  { at, active, items }: CrossingMessage,
  invocation: Invocation,
): Promise<void> {
  const { log, metrics, state } = services;
  const { now, policy, diagnostics } = invocation;
  if (now - at > GOOD_FOR || policy.mode === 'observe') {
    log.info('crossing left to the sweep', { at, mode: policy.mode });
    return;
  }
  if (!items) {
    await sweep(services, invocation);
    return;
  }
  const [snapshot, controls] = await Promise.all([
    diagnostics.during('the state table could not be read', state.load(), new Snapshot([], new Set())),
    readControls(services, invocation),
  ]);
  const found = await readItems(services, items, snapshot, invocation);
  const histories = await readHistories(services, found, invocation);
  const work = { items: found, usages: [], budgets: [], histories, write: false };
  const { decisions } = await decideOn(services, work, controls, invocation);
  const decided = { snapshot, controls, decisions, active, complete: false };
  const results = await stopOver(services, decided, invocation);
  const newlyHeld = await recordHolds(
    services,
    results.filter(({ kind }) => kind === 'held'),
    invocation,
  );
  const findings = { results, newlyHeld, newlyObserved: [], followUp: { results: [] } };
  await closeDigest(services, digestOf(findings, invocation), invocation);
  const count = (kind: StopResult['kind']) => results.filter((result) => result.kind === kind).length;
  for (const problem of diagnostics.problems) log.warn('problem', { problem });
  for (const { kind, stop, reason, hold } of results)
    log.info('stop result', { arn: stop.target.arn, kind, hold, reason });
  metrics.trouble(count('failed') + diagnostics.accessDenied);
  log.info('crossing decided', {
    at,
    items: items.length,
    inFlight: found.length,
    stopped: count('stopped'),
  });
}

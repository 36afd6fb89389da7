import pMap from 'p-map';
import type { Controls } from '../controls/controls.ts';
import type { Decision, Stop, StopResult } from '../model.ts';
import { exemptionFor } from '../policy/exemption.ts';
import { ids } from '../store/ids.ts';
import type { Invocation, Services } from '../wiring.ts';
import { factsOf, isOrder } from './records.ts';

/** The stop that a decision asks for. */
export function toStop({ item, rule, reason, scope }: Decision): Stop {
  return { target: item, reason: reason(), scope, actor: 'schedule', rule };
}

/**
 * What keeps a stop from being made now: a pause, an exemption, or that nobody knows of either. A person's order waits for no
 * pause. A decision has heeded exemptions already; an order and its retry have not.
 */
export function holdOf(
  stop: Stop,
  controls: Controls,
  { now }: Pick<Invocation, 'now'>,
): { readonly hold: NonNullable<StopResult['hold']>; readonly reason: string } | undefined {
  const heedsExemptions = isOrder(stop) && !stop.ignoresExemptions;
  if (controls.unknown !== undefined && (stop.rule !== undefined || heedsExemptions))
    return { hold: 'unknown', reason: controls.unknown };
  if (controls.pause && stop.rule !== undefined) return { hold: 'paused', reason: controls.pause.reason };
  const exemption = heedsExemptions ? exemptionFor(stop.target, controls.exemptions, now) : undefined;
  return exemption && { hold: 'exempt', reason: `kept by ${exemption.why}` };
}

/** A stop that is not made now. */
export function held(stop: Stop, hold: NonNullable<StopResult['hold']>, reason: string): StopResult {
  return { kind: 'held', stop, reason, retry: hold !== 'exempt', hold };
}

/** What holds a stop, and why it would be made otherwise. A decision that an exemption changed says both by itself. */
export function holdSentence({ stop, reason }: Pick<StopResult, 'stop' | 'reason'>): string {
  return reason.includes(stop.reason) ? reason : `${reason}; otherwise: ${stop.reason}`;
}

/**
 * Records what is held, once per item, cause and kind of hold; gives those that were recorded for the first time. What may not have been
 * recorded counts as well: told twice is better than never.
 */
export async function recordHolds(
  { audit }: Pick<Services, 'audit'>,
  results: readonly StopResult[],
  invocation: Invocation,
): Promise<readonly StopResult[]> {
  const { diagnostics, policy, policyVersion, id } = invocation;
  // Time is no decision: the next invocation goes on, and the summary says so.
  const holds = results.filter(({ kind, hold }) => kind === 'held' && hold !== 'time');
  const written = await pMap(
    holds,
    ({ stop, hold, reason }) => {
      const { target, actor, rule } = stop;
      const record = audit.add({
        ...factsOf(target, policy.pricePerMeteredMinute),
        subject: target.arn,
        id: ids.held(rule ?? actor, String(hold)),
        event: 'StopHeld',
        actor,
        rule,
        mode: 'enforce',
        policyVersion,
        sweepId: id,
        reason: holdSentence({ stop, reason }),
      });
      return diagnostics.during(
        `${target.arn}: that its stop is held could not be recorded`,
        record,
        'written',
      );
    },
    { concurrency: 8 },
  );
  return holds.filter((_, index) => written[index] === 'written');
}

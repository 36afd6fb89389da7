import type { Decision } from '../decision.ts';
import { decide } from '../rules/decide.ts';
import type { Circumstances } from '../rules/judge.ts';
import { protectionOf } from '../steering/protection.ts';
import type { Pause } from '../steering/steering.ts';
import type { HoldKind } from '../stops/stop-record.ts';
import type { WorkItem } from '../work-item.ts';

/** A stop that was decided, or would have been, and is not made for now. */
export interface Hold {
  readonly item: WorkItem;
  /** The rule, `budget:<name>` or `alarm:<name>`; absent for a person's order. */
  readonly rule?: string;
  /** Why it would be stopped. */
  readonly reason: string;
  readonly kind: HoldKind;
  /** Why it is not. */
  readonly why: string;
}

/**
 * What exemptions saved from a stop: work that stays, and that would be stopped if nothing were exempt. What rules would only
 * have recorded needed no saving.
 * @param decisions what is decided
 */
export function holdsOfExemptions(
  decisions: readonly Decision[],
  circumstances: Circumstances,
): readonly Hold[] {
  const kept = new Map(
    decisions.flatMap(({ item, action }) => {
      const protection = action === 'keep' ? protectionOf(item, circumstances) : undefined;
      return protection ? [[item.arn, protection.sentence] as const] : [];
    }),
  );
  if (kept.size === 0) return [];
  const policy = { ...circumstances.policy, exemptions: [] };
  const items = decisions.map(({ item }) => item);
  return decide(items, { ...circumstances, policy, protections: [] }).decisions.flatMap(
    ({ item, action, rule, reason }) => {
      const by = kept.get(item.arn);
      if (action !== 'stop' || by === undefined) return [];
      return [{ item, rule, reason, kind: 'exempt' as const, why: `kept by ${by}` }];
    },
  );
}

/** What a pause holds: all of it. */
export function holdsOfPause(stops: readonly Decision[], pause: Pause | undefined): readonly Hold[] {
  if (pause === undefined) return [];
  return stops.map(({ item, rule, reason }) => ({
    item,
    rule,
    reason,
    kind: pause.kind,
    why: pause.sentence,
  }));
}

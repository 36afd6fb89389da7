import type { Decision } from './decision.ts';
import type { Pause } from './steering.ts';
import type { HoldKind } from './stop-record.ts';
import type { WorkItem } from './work-item.ts';

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

/** What exemptions saved from a stop. What rules would only have recorded needed no saving. */
export function holdsOfExemptions(decisions: readonly Decision[]): readonly Hold[] {
  return decisions.flatMap(({ item, saved }) =>
    saved
      ? [{ item, rule: saved.rule, reason: saved.reason, kind: 'exempt', why: `kept by ${saved.by}` }]
      : [],
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

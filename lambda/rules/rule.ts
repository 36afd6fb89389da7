import type { DeviceMinutes, StopScope, WorkItem } from '../model.ts';
import { MINUTE } from '../time.ts';
import type { BudgetState } from '../usage/budgets.ts';
import type { JobHistories } from '../usage/histories.ts';

/** The fields of which schemas are made. A rule gets them as an argument, so that no function of AutoStop loads zod. */
export type Fields = typeof import('../policy/fields.ts');

/** What a rule finds of one work item: the part of a verdict that the rule itself knows. */
export interface Finding {
  readonly verdict: 'within' | 'over' | 'notApplicable';
  /** A sentence with the numbers in it. It is made when somebody reads it. */
  reason(): string;
  /** `queued` when the stop holds only while the item has not started. */
  readonly scope: StopScope;
}

/** What a rule may look at besides the item. `now` is epoch milliseconds. */
export interface RuleContext {
  readonly now: number;
  readonly timezone: string;
  readonly budgets: readonly BudgetState[];
  /** Durations of successful jobs. */
  readonly histories: JobHistories;
  /** Minutes by which messages have extended limits, by the ARN of a job, session or run. */
  readonly extensions: ReadonlyMap<string, number>;
  /** Of each `superseded` rule, by its id, the newest run in flight of each group of runs. */
  readonly newest: ReadonlyMap<
    string,
    ReadonlyMap<string, { readonly name: string; readonly created: number }>
  >;
  /** Queued work that worst-case thresholds stop, by budget and ARN: the threshold, and its place among what that stops. */
  readonly worstCase: ReadonlyMap<
    BudgetState,
    ReadonlyMap<string, { readonly percent: number; readonly place: number; readonly of: number }>
  >;
}

/** A type of rule. `R` is an entry of the policy as its schema gives it. */
export interface RuleType<R = never> {
  readonly type: string;
  /** A wrong limit in such a rule is over for everything at once: the circuit breaker watches it. */
  readonly isWatchedByBreaker: boolean;
  /** The entry of the policy. */
  schema(fields: Fields): unknown;
  /** What the rule stops, in a sentence for `policy check`. */
  describe(rule: R): string;
  /** Gives the function that judges each item that the rule matches. What is the same for all items is worked out once. */
  judge(rule: R, context: RuleContext): (item: WorkItem) => Finding;
}

export function notApplicable(reason: string | (() => string)): Finding {
  return {
    verdict: 'notApplicable',
    reason: typeof reason === 'string' ? () => reason : reason,
    scope: 'any',
  };
}

/** What a rule about runs finds of a session. */
export const NO_RUN = notApplicable('is a session; it belongs to no run');
/** What a rule about durations finds of work that does not say since when it is RUNNING. */
export const NO_BEGIN = notApplicable('does not say since when it is RUNNING');

/** Over when `value` is strictly above `limit`. */
export function compare(
  value: number,
  limit: number,
  reason: () => string,
  scope: StopScope = 'any',
): Finding {
  return { verdict: value > limit ? 'over' : 'within', reason, scope };
}

/** Minutes by which the limit of an item is extended, by itself and with its run. */
export function extendedBy(
  { arn, run }: Pick<WorkItem, 'arn'> & { readonly run?: { readonly arn: string } },
  extensions: ReadonlyMap<string, number>,
): number {
  return (extensions.get(arn) ?? 0) + (run ? (extensions.get(run.arn) ?? 0) : 0);
}

/** Of an item that must be RUNNING for a rule: what the rule says otherwise. */
export function notRunning({ status }: WorkItem): Finding | undefined {
  if (status === 'RUNNING') return undefined;
  return notApplicable(() => `is ${status || 'without a status'}, not RUNNING`);
}

/** Minutes that a RUNNING item has run: the counter or the clock, whichever is more. */
export function minutesRun(
  { minutes, runningSince }: { readonly minutes: DeviceMinutes; readonly runningSince?: number },
  now: number,
): number | undefined {
  return runningSince === undefined ? undefined : Math.max(minutes.total, (now - runningSince) / MINUTE);
}

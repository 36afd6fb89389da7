import type { WorkItem } from './work-item.ts';

/** What one rule says of one work item. */
export interface Verdict {
  readonly rule: string;
  readonly verdict: 'within' | 'over' | 'notApplicable';
  /** A sentence with the numbers in it. */
  readonly reason: string;
  /** What the rule may do: the weaker of its own mode and the policy's. */
  readonly mode: 'observe' | 'enforce';
  /** `queued`: the stop holds only while the item has not started. */
  readonly only: StopScope;
  /** The rule stops exempt items too. */
  readonly ignoresExemptions: boolean;
}

/** Which state of the item a stop is meant for: re-read just before the call. */
export type StopScope = 'queued' | 'any';

/** Keep or stop, for one work item, with every verdict that led to it. */
export interface Decision {
  readonly item: WorkItem;
  /** `would-stop`: only rules in observe mode are over. */
  readonly action: 'keep' | 'stop' | 'would-stop';
  /** The rule that decided; absent when nothing is over. */
  readonly rule?: string;
  readonly reason: string;
  readonly only: StopScope;
  /** The exemption that kept the item although a rule is over. */
  readonly exemption?: string;
  readonly verdicts: readonly Verdict[];
  /** Of the verdicts, what is over and not kept by an exemption; absent when nothing is. */
  readonly over?: readonly Verdict[];
}

import type { Decision, Verdict } from '../decision.ts';
import { withHeldOrders } from '../steering/held-order.ts';
import { protectionOf } from '../steering/protection.ts';
import { type WorkItem, whyUnknown } from '../work-item.ts';
import { committedCuts } from './committed-cuts.ts';
import { type Circumstances, judge } from './judge.ts';
import { newestRuns } from './superseded.ts';

export interface Decisions {
  readonly decisions: readonly Decision[];
  /** Rules that threw: their items are kept. */
  readonly problems: readonly string[];
}

/**
 * Keep or stop, for every item. The one place where that is decided: for sweeps, plans and observation alike.
 * What a commitment stops depends on what is stopped anyway, so where a budget is over-committed all is decided once more.
 */
export function decide(items: readonly WorkItem[], circumstances: Circumstances): Decisions {
  const known = { ...circumstances, newest: newestRuns(circumstances.policy.rules, items) };
  const decided = decideEach(items, known);
  const cuts = committedCuts(decided.decisions, known);
  return cuts.size === 0 ? decided : decideEach(items, { ...known, cuts });
}

function decideEach(items: readonly WorkItem[], circumstances: Circumstances): Decisions {
  const problems: string[] = [];
  const decisions = items.map((item) => {
    try {
      return decideOne(item, circumstances);
    } catch (error) {
      problems.push(`${item.arn}: a rule failed, the item is kept: ${String(error)}`);
      return keep(item, [], `kept: a rule failed (${String(error)})`);
    }
  });
  return { decisions: withHeldOrders(decisions, circumstances.heldOrders ?? [], circumstances), problems };
}

function decideOne(item: WorkItem, circumstances: Circumstances): Decision {
  if (item.phase === 'unknown') return keep(item, [], `kept: ${whyUnknown(item)}`);
  if (item.phase === 'stopping') return keep(item, [], 'is stopping already');
  const verdicts = circumstances.policy.rules.map((rule) => judge(rule, item, circumstances));
  const over = verdicts.filter(({ verdict }) => verdict === 'over');
  const exemption = protectionOf(item, circumstances);
  const effective = exemption ? over.filter(({ ignoresExemptions }) => ignoresExemptions) : over;
  const enforced = effective.filter(({ mode }) => mode === 'enforce');
  const cause = strongest(enforced) ?? strongest(effective);
  if (cause) {
    const action = enforced.length > 0 ? 'stop' : 'would-stop';
    const despite = exemption ? `; it ignores what would keep this: ${exemption.sentence}` : '';
    const { rule, only } = cause;
    return { item, action, rule, reason: cause.reason + despite, only, verdicts, over: effective };
  }
  if (exemption && over[0]) {
    const reason = `kept by ${exemption.sentence}; otherwise: ${over[0].reason}`;
    return { ...keep(item, verdicts, reason), exemption: exemption.id };
  }
  return keep(item, verdicts, within(verdicts));
}

function strongest(verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.find(({ only }) => only === 'any') ?? verdicts[0];
}

function keep(item: WorkItem, verdicts: readonly Verdict[], reason: string): Decision {
  return { item, action: 'keep', reason, only: 'any', verdicts };
}

function within(verdicts: readonly Verdict[]): string {
  const applied = verdicts.filter(({ verdict }) => verdict === 'within').map(({ reason }) => reason);
  return applied.length > 0 ? applied.join('; ') : 'no rule applies';
}

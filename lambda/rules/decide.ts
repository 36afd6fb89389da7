import type { Decision, Mode, Verdict, WorkItem } from '../model.ts';
import { phaseOf } from '../model.ts';
import { type Exemption, exemptionFor, type PolicyExemption, policyExemptions } from '../policy/exemption.ts';
import { matchesItem } from '../policy/match.ts';
import { plain } from '../text.ts';
import type { BudgetState } from '../usage/budgets.ts';
import type { JobHistories } from '../usage/histories.ts';
import { worstCaseCuts } from './budget.ts';
import { notApplicable, type RuleContext, type WorstCaseCut } from './rule.ts';
import { type AnyRuleType, type Rule, typeOf } from './rules.ts';
import { newestRuns } from './superseded.ts';

/** What of a policy decides. */
export interface DecidingPolicy {
  readonly mode: Mode;
  readonly timezone: string;
  readonly pricePerMeteredMinute: number;
  readonly rules: readonly Rule[];
  readonly exemptions: readonly PolicyExemption[];
}

/** What every decision depends on besides the work. */
export interface DecideContext {
  readonly policy: DecidingPolicy;
  readonly now: number;
  readonly budgets: readonly BudgetState[];
  readonly histories: JobHistories;
  /** Exemptions by message and tag; those of the policy are added. */
  readonly exemptions: readonly Exemption[];
  /** Told of rules that failed: their items are kept. */
  readonly diagnostics?: { note(text: string): void };
  /** @default the kinds of rules that AutoStop has */
  readonly ruleTypes?: readonly AnyRuleType[];
}

/**
 * Keep, observe or stop, for every item. The one place where that is decided: for sweeps, plans and retries alike. What replaces
 * other work, and what a worst case takes, depends on what is stopped anyway. So it is decided again until no budget
 * stops more.
 */
export function decide(items: readonly WorkItem[], context: DecideContext): readonly Decision[] {
  const { policy, now } = context;
  const exemptions = [...policyExemptions(policy.exemptions), ...context.exemptions];
  const superseding = policy.rules.filter((rule) => rule.type === 'superseded');
  let cuts: RuleContext['cuts'] = new Map();
  for (;;) {
    const base = { ...context, exemptions, cuts, newest: new Map() };
    const first = decideEach(items, base);
    const stopped = new Set(first.flatMap(({ action, item }) => (action === 'stop' ? [item.arn] : [])));
    const newest = newestRuns(superseding, items, ({ arn }) => stopped.has(arn));
    const decisions = superseding.length === 0 ? first : decideEach(items, { ...base, newest });
    const { mode, pricePerMeteredMinute } = policy;
    const { budgets } = context;
    const more = worstCaseCuts(decisions, { now, mode, pricePerMeteredMinute, budgets, exemptions });
    if (more.size === 0) return decisions;
    cuts = joined(cuts, more);
  }
}

/** What was chosen once stays chosen, so that deciding again comes to an end. */
function joined(before: RuleContext['cuts'], more: RuleContext['cuts']): RuleContext['cuts'] {
  const all = new Map<BudgetState, ReadonlyMap<string, WorstCaseCut>>(before);
  for (const [state, own] of more) {
    const known = [...(before.get(state) ?? [])];
    const of = known.length + own.size;
    const cuts = [...known, ...own].map(
      ([arn, cut], index) => [arn, { ...cut, place: index + 1, of }] as const,
    );
    all.set(state, new Map(cuts));
  }
  return all;
}

type Context = Omit<DecideContext, 'exemptions'> &
  Pick<RuleContext, 'cuts' | 'newest'> & {
    readonly exemptions: readonly Exemption[];
  };

function decideEach(items: readonly WorkItem[], context: Context): readonly Decision[] {
  const { policy, ruleTypes } = context;
  const rules = policy.rules.map((rule) => ({ rule, type: typeOf(rule.type, ruleTypes) }));
  const ruleContext: RuleContext = { ...context, timezone: policy.timezone };
  return items.map((item) => {
    if (item.phase === 'unknown') return keep(item, [], () => `kept: ${whyUnknown(item)}`);
    if (item.phase === 'stopping') return keep(item, [], () => 'is stopping already');
    try {
      const verdicts = rules.map(({ rule, type }) => judge(rule, type, item, { policy, ruleContext }));
      return decideOne(item, verdicts, context);
    } catch (error) {
      context.diagnostics?.note(`${item.arn}: a rule failed, the item is kept: ${String(error)}`);
      return keep(item, [], () => `kept: a rule failed (${String(error)})`);
    }
  });
}

/** The verdict of one rule on one item. */
function judge(
  rule: Rule,
  type: AnyRuleType,
  item: WorkItem,
  { policy, ruleContext }: { readonly policy: DecidingPolicy; readonly ruleContext: RuleContext },
): Verdict {
  const found = matchesItem(rule.match, item) ? type.judge(rule, item, ruleContext) : NO_MATCH;
  return {
    rule: rule.id,
    verdict: found.verdict,
    reason: found.reason,
    mode: policy.mode === 'enforce' ? (rule.mode ?? 'enforce') : 'observe',
    scope: found.scope,
    ignoresExemptions: 'ignoreExemptions' in rule && rule.ignoreExemptions,
  };
}

const NO_MATCH = notApplicable('does not match this rule');

function decideOne(item: WorkItem, verdicts: readonly Verdict[], { exemptions, now }: Context): Decision {
  const over = verdicts.filter(({ verdict }) => verdict === 'over');
  if (over.length === 0) return keep(item, verdicts, () => within(verdicts));
  const exemption = exemptionFor(item, exemptions, now);
  const effective = exemption ? over.filter(({ ignoresExemptions }) => ignoresExemptions) : over;
  const enforced = effective.filter(({ mode }) => mode === 'enforce');
  const cause = strongest(enforced) ?? strongest(effective);
  if (cause) {
    const despite = exemption ? `; it ignores what would keep this: ${exemption.why}` : '';
    return {
      item,
      action: enforced.length > 0 ? 'stop' : 'observe',
      rule: cause.rule,
      reason: () => cause.reason() + despite,
      scope: cause.scope,
      verdicts,
    };
  }
  const reason = () => `kept by ${exemption?.why}; otherwise: ${over[0]?.reason()}`;
  return { ...keep(item, verdicts, reason), exemption: exemption?.id };
}

function strongest(verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.find(({ scope }) => scope === 'any') ?? verdicts[0];
}

function keep(item: WorkItem, verdicts: readonly Verdict[], reason: () => string): Decision {
  return { item, action: 'keep', reason, scope: 'any', verdicts };
}

function within(verdicts: readonly Verdict[]): string {
  const applied = verdicts.filter(({ verdict }) => verdict === 'within').map(({ reason }) => reason());
  return applied.length > 0 ? applied.join('; ') : 'no rule applies';
}

/** Why an item of phase `unknown` cannot be judged. */
export function whyUnknown({ arn, status }: Pick<WorkItem, 'arn' | 'status'>): string {
  return phaseOf(status) === 'unknown'
    ? `status "${plain(status)}" is not known`
    : `"${plain(arn)}" is not the ARN of a job or session of this account and project`;
}

import { type Decision, type Mode, phaseOf, type Verdict, type WorkItem } from '../model.ts';
import { type Exemption, exemptionsAt, type PolicyExemption, policyExemptions } from '../policy/exemption.ts';
import { matchesItem } from '../policy/match.ts';
import { plain } from '../text.ts';
import type { BudgetState } from '../usage/budgets.ts';
import type { JobHistories } from '../usage/histories.ts';
import { type Finding, notApplicable, type RuleContext } from './rule.ts';
import { type AnyRuleType, type Rule, typeOf } from './rules.ts';
import { replacing } from './superseded.ts';
import { chooseWorstCase, overWorstCase } from './worst-case.ts';

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
  /** Minutes by which messages have extended limits, by ARN. @default none */
  readonly extensions?: ReadonlyMap<string, number>;
  /** Rules that failed are noted here; their items are kept. */
  readonly diagnostics?: { note(text: string): void };
  /** @default the types of rules that AutoStop has */
  readonly ruleTypes?: readonly AnyRuleType[];
}

/** The same with the exemptions of policy, messages and tags ready to be asked. */
interface Deciding extends DecideContext {
  exemptionOf(item: WorkItem): Exemption | undefined;
}

/** What `superseded` rules and worst-case thresholds know of the other work. */
type Others = Pick<RuleContext, 'newest' | 'worstCase'>;

const NO_OTHERS: Others = { newest: new Map(), worstCase: new Map() };

/**
 * Keep, observe or stop, for every item. The one place where that is decided: for sweeps, plans and retries alike. What replaces
 * other work, and what a worst case requires, depends on what else is stopped. Rules on trial see what the other rules stop, and
 * change nothing of it. A policy in observe mode decides as if it enforced, and stops nothing.
 */
export function decide(items: readonly WorkItem[], given: DecideContext): readonly Decision[] {
  const { policy, now, budgets } = given;
  const exemptions = [...policyExemptions(policy.exemptions), ...given.exemptions];
  const context = { ...given, exemptionOf: exemptionsAt(exemptions, now) };
  const first = decideEach(items, context, NO_OTHERS);
  const superseding = policy.rules.filter((rule) => rule.type === 'superseded');
  const tight = overWorstCase(budgets);
  if (superseding.length === 0 && tight.length === 0) return first;
  const dependent = new Set([...superseding, ...tight.map(({ rule }) => rule)].map(({ id }) => id));

  const { pricePerMeteredMinute } = policy;
  const isExempt = (item: WorkItem) => context.exemptionOf(item) !== undefined;
  const stopped = arnsOf(first.filter((decision) => isEnforced(decision, policy)));
  const replacements = replacing(superseding, items, isExempt);
  const replacementsWith = (chosen: ReadonlySet<string>) => replacements(union(stopped, chosen));
  const worstCase = chooseWorstCase(
    tight.filter(({ rule }) => rule.mode !== 'observe'),
    items,
    {
      pricePerMeteredMinute,
      isExempt,
      stoppedWith: (chosen) => union(stopped, chosen, replacementsWith(chosen).replaced),
    },
  );
  const chosen = new Set([...worstCase.values()].flatMap((own) => [...own.keys()]));
  const { newest } = replacementsWith(chosen);
  const decisions = decideAgain(first, context, { newest, worstCase }, dependent);

  const onTrial = tight.filter(({ rule }) => rule.mode === 'observe');
  if (onTrial.length === 0) return decisions;
  const observed = arnsOf(decisions.filter(({ action }) => action !== 'keep'));
  const more = chooseWorstCase(onTrial, items, {
    pricePerMeteredMinute,
    isExempt,
    stoppedWith: (own) => union(observed, own),
  });
  return decideAgain(decisions, context, { newest, worstCase: new Map([...worstCase, ...more]) }, dependent);
}

function decideEach(items: readonly WorkItem[], context: Deciding, others: Others): readonly Decision[] {
  const judges = judgesOf(context, others);
  return items.map((item) => {
    if (item.phase === 'unknown') return keep(item, () => `kept: ${whyUnknown(item)}`);
    if (item.phase === 'stopping') return keep(item, () => 'is stopping already');
    try {
      return isOverAny(item, judges)
        ? decideOver(item, verdictsOf(item, judges), context)
        : new KeptWithin(item, judges);
    } catch (error) {
      return keptByFailure(item, error, context);
    }
  });
}

/** Decides once more on what is over one of the rules that depend on other work. Nothing else can have changed. */
function decideAgain(
  before: readonly Decision[],
  context: Deciding,
  others: Others,
  dependent: ReadonlySet<string>,
): readonly Decision[] {
  const judges = judgesOf(context, others);
  const asked = judges.filter(({ rule }) => dependent.has(rule));
  return before.map((known) => {
    const { item } = known;
    if (item.phase === 'unknown' || item.phase === 'stopping') return known;
    try {
      return isOverAny(item, asked) ? decideOver(item, verdictsOf(item, judges), context) : known;
    } catch (error) {
      return keptByFailure(item, error, context);
    }
  });
}

/** A rule that fails keeps its item. */
function keptByFailure(item: WorkItem, error: unknown, { diagnostics }: Deciding): Decision {
  const why = plain(String(error));
  diagnostics?.note(`${plain(item.arn)}: a rule failed, the item is kept: ${why}`);
  return keep(item, () => `kept: a rule failed (${why})`);
}

function isOverAny(item: WorkItem, judges: readonly Judge[]): boolean {
  for (const judge of judges) if (judge.isOver(item)) return true;
  return false;
}

/** One rule of the policy, ready to judge items. */
interface Judge {
  /** Its id. */
  readonly rule: string;
  isOver(item: WorkItem): boolean;
  verdict(item: WorkItem): Verdict;
}

function verdictsOf(item: WorkItem, judges: readonly Judge[]): readonly Verdict[] {
  return judges.map(({ verdict }) => verdict(item));
}

function judgesOf({ policy, ruleTypes, ...context }: Deciding, others: Others): readonly Judge[] {
  const { extensions = new Map() } = context;
  const ruleContext: RuleContext = { ...context, ...others, extensions, timezone: policy.timezone };
  return policy.rules.map((rule) => {
    const judge = prepare(rule, typeOf(rule.type, ruleTypes), ruleContext);
    const matches = matchesItem(rule.match);
    const find = (item: WorkItem) => (matches(item) ? judge(item) : NO_MATCH);
    const mode = policy.mode === 'enforce' ? (rule.mode ?? 'enforce') : 'observe';
    const ignoresExemptions = 'ignoreExemptions' in rule && rule.ignoreExemptions;
    return {
      rule: rule.id,
      isOver: (item) => find(item).verdict === 'over',
      verdict: (item) => ({ rule: rule.id, ...find(item), mode, ignoresExemptions }),
    };
  });
}

/** A rule that fails before it has seen an item fails for each item that it matches. */
function prepare(rule: Rule, type: AnyRuleType, context: RuleContext): (item: WorkItem) => Finding {
  try {
    return type.judge(rule, context);
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

const NO_MATCH = notApplicable('does not match this rule');

/** What follows when at least one rule is over. */
function decideOver(
  item: WorkItem,
  verdicts: readonly Verdict[],
  { policy, exemptionOf }: Deciding,
): Decision {
  const over = verdicts.filter(({ verdict }) => verdict === 'over');
  const exemption = exemptionOf(item);
  const effective = exemption ? over.filter(({ ignoresExemptions }) => ignoresExemptions) : over;
  const cause = strongest(effective.filter(({ rule }) => !isOnTrial(rule, policy))) ?? strongest(effective);
  if (!cause) {
    const reason = () => `kept by ${exemption?.why}; otherwise: ${over[0]?.reason()}`;
    return { ...keep(item, reason, verdicts), exemption: exemption?.id };
  }
  const despite = exemption ? `; it ignores what would keep this: ${exemption.why}` : '';
  return {
    item,
    action: cause.mode === 'enforce' ? 'stop' : 'observe',
    rule: cause.rule,
    reason: () => cause.reason() + despite,
    scope: cause.scope,
    verdicts,
  };
}

function strongest(verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.find(({ scope }) => scope === 'any') ?? verdicts[0];
}

/** Whether a rule only observes, whatever the mode of the policy. */
function isOnTrial(id: string, { rules }: DecidingPolicy): boolean {
  return rules.some((rule) => rule.id === id && rule.mode === 'observe');
}

/** Whether a policy that enforces would stop the item. */
function isEnforced({ rule }: Decision, policy: DecidingPolicy): boolean {
  return rule !== undefined && !isOnTrial(rule, policy);
}

function keep(item: WorkItem, reason: () => string, verdicts: readonly Verdict[] = []): Decision {
  return { item, action: 'keep', reason, scope: 'any', verdicts };
}

/** The decision on what is within every rule: most work, of which nobody reads the verdicts. They are made when somebody does. */
class KeptWithin implements Decision {
  readonly action = 'keep';
  readonly scope = 'any';
  readonly item: WorkItem;
  readonly #judges: readonly Judge[];

  constructor(item: WorkItem, judges: readonly Judge[]) {
    this.item = item;
    this.#judges = judges;
  }

  get verdicts(): readonly Verdict[] {
    return verdictsOf(this.item, this.#judges);
  }

  get reason(): () => string {
    return () => {
      const applied = this.verdicts.filter(({ verdict }) => verdict === 'within');
      return applied.map(({ reason }) => reason()).join('; ') || 'no rule applies';
    };
  }
}

function arnsOf(decisions: readonly Decision[]): ReadonlySet<string> {
  return new Set(decisions.map(({ item }) => item.arn));
}

function union(...sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => [...set]));
}

/** Why an item of phase `unknown` cannot be judged. */
export function whyUnknown({ arn, status }: Pick<WorkItem, 'arn' | 'status'>): string {
  return phaseOf(status) === 'unknown'
    ? `status "${plain(status)}" is not known`
    : `"${plain(arn)}" is not the ARN of a job or session of this account and project`;
}

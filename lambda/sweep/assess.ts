import { type Controls, minutesOf, readControls } from '../controls/controls.ts';
import { ExemptionTags } from '../controls/tags.ts';
import type { Decision, Usage, WorkItem } from '../model.ts';
import { decide } from '../rules/decide.ts';
import { Snapshot } from '../store/state.ts';
import { plain } from '../text.ts';
import {
  type BudgetState,
  budgetHorizon,
  budgetStates,
  type SpendLine,
  spendHorizon,
  spendLines,
} from '../usage/budgets.ts';
import type { JobHistories } from '../usage/histories.ts';
import { later } from '../usage/minutes.ts';
import type { Invocation, Readers } from '../wiring.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { readHistories } from './read-histories.ts';

/** What is in flight, what it costs, what pauses or protects, and what follows from it. */
export interface Assessment {
  readonly snapshot: Snapshot;
  readonly inventory: Inventory;
  readonly budgets: readonly BudgetState[];
  readonly lines: readonly SpendLine[];
  readonly controls: Controls;
  readonly decisions: readonly Decision[];
  /** The decisions at a later moment if all that runs goes on. */
  decideAt(moment: number): readonly Decision[];
  /** Reads the tags of work that would be stopped later; whether any was read that `decideAt` did not know. */
  readTags(items: readonly WorkItem[]): Promise<boolean>;
}

/**
 * The first half of a sweep, and the whole of a plan: inventory, tally, decide. It stops nothing.
 * @throws SweepFailedError when no project is known
 */
export async function assess(
  readers: Readers,
  invocation: Invocation,
  { write, projects }: NonNullable<Parameters<typeof takeInventory>[3]>,
): Promise<Assessment> {
  const { diagnostics } = invocation;
  const [snapshot, controls] = await Promise.all([
    diagnostics.during(
      'the state table could not be read',
      readers.state.load(),
      new Snapshot([], new Set()),
    ),
    readControls(readers, invocation),
  ]);
  const inventory = await takeInventory(readers, snapshot, invocation, { write, projects });
  const [{ budgets, lines, counted }, histories] = await Promise.all([
    diagnostics.during(
      'budgets could not be worked out; they stop nothing in this sweep',
      tally(readers, inventory, invocation, { write }),
      { budgets: [], lines: [], counted: [] },
    ),
    readHistories(readers, inventory.items, invocation),
  ]);
  const work = { items: inventory.items, usages: counted, budgets, histories };
  const decided = await decideOn(readers, { ...work, write }, controls, invocation);
  return { snapshot, inventory, budgets, lines, controls, ...decided };
}

/** Decides on work, and reads the tags of what would be stopped. What they keep may make other work over. */
export async function decideOn(
  readers: Readers,
  work: {
    readonly items: readonly WorkItem[];
    /** Settled and in flight, each run or session once. */
    readonly usages: readonly Usage[];
    readonly budgets: readonly BudgetState[];
    readonly histories: JobHistories;
    /** Whether it may remember the tags that it saw. */
    readonly write: boolean;
  },
  controls: Controls,
  invocation: Invocation,
): Promise<Pick<Assessment, 'decisions' | 'decideAt' | 'readTags'>> {
  const { policy, now, diagnostics } = invocation;
  const { histories, write } = work;
  const tags = new ExemptionTags(readers, invocation, { write });
  const exemptions = () => [...controls.exemptions, ...tags.exemptions];
  const extensions = minutesOf(controls.extensions, policy);
  const owned = (decision: Decision): Decision => {
    const item = tags.owned(decision.item);
    return item === decision.item ? decision : { ...decision, item };
  };
  const decideAt = (moment: number) => {
    const { items, usages } = later(work, moment);
    const budgets = work.budgets.length === 0 ? [] : budgetStates(policy, usages, moment);
    return decide(items, {
      policy,
      now: moment,
      budgets,
      histories,
      exemptions: exemptions(),
      extensions,
    }).map(owned);
  };
  for (;;) {
    const { items, budgets } = work;
    const decisions = decide(items, {
      policy,
      now,
      budgets,
      histories,
      exemptions: exemptions(),
      extensions,
      diagnostics,
    });
    const wanted = decisions.filter(({ action }) => action !== 'keep').map(({ item }) => item);
    if (!(await tags.read(wanted)))
      return { decisions: decisions.map(owned), decideAt, readTags: (items) => tags.read(items) };
  }
}

/**
 * What everything stands at: the ledger, and what is not settled yet. A run or session counts once, by its ARN; what is settled
 * wins. `counted`: settled and in flight, each run or session once.
 * @throws AwsCallError when the ledger does not answer
 */
export async function tally(
  { ledger }: Pick<Readers, 'ledger'>,
  { usages, settled }: Pick<Inventory, 'usages' | 'settled'>,
  { policy, now, diagnostics }: Invocation,
  { write }: { readonly write: boolean } = { write: true },
): Promise<Pick<Assessment, 'budgets' | 'lines'> & { readonly counted: readonly Usage[] }> {
  const day = spendHorizon(policy, now);
  const from = Math.min(budgetHorizon(policy, usages, now) ?? day, day);
  const known = await ledger.read(from, (what) =>
    diagnostics.note(`the ledger is missing something: ${plain(what)}`),
  );
  const all = new Map<string, Usage>();
  for (const usage of [...usages, ...known.usages, ...settled]) all.set(usage.arn, usage);
  if (write) {
    await diagnostics.during('days of the ledger could not be sealed', ledger.seal(known), undefined);
  }
  const once = [...all.values()];
  return { budgets: budgetStates(policy, once, now), lines: spendLines(policy, once, now), counted: once };
}

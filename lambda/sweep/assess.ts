import { type Controls, readControls } from '../controls/controls.ts';
import { ExemptionTags } from '../controls/tags.ts';
import type { Decision } from '../model.ts';
import { decide } from '../rules/decide.ts';
import { Snapshot } from '../store/state.ts';
import type { BudgetState } from '../usage/budgets.ts';
import type { SpendLine } from '../usage/spend-lines.ts';
import type { Invocation, Readers } from '../wiring.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { readHistories } from './read-histories.ts';
import { tally } from './tally.ts';

/** What is in flight, what it costs, what pauses or protects, and what follows from it. */
export interface Assessment {
  readonly snapshot: Snapshot;
  readonly inventory: Inventory;
  readonly budgets: readonly BudgetState[];
  readonly lines: readonly SpendLine[];
  readonly controls: Controls;
  readonly decisions: readonly Decision[];
}

/**
 * The first half of a sweep, and the whole of a plan: inventory, tally, decide. It stops nothing.
 * @param write whether it may remember what it saw; a plan may not
 * @throws SweepFailedError when no project is known
 */
export async function assess(
  readers: Readers,
  invocation: Invocation,
  { write }: { readonly write: boolean },
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
  const inventory = await takeInventory(readers, snapshot, invocation, { write });
  const [{ budgets, lines }, histories] = await Promise.all([
    diagnostics.during(
      'budgets could not be worked out; they stop nothing in this sweep',
      tally(readers, inventory, invocation, { write }),
      { budgets: [], lines: [] },
    ),
    readHistories(readers, inventory.items, invocation),
  ]);
  const tags = new ExemptionTags(readers, invocation, { write });
  for (;;) {
    const decisions = decide(inventory.items, {
      policy: invocation.policy,
      now: invocation.now,
      budgets,
      histories,
      exemptions: [...controls.exemptions, ...tags.exemptions],
      diagnostics,
    });
    // Only the tags of work that would be stopped are read. What they keep may make other work over.
    const wanted = decisions.filter(({ action }) => action !== 'keep').map(({ item }) => item);
    if (!(await tags.read(wanted))) return { snapshot, inventory, budgets, lines, controls, decisions };
  }
}

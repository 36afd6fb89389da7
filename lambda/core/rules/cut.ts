import type { BudgetState } from '../spend/budget-state.ts';
import type { Threshold } from './threshold.ts';

/** Queued work that a threshold on the committed figure stops: for each item its threshold, and its turn among how many. */
export type Cut = { readonly threshold: Threshold; readonly turn: number; readonly of: number };

/** The cuts of each budget, by ARN of the item. */
export type Cuts = ReadonlyMap<BudgetState, ReadonlyMap<string, Cut>>;

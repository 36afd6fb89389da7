import type { BudgetRule } from '../policy/schema.ts';

/** One percentage of a budget's limit, and what happens above it. */
export type Threshold = BudgetRule['thresholds'][number];

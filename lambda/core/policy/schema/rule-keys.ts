import { id, mode } from './fields.ts';
import { matchSchema } from './match.ts';

/** The keys that every rule has, beside its `type` and its own. */
export const ruleKeys = {
  id,
  match: matchSchema.prefault({}),
  mode: mode
    .optional()
    .describe(
      'observe: this rule only records what it would stop. A rule can weaken the mode of the policy, never strengthen it.',
    ),
};

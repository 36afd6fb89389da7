import { parsePolicy } from '../../lambda/core/policy/parse-policy.ts';
import type { Policy } from '../../lambda/core/policy/schema.ts';
import type { Day } from './day.ts';

/**
 * What the budget looks at. `spent`: above the limit all metered work is stopped. `committed`: queued work as well, as soon as
 * what is in flight could exceed the limit.
 */
export type Watching = 'spent' | 'committed';

export const LONG_JOBS = 'long-jobs';
/** The longest test takes 40 minutes, with its setup and teardown 43. */
export const MAX_MINUTES = 45;

const SPENT = { percent: 100, basis: 'spent', action: 'stop-all' } as const;
const COMMITTED = { percent: 100, basis: 'committed', action: 'stop-queued' } as const;

/** A limit on durations and one budget in dollars a day, in the form of the policy that ships. */
export function policyOfDay({ limitUsd, maxStopsPerHour }: Day, watching: Watching): Policy {
  return parsePolicy({
    version: 1,
    mode: 'enforce',
    rules: [
      { id: LONG_JOBS, type: 'job-duration', maxMinutes: MAX_MINUTES },
      {
        id: 'daily',
        type: 'budget',
        period: 'day',
        limit: { usd: limitUsd },
        thresholds: watching === 'spent' ? [SPENT] : [COMMITTED, SPENT],
      },
    ],
    safety: { maxStopsPerHour },
  });
}

import type { Policy } from '../../lambda/core/policy/schema.ts';
import { MAX_MINUTES } from './policy-of-day.ts';
import type { Truth, World } from './world.ts';

/** Minutes by which the guard may take work in flight for more than it has used by now. */
const SLACK = 1;
/** The same for what it may use until its timeout. */
const TIMEOUT_SLACK = 20;

/**
 * Whether any rule may be over at this moment, by the emulator's truth with a margin. A look at which none can be does
 * nothing; it is left out of every strategy, as the benchmark would take hours with it.
 */
export function crossableIn({ emulator }: World, work: readonly Truth[], policy: Policy): boolean {
  const { account, jobs, sessions } = emulator.billed();
  if (work.some(({ arn }) => ((jobs.get(arn) ?? sessions.get(arn))?.total ?? 0) >= MAX_MINUTES)) return true;
  const metered = work.filter((one) => one.metered);
  return policy.rules.some((rule) => {
    if (rule.type !== 'budget' || !('usd' in rule.limit) || metered.length === 0) return false;
    const isCommitted = rule.thresholds.some(({ basis }) => basis === 'committed');
    const more = metered.map(({ timeoutMinutes }) => (isCommitted ? timeoutMinutes + TIMEOUT_SLACK : SLACK));
    const minutes = more.reduce((sum, one) => sum + one, account.metered);
    return minutes * policy.pricePerMeteredMinute >= rule.limit.usd;
  });
}

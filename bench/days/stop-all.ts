import { crossedThresholds } from '../../lambda/core/rules/budget.ts';
import { inListingOrder, type StopCall, stoppingScript } from './stopping-script.ts';

/** Stops everything in flight once any figure is over its limit, metered or not, whole runs by one call. */
export const stopAll = stoppingScript('stop-all', (assessment) => {
  const isAnyOver = assessment.budgets.some((state) =>
    crossedThresholds(state).some(({ action }) => action !== 'notify'),
  );
  if (!isAnyOver) return [];
  const calls = new Map<string, StopCall>();
  for (const { kind, arn, run } of inListingOrder(assessment)) {
    const target = run?.arn ?? arn;
    const before = calls.get(target)?.stops ?? 0;
    calls.set(target, { api: kind === 'job' ? 'run' : 'session', arn: target, stops: before + 1 });
  }
  return [...calls.values()];
});

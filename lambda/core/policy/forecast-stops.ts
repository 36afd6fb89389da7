import { describeValue } from './describe-value.ts';
import type { LocatedFault } from './faults.ts';
import { keyPath, valueAt } from './key-path.ts';

/** Thresholds that would stop work for what has not been spent yet; also in a policy with other faults. */
export function forecastStops(input: unknown): readonly LocatedFault[] {
  return entries(input, ['rules']).flatMap((_, rule) =>
    entries(input, ['rules', rule, 'thresholds']).flatMap((threshold, index) => {
      const action = valueAt(threshold, ['action']);
      const isStop = action === 'stop-queued' || action === 'stop-all';
      return isStop && valueAt(threshold, ['basis']) === 'forecast'
        ? [fault(['rules', rule, 'thresholds', index, 'action'], action)]
        : [];
    }),
  );
}

function entries(input: unknown, keys: readonly PropertyKey[]): readonly unknown[] {
  const list = valueAt(input, keys);
  return Array.isArray(list) ? list : [];
}

function fault(keys: readonly PropertyKey[], action: string): LocatedFault {
  return {
    keys,
    path: keyPath(keys),
    found: describeValue(action),
    hint: 'a forecast stops nothing',
    allowed: 'notify, or the basis spent or committed',
  };
}

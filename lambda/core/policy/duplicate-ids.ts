import { describeValue } from './describe-value.ts';
import type { LocatedFault } from './faults.ts';
import { keyPath, valueAt } from './key-path.ts';

/** Ids that stand twice among the rules, or twice among the exemptions; also in a policy with other faults. */
export function duplicateIds(input: unknown): readonly LocatedFault[] {
  return [...duplicatesIn(input, 'rules'), ...duplicatesIn(input, 'exemptions')];
}

function duplicatesIn(input: unknown, list: 'rules' | 'exemptions'): readonly LocatedFault[] {
  const entries = valueAt(input, [list]);
  if (!Array.isArray(entries)) return [];
  const ids = entries.map((entry) => valueAt(entry, ['id']));
  const firstAt = new Map<unknown, number>();
  ids.forEach((id, index) => {
    if (!firstAt.has(id)) firstAt.set(id, index);
  });
  return ids.flatMap((id, index) => {
    const first = firstAt.get(id) ?? index;
    return typeof id !== 'string' || first === index
      ? []
      : [taken([list, index, 'id'], id, keyPath([list, first]))];
  });
}

function taken(keys: readonly PropertyKey[], id: string, by: string): LocatedFault {
  return {
    keys,
    path: keyPath(keys),
    found: describeValue(id),
    hint: `${by} has this id already`,
    allowed: 'an id that no other entry of the list has',
  };
}

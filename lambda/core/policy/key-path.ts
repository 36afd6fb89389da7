import { quote } from './describe-value.ts';

/** Keys from the top of the policy down as one text: `rules[2].thresholds[0].percent`; `(policy)` for the top itself. */
export function keyPath(keys: readonly PropertyKey[]): string {
  if (keys.length === 0) return '(policy)';
  return keys.map(step).join('').replace(/^\./, '');
}

function step(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`;
  const text = String(key);
  return /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(text) ? `.${text}` : `[${quote(text)}]`;
}

/** What stands at `keys` in `input`; undefined when nothing does. */
export function valueAt(input: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>((value, key) => own(value, key), input);
}

function own(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

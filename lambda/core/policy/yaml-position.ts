import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter } from 'yaml';
import type { Position } from './policy-error.ts';

/** Where the value at `keys` stands; of a missing key the nearest parent, of an empty text nothing. */
export function yamlPosition(
  document: Document.Parsed,
  lines: LineCounter,
  keys: readonly PropertyKey[],
): Position | undefined {
  let node: unknown = document.contents;
  let start = rangeStart(node);
  for (const key of keys) {
    const [next, at] = step(isAlias(node) ? node.resolve(document) : node, key);
    start = at ?? start;
    node = next;
  }
  if (start === undefined) return undefined;
  const { line, col } = lines.linePos(start);
  return { line, column: col };
}

/** The node under a key and where it, or else its key, begins. */
function step(node: unknown, key: PropertyKey): readonly [node: unknown, start: number | undefined] {
  if (isSeq(node)) {
    const item = node.items[Number(key)];
    return [item, rangeStart(item)];
  }
  if (!isMap(node)) return [undefined, undefined];
  const pair = node.items.find((one) => isScalar(one.key) && String(one.key.value) === String(key));
  return [pair?.value, rangeStart(pair?.value) ?? rangeStart(pair?.key)];
}

function rangeStart(node: unknown): number | undefined {
  const known = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
  return known ? node.range?.[0] : undefined;
}

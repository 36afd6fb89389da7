import type { Farm } from '../farm.ts';

/** Adds tags to what is already there; a tag of the same key is replaced. */
export function setTags(farm: Farm, arn: string, tags: Readonly<Record<string, string>> = {}): void {
  const known = farm.tags.get(arn) ?? new Map<string, string>();
  for (const [key, value] of Object.entries(tags)) known.set(key, value);
  if (known.size > 0) farm.tags.set(arn, known);
}

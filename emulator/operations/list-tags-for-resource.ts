import type { Operation } from './call.ts';
import { readTaggable } from './taggable.ts';

/** The tags of a project, run or session. */
export const listTagsForResource: Operation = (call) => {
  const tags = call.farm.tags.get(readTaggable(call)) ?? new Map<string, string>();
  return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
};

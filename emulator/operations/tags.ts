import { isJsonObject, type Json } from '../json.ts';
import { DeviceFarmError, invalid } from '../protocol.ts';
import { setTags } from '../seeding/seed.ts';
import { type Operation, readString, readTaggable } from './input.ts';

const maxTags = 50;
/** Characters (service model). */
const [longestKey, longestValue] = [128, 256];

/** Adds tags to a project, run or session, or replaces them. */
export const tagResource: Operation = (call) => {
  const arn = readTaggable(call);
  const added = readTags(call.input.Tags);
  const keys = new Set([...(call.farm.tags.get(arn)?.keys() ?? []), ...Object.keys(added)]);
  if (keys.size > maxTags) {
    throw new DeviceFarmError('TooManyTagsException', `${keys.size} tags are more than ${maxTags}`);
  }
  setTags(call.farm, arn, added);
  call.markChanged();
  return {};
};

function readTags(tags: Json | undefined): Record<string, string> {
  if (!Array.isArray(tags))
    throw invalid("Value at 'Tags' failed to satisfy constraint: Member must be a list");
  return Object.fromEntries(tags.map(readTag));
}

function readTag(tag: Json): [key: string, value: string] {
  const { Key, Value } = isJsonObject(tag)
    ? { Key: readString(tag, 'Key'), Value: readString(tag, 'Value') }
    : { Key: undefined, Value: undefined };
  if (Key === undefined || Value === undefined)
    throw invalid("Value at 'Tags' failed to satisfy constraint: every tag needs a Key and a Value");
  if (Key === '' || Key.length > longestKey || Value.length > longestValue || /^aws:/i.test(Key))
    throw invalid(
      `Tag '${Key.slice(0, longestKey)}' failed to satisfy constraint: a key has 1 to ${longestKey} characters and does not begin with aws:, a value has at most ${longestValue}`,
    );
  return [Key, Value];
}

/** The tags of a project, run or session. */
export const listTagsForResource: Operation = (call) => {
  const tags = call.farm.tags.get(readTaggable(call)) ?? new Map<string, string>();
  return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
};

import { z } from 'zod';
import { isKeyPattern } from '../run-name-key.ts';
import { ruleKeys } from './rule-keys.ts';

/** Which runs replace which. */
export const supersededSchema = z
  .strictObject({
    ...ruleKeys,
    type: z.literal('superseded').describe('The kind of rule.'),
    key: z.string().min(1).max(256).refine(isKeyPattern).meta({
      description:
        'Takes the key from the name of a run: {key} once; around it * for any text, ? for one character, {number} for digits.',
      allowed: 'a pattern of at most 256 characters with {key} exactly once, such as "{key}-{number}"',
    }),
    apartMinutes: z
      .number()
      .nonnegative()
      .max(1_440)
      .default(5)
      .describe('Runs created at most so many minutes apart belong together: neither replaces the other.'),
  })
  .meta({
    title: 'superseded',
    description: 'Of a run that a newer run of the same key, also in flight, has replaced.',
  });

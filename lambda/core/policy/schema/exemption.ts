import { z } from 'zod';
import { id, instant } from './fields.ts';
import { matchSchema } from './match.ts';

/** Work that is spared, until when, by whom and why. */
export const exemptionSchema = z
  .strictObject({
    id,
    match: matchSchema,
    until: instant.describe('When the exemption ends. Every exemption ends.'),
    owner: z.string().min(1).max(200).describe('Who answers for it.'),
    reason: z.string().min(1).max(500).describe('Why the work must not be stopped.'),
  })
  .describe('Work that rules must not stop until a given time.');

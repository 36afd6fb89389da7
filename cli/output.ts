import { z } from 'zod';
import type { JsonSchema } from '../lambda/policy/json-schema.ts';
import type { CommandSpec } from './command.ts';

/** Commands describe their JSON with zod. The types of the code and the files in `schemas/` come from that. */
export { z } from 'zod';

/** The type of what a schema describes. */
export type Output<S extends z.ZodType> = Unchanged<z.output<S>>;
type Unchanged<T> = T extends object ? { readonly [K in keyof T]: Unchanged<T[K]> } : T;

/** Fields that several outputs have. */
export const time = z.string().describe('ISO 8601 time, UTC.');
export const mode = z.enum(['observe', 'enforce']);
export const microUsd = z.int().describe('Micro-dollars: millionths of a US dollar.');
export const deviceMinutes = z
  .object({ total: z.number(), metered: z.number(), unmetered: z.number() })
  .describe('Device minutes. total is occupancy, metered is billed; they do not add up.');

/** What `autostop audit` reads, and `autostop status` shows of the last hour. */
export const auditRecord = z
  .object({
    subject: z
      .string()
      .describe(
        'ARN of the work, run or project; "guard" for orders, pauses, exemptions and thresholds; or "sweep#" and a UTC day.',
      ),
    id: z.string().describe('With subject, the key of the record.'),
    event: z.string().describe('What happened, such as StopAccepted. Later versions may have more events.'),
    at: time.describe('Time of writing: ISO 8601, milliseconds, UTC.'),
    day: z.string().describe('UTC day of writing.'),
    actor: z.string().describe('"schedule", or "sns:" and the id of a message.'),
    reason: z.string().describe('A sentence with the numbers in it.'),
    mode,
    policyVersion: z.string(),
    rule: z.string().optional().describe('Absent for an order of a person.'),
    attempt: z.int().optional().describe('Which call for this stop it was, from 1 on.'),
    sweepId: z.string().optional(),
    project: z.string().optional().describe('Name of the project.'),
    run: z.string().optional().describe('Name of the run.'),
    device: z.string().optional(),
    owner: z.string().optional().describe('Who is told of the work: its AUTOSTOP_OWNER or a tag.'),
    minutes: deviceMinutes.optional(),
    money: microUsd.optional(),
    billed: z.boolean().optional().describe('The work had started, so its minutes are billed or occupied.'),
    seconds: z.number().optional().describe('From the accepted stop to its effect.'),
    avoided: z.number().optional().describe('Device minutes avoided at most: up to the timeout.'),
    avoidedMoney: microUsd.optional(),
    avoidedLikely: z.number().optional().describe('Device minutes avoided likely: up to the usual duration.'),
    avoidedLikelyMoney: microUsd.optional(),
    estimated: z.boolean().optional().describe('The minutes are an estimate by the clock.'),
    expires: z.int().optional().describe('When the table deletes it, in epoch seconds; absent: never.'),
    details: z.record(z.string(), z.unknown()).optional().describe('Differs from event to event.'),
  })
  .describe('One record of the audit trail.');

/** The JSON Schema of what a command prints for programs; `undefined`: it prints nothing for them. */
export function outputSchema({ name, json }: CommandSpec): JsonSchema | undefined {
  return (
    json &&
    (z.toJSONSchema(json.meta({ ...json.meta(), title: `What autostop ${name} prints as JSON` }), {
      // As input, objects are open: an output may get more keys.
      io: 'input',
      target: 'draft-2020-12',
      override: ({ jsonSchema }) => {
        if (jsonSchema.type !== 'integer') return;
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      },
    }) as JsonSchema)
  );
}

/** Where the schema of what a command prints is, from the root of the package. */
export function schemaFile({ name }: CommandSpec): string {
  return `schemas/${name.replaceAll(' ', '-')}.schema.json`;
}

import { z } from 'zod';
import { policySchema } from './schema.ts';

/** The parts of JSON Schema (2020-12) that the schema of the policy consists of. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  /** Our own words for what is allowed, where the keywords do not say it; not published. */
  readonly allowed?: string;
}

/** The JSON Schema of what a person may write, for editors and other programs. */
export function policyJsonSchema(): JsonSchema {
  return z.toJSONSchema(policySchema, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      delete jsonSchema.allowed;
    },
  }) as JsonSchema; // zod types every keyword as optional and of any kind; the tests hold the two together
}

/** The schema that faults are explained with; it is made once, when the first fault is found. */
export function explainedSchema(): JsonSchema {
  explained ??= z.toJSONSchema(policySchema, { io: 'input', target: 'draft-2020-12' }) as JsonSchema;
  return explained;
}

let explained: JsonSchema | undefined;

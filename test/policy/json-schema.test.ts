import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { explainedSchema, type JsonSchema, policyJsonSchema } from '../../lambda/policy/json-schema.ts';
import { policySchema } from '../../lambda/policy/schema.ts';
import { budgetWith, policyInput, policyWith, policyWithRule } from './arbitraries.ts';

/** Every part of a schema with the path that leads to it. */
function parts(schema: JsonSchema, path = ''): readonly (readonly [string, JsonSchema])[] {
  const members = Object.entries(schema.properties ?? {}).map(([key, part]) => parts(part, `${path}.${key}`));
  const choices = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].map((part) => parts(part, path));
  const items = schema.items ? parts(schema.items, `${path}[]`) : [];
  return [[path, schema], ...members.flat(), ...choices.flat(), ...items];
}

describe('policyJsonSchema', () => {
  it('is what stands in policy.schema.json (else: npm run schema)', () => {
    const committed = JSON.parse(readFileSync(new URL('../../policy.schema.json', import.meta.url), 'utf8'));

    const result = policyJsonSchema();

    expect(committed).toEqual(result);
  });

  it('is draft 2020-12 with a title', () => {
    const result = policyJsonSchema();

    expect(result).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: expect.stringContaining('Policy'),
    });
  });

  it('describes every key', () => {
    const silent = parts(policyJsonSchema())
      .filter(([path, { description }]) => /\w$/.test(path) && !description)
      .map(([path]) => path)
      // The alternatives of a choice are described by their keys.
      .filter((path) => !path.endsWith('.limit'));

    expect(silent).toEqual([]);
  });

  it('allows no unknown key anywhere', () => {
    const open = parts(policyJsonSchema()).filter(([, { type, additionalProperties }]) => {
      return type === 'object' && additionalProperties !== false;
    });

    expect(open).toEqual([]);
  });

  it('holds no words of our own', () => {
    const result = parts(policyJsonSchema()).filter(([, schema]) => 'allowed' in schema);

    expect(result).toEqual([]);
    expect(parts(explainedSchema()).some(([, schema]) => 'allowed' in schema)).toBe(true);
  });

  it('accepts what the checker accepts and refuses what it refuses', () => {
    // Read back by an interpreter of JSON Schema. The time zone is checked by the checker alone.
    const reader = z.fromJSONSchema(JSON.parse(JSON.stringify(policyJsonSchema())));
    const broken = fc.constantFrom<unknown>(
      {},
      null,
      policyWith({ rules: [] }),
      policyWith({ extra: 1 }),
      policyWith({ mode: 'off' }),
      policyWithRule({ id: 'a', type: 'job-duration', maxMinutes: 0 }),
      policyWithRule({ id: 'a', type: 'nope', maxMinutes: 1 }),
      policyWithRule(budgetWith({ limit: {} })),
      policyWithRule(budgetWith({ limit: { usd: 1, minutes: 1 } })),
      policyWithRule(budgetWith({ thresholds: [] })),
      policyWithRule(budgetWith({ match: { platforms: ['android'] } })),
    );
    fc.assert(
      fc.property(fc.oneof(policyInput, broken), (input) => {
        expect(reader.safeParse(input).success).toBe(policySchema.safeParse(input).success);
      }),
      { numRuns: 200 },
    );
  });
});

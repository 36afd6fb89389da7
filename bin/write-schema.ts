import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../cli/main.ts';
import { outputSchema, schemaFile } from '../cli/output.ts';
import { policyJsonSchema } from '../lambda/policy/json-schema.ts';

/**
 * Writes `policy.schema.json`, which editors complete and check `policy.yaml` with, and a file in `schemas/` for each command that
 * prints JSON.
 */
const root = join(import.meta.dirname, '..');
const outputs = COMMANDS.flatMap(({ spec }) => {
  const schema = outputSchema(spec);
  return schema ? [[schemaFile(spec), schema] as const] : [];
});
mkdirSync(join(root, 'schemas'), { recursive: true });
for (const old of readdirSync(join(root, 'schemas'))) rmSync(join(root, 'schemas', old));
for (const [path, schema] of [['policy.schema.json', policyJsonSchema()] as const, ...outputs]) {
  writeFileSync(join(root, path), `${JSON.stringify(schema, null, 2)}\n`);
  process.stdout.write(`wrote ${path}\n`);
}

import { writeFileSync } from 'node:fs';
import { policyJsonSchema } from '../lambda/policy/json-schema.ts';

/** Writes `policy.schema.json` at the root of the repository: what editors complete and check `policy.yaml` with. */
const target = new URL('../policy.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
process.stdout.write(`wrote ${target.pathname}\n`);

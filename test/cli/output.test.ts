import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CommandSpec } from '../../cli/command.ts';
import { COMMANDS } from '../../cli/main.ts';
import { outputSchema, schemaFile } from '../../cli/output.ts';
import { parseArn } from '../../lambda/arn.ts';
import type { JsonSchema } from '../../lambda/policy/json-schema.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { files, textOf } from '../docs/pages.ts';
import { seedHistory, seedWork } from '../docs/transcripts.ts';
import { addJob, deployed, MINUTE, runAutostop, writePolicy } from './support.ts';

const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    { id: 'trial', type: 'run-minutes', maxMinutes: 30, mode: 'observe' },
    { id: 'stuck-queue', type: 'queue-age', maxMinutes: 180 },
    { id: 'old-builds', type: 'superseded', key: '{key}-{number}', match: { runs: ['nightly-*'] } },
    {
      id: 'daily-budget',
      type: 'budget',
      period: 'day',
      limit: { usd: 60 },
      thresholds: [{ percent: 10, action: 'notify' }],
    },
  ],
};
const printing = COMMANDS.map(({ spec }) => spec).filter(
  ({ options }) => 'json' in options || options.format?.value?.includes('json'),
);

/** What the commands print as JSON for a morning of work, by their names. */
async function printed(): Promise<ReadonlyMap<string, unknown>> {
  const auto = await deployed(POLICY);
  const file = writePolicy(POLICY);
  const cache = join(file, '../history.jsonl');
  const found = new Map<string, unknown>();
  const run = async (command: string, ...options: string[]) => {
    const sleep = (ms: number) => auto.clock.sleep(ms);
    const { out } = await runAutostop([...command.split(' '), ...options], { now: auto.clock.now, sleep });
    found.set(command, JSON.parse(out));
  };
  const [, other] = seedWork(auto);
  await auto.sweep();
  await auto.order('extend', other, '--for', '10m', '--reason', 'nearly done');
  await auto.order('exempt', parseArn(other)?.runArn ?? '', '--for', '2h', '--reason', 'nearly done');
  await auto.order('stop', other, '--reason', 'wrong branch');
  await auto.order('pause', '--for', '1h', '--reason', 'release');
  const project = auto.emulator.addProject({ name: 'builds' });
  for (const build of [7, 8]) addJob(auto, 40 - build, {}, { project, name: `nightly-${build}` });
  await auto.sweep();
  await run('status', '--policy', file, '--json');
  await run('doctor', '--policy', file, '--json');
  seedHistory(auto);
  for (let count = 0; count < 4; count += 1) {
    await auto.clock.sleep(10 * MINUTE);
    await auto.sweep();
  }
  await run('plan', '--policy', file, '--stack', 'AutoStop', '--json');
  await run('backtest', '--policy', file, '--against', file, '--cache', cache, '--json');
  await run('suggest', '--cache', cache, '--json');
  await run('keys', '--policy', file, '--json');
  await run('audit', '--json');
  await run('audit verify', '--json');
  await run('report', '--policy', file, '--format', 'json');
  await run('savings', '--json');
  return found;
}

/** The same schema, which allows only the keys that it names and no empty list of objects: so all of it was looked at. */
function strict({ properties, items, anyOf, ...schema }: JsonSchema): JsonSchema {
  const parts = Object.entries(properties ?? {}).map(([key, part]) => [key, strict(part)]);
  return {
    ...schema,
    ...(items && { items: strict(items), minItems: items.type === 'object' ? 1 : 0 }),
    ...(anyOf && { anyOf: anyOf.map(strict) }),
    ...(properties && { properties: Object.fromEntries(parts), additionalProperties: false }),
  };
}

function published(spec: CommandSpec): JsonSchema {
  return JSON.parse(textOf(schemaFile(spec)));
}

function faults(schema: JsonSchema, value: unknown): string {
  const { error } = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema).safeParse(value);
  return error ? z.prettifyError(error) : '';
}

describe('what commands print as JSON', () => {
  it('is as their published schemas say, which name every key of it', async () => {
    const found = await printed();

    expect([...found.keys()].sort()).toEqual(printing.map(({ name }) => name).sort());
    for (const spec of printing)
      expect([spec.name, faults(strict(published(spec)), found.get(spec.name))]).toEqual([spec.name, '']);
  });
});

describe('the published schemas', () => {
  it('are up to date, one for each command that prints JSON (else: npm run schema)', () => {
    const committed = files.filter((path) => path.startsWith('schemas/')).sort();

    expect(committed).toEqual(printing.map(schemaFile).sort());
    for (const spec of printing) expect(published(spec)).toEqual(outputSchema(spec));
  });

  it('let outputs grow, and refuse one that lacks a key', () => {
    const [schema] = printing.filter(({ name }) => name === 'doctor').map(published);
    const finding = { what: 'stack', state: 'ok', text: 'AutoStop' };

    expect(faults(schema ?? {}, [{ ...finding, since: 'today' }])).toBe('');
    expect(faults(schema ?? {}, [{ what: 'stack', state: 'ok' }])).toContain('text');
  });
});

import { encodeJson, RawJson } from '../json.ts';
import type { RawRecord } from '../records.ts';
import type { SeedContext } from './context.ts';
import { projectOf, runOf } from './parent.ts';
import type { RawSeed } from './seeds.ts';

/**
 * Adds an item that is served verbatim and never changes. Throws a SyntaxError when its text is not JSON, a RangeError
 * when it needs a parent that was not added.
 */
export function addRaw({ farm, options }: SeedContext, seed: RawSeed): RawRecord {
  const item = new RawJson(typeof seed.item === 'string' ? seed.item : encodeJson(seed.item));
  const members: { arn?: unknown; created?: unknown } = Object(JSON.parse(item.text));
  const record: RawRecord = {
    kind: 'raw',
    of: seed.kind,
    key: farm.nextKey(),
    arn: typeof members.arn === 'string' ? members.arn : undefined,
    createdAt: typeof members.created === 'number' ? members.created * 1000 : 0,
    item,
    runs: [],
    sessions: [],
    jobs: [],
  };
  listFor(seed, farm).push(record);
  farm.register(record, options.now());
  return record;
}

function listFor(seed: RawSeed, farm: SeedContext['farm']): { push(record: RawRecord): unknown } {
  const parent = seed.parent ?? '';
  if (seed.kind === 'project') return farm.projects;
  if (seed.kind === 'run') return projectOf(farm, parent).runs;
  if (seed.kind === 'session') return projectOf(farm, parent).sessions;
  return runOf(farm, parent).jobs;
}

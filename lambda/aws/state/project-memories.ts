import type { ProjectMemory } from '../../core/inventory/project-memory.ts';
import { blankMemory } from '../../core/inventory/survey.ts';
import type { ProjectMemories } from '../../ports.ts';
import type { Table } from '../table.ts';
import { pack, unpack } from './packed.ts';

const PARTITION = 'project';

/** What the guard remembers of each project, in the state table. Of two writers the first wins. */
export function projectMemories(table: Table): ProjectMemories {
  return {
    async all() {
      const items = await table.query({ key: ['pk', PARTITION] });
      return new Map(items.map(toMemory).map((memory) => [memory.projectArn, memory]));
    },
    save(memory) {
      const { version } = memory;
      return table.put(
        {
          pk: PARTITION,
          sk: memory.projectArn,
          packed: pack({ ...memory, version: version + 1 }),
          version: version + 1,
        },
        version === 0
          ? { expression: 'attribute_not_exists(pk)' }
          : {
              expression: '#version = :version',
              names: { '#version': 'version' },
              values: { ':version': version },
            },
      );
    },
  };
}

/** A memory of another shape is none, but its version counts: the next one replaces it. */
function toMemory({ sk, version, packed }: Readonly<Record<string, unknown>>): ProjectMemory {
  const memory = unpack(packed);
  return isMemory(memory)
    ? memory
    : { ...blankMemory(String(sk)), version: typeof version === 'number' ? version : 0 };
}

function isMemory(value: unknown): value is ProjectMemory {
  return (
    isRecord(value) &&
    typeof value.projectArn === 'string' &&
    typeof value.version === 'number' &&
    isListing(value.runs) &&
    isListing(value.sessions) &&
    isRecord(value.unsettled) &&
    isRecord(value.runningSince) &&
    (value.progress === undefined || isRecord(value.progress)) &&
    (value.scannedAt === undefined || typeof value.scannedAt === 'number') &&
    (value.cutAt === undefined || typeof value.cutAt === 'number')
  );
}

function isListing(value: unknown): boolean {
  return isRecord(value) && Array.isArray(value.ahead);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

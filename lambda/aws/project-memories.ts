import type { ProjectMemory } from '../core/project-memory.ts';
import type { ProjectMemories } from '../ports.ts';
import type { Table } from './table.ts';

const PARTITION = 'project';

/** What the guard remembers of each project, in the state table. Of two writers the first wins. */
export function projectMemories(table: Table): ProjectMemories {
  return {
    async all() {
      const items = await table.query({ key: ['pk', PARTITION] });
      return new Map(
        items.map(({ memory }) => memory as ProjectMemory).map((memory) => [memory.projectArn, memory]),
      );
    },
    save(memory) {
      const { version } = memory;
      return table.put(
        {
          pk: PARTITION,
          sk: memory.projectArn,
          memory: { ...memory, version: version + 1 },
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

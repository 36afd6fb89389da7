import type { AccountSettings } from '../../core/account-settings.ts';
import type { AccountMemory } from '../../ports.ts';
import type { Table } from '../table.ts';

const PARTITION = 'account';
const KEY = 'settings';

/** The account's settings as they were last read, in the state table. Of two writers the later one stays. */
export function accountMemory(table: Table): AccountMemory {
  return {
    async last() {
      const item = (await table.query({ key: ['pk', PARTITION] })).find(({ sk }) => sk === KEY);
      return item && typeof item.readAt === 'number' && isSettings(item.settings)
        ? { settings: item.settings, readAt: item.readAt }
        : undefined;
    },
    async keep(settings, readAt) {
      await table.put({ pk: PARTITION, sk: KEY, settings, readAt });
    },
  };
}

/** Settings of another shape are none: they are read again. */
function isSettings(value: unknown): value is AccountSettings {
  return (
    isRecord(value) &&
    isRecord(value.unmeteredSlots) &&
    isRecord(value.unmeteredSlots.jobs) &&
    isRecord(value.unmeteredSlots.sessions)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

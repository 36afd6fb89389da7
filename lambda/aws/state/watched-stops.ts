import { type WatchedStop, watchKey } from '../../core/lessons/watched-stop.ts';
import type { WatchedStops } from '../../ports.ts';
import type { Table } from '../table.ts';

const PARTITION = 'watched-stop';
/** Days after the would-be stop that a watch is kept: longer than it is followed. */
const KEEP_DAYS = 7;

/** Stops that would have been made, in the state table: one item for each work and rule. The first one stays. */
export function watchedStops(table: Table): WatchedStops {
  return {
    async open(watch) {
      const expires = Math.floor(watch.at / 1000) + KEEP_DAYS * 86_400;
      await table.put(
        { pk: PARTITION, sk: watchKey(watch), watch, expires },
        { expression: 'attribute_not_exists(pk)' },
      );
    },
    all: async () =>
      (await table.query({ key: ['pk', PARTITION] })).map(({ watch }) => watch).filter(isWatch),
    close: (watch) => table.remove({ pk: PARTITION, sk: watchKey(watch) }),
  };
}

/** What another version wrote is no watch: it expires by itself. */
function isWatch(value: unknown): value is WatchedStop {
  if (!isRecord(value)) return false;
  const { arn, kind, rule, at, only, record } = value;
  return (
    typeof arn === 'string' &&
    typeof rule === 'string' &&
    typeof at === 'number' &&
    (kind === 'job' || kind === 'session') &&
    (only === 'queued' || only === 'any') &&
    isRecord(record) &&
    typeof record.id === 'string'
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

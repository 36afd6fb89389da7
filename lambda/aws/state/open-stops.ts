import type { OpenStop, OpenStops } from '../../ports.ts';
import type { Table } from '../table.ts';

const PARTITION = 'open-stop';

/** Stops whose end has not been seen, in the state table. */
export function openStops(table: Table): OpenStops {
  return {
    async open(stop) {
      await table.put({ pk: PARTITION, sk: stop.arn, stop });
    },
    all: async () => (await table.query({ key: ['pk', PARTITION] })).map(({ stop }) => stop as OpenStop),
    close: (arn) => table.remove({ pk: PARTITION, sk: arn }),
  };
}

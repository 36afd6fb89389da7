import { mergeSamples, type Sample } from '../../core/inventory/run-history.ts';
import type { RunHistory } from '../../ports.ts';
import type { Table } from '../table.ts';

/** Days that a history is kept after it was last added to. */
const KEEP_DAYS = 100;

/**
 * Durations of successful jobs in the state table: one partition for each run name, one item for each device. Of two writers at
 * once the last one wins; what the other one learnt is lost, and comes again with the next runs.
 * @param clock epoch milliseconds, for expiry
 */
export function runHistory(table: Table, clock: () => number): RunHistory {
  const of: RunHistory['of'] = async (projectArn, runName) => {
    const items = await table.query({ key: ['pk', partition(projectArn, runName)] });
    return new Map(items.map(({ sk, samples }) => [String(sk), toSamples(samples)]));
  };
  return {
    of,
    async add(projectArn, runName, added) {
      const known = await of(projectArn, runName);
      const expires = Math.floor(clock() / 1000) + KEEP_DAYS * 86_400;
      const items = [...added].map(([device, samples]) => ({
        pk: partition(projectArn, runName),
        sk: device,
        samples: mergeSamples(known.get(device) ?? [], samples),
        expires,
      }));
      await table.putAll(items);
    },
  };
}

function partition(projectArn: string, runName: string): string {
  return `history#${projectArn}#${runName}`;
}

/** What another version wrote is no sample. */
function toSamples(value: unknown): readonly Sample[] {
  return Array.isArray(value) ? value.filter(isSample) : [];
}

function isSample(value: unknown): value is Sample {
  return (
    typeof value === 'object' &&
    value !== null &&
    'job' in value &&
    typeof value.job === 'string' &&
    'minutes' in value &&
    typeof value.minutes === 'number'
  );
}

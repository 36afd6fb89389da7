import { isRecord } from '../text.ts';
import { DAY, type Time } from '../time.ts';
import { type DeviceSamples, mergeSamples, type Sample, usualMinutes } from '../usage/histories.ts';
import type { Table } from './table.ts';

/** Days that a history is kept after it was last added to. */
const KEEP_DAYS = 100;

/**
 * Durations of successful jobs in the state table: one partition for each run name, one item for each device. Of two writers at
 * once the last one wins; what the other one added is lost, and comes again with the next runs. Every call may throw
 * AwsCallError.
 */
export class Histories {
  readonly #table: Table;
  readonly #time: Pick<Time, 'now'>;

  constructor(table: Table, time: Pick<Time, 'now'>) {
    this.#table = table;
    this.#time = time;
  }

  /** The last successful jobs of one run name, by device. */
  async of(projectArn: string, runName: string): Promise<DeviceSamples> {
    const items = await this.#table.query({ key: ['pk', partition(projectArn, runName)] });
    return new Map(items.map(({ sk, samples }) => [String(sk), toSamples(samples)]));
  }

  /** The usual duration of such a job; `undefined` while too few are known. */
  async usualMinutes(projectArn: string, runName: string, device: string): Promise<number | undefined> {
    const samples = (await this.of(projectArn, runName)).get(device) ?? [];
    return usualMinutes(samples.map(({ minutes }) => minutes));
  }

  /** Adds to what is known; a job that is known already is not added again. */
  async add(projectArn: string, runName: string, added: DeviceSamples): Promise<void> {
    const known = await this.of(projectArn, runName);
    const expires = Math.floor((this.#time.now() + KEEP_DAYS * DAY) / 1000);
    await this.#table.putAll(
      [...added].map(([device, samples]) => ({
        pk: partition(projectArn, runName),
        sk: device,
        samples: mergeSamples(known.get(device) ?? [], samples),
        expires,
      })),
    );
  }
}

function partition(projectArn: string, runName: string): string {
  return `history#${projectArn}#${runName}`;
}

/** What another version wrote is no sample. */
function toSamples(value: unknown): readonly Sample[] {
  return Array.isArray(value) ? value.filter(isSample) : [];
}

function isSample(value: unknown): value is Sample {
  return isRecord(value) && typeof value.job === 'string' && Number.isFinite(value.minutes);
}

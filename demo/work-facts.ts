import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import { isRecord } from './aws/is-record.ts';

/** What the service itself knows of one job or session at this moment. */
export interface WorkFacts {
  /** Name of the run or session. */
  readonly name: string;
  readonly device: string;
  readonly status: string;
  readonly result: string;
  readonly metered: boolean;
  /** Device minutes on the bill or off the slot, by the emulator's own books. */
  readonly minutes: number;
}

/** Looks a job or session up in the emulator's state, without a request. */
export function workFacts(emulator: DeviceFarmEmulator, arn: string): WorkFacts {
  const item = shown(emulator, arn);
  const parent = arn.includes(':job:') ? shown(emulator, runOf(arn)) : item;
  const { jobs, sessions } = emulator.billed();
  const used = jobs.get(arn) ?? sessions.get(arn);
  return {
    name: String(parent.name),
    device: isRecord(item.device) ? String(item.device.name) : '',
    status: String(item.status),
    result: String(item.result),
    metered: parent.billingMethod === 'METERED',
    minutes: (used?.metered ?? 0) + (used?.unmetered ?? 0),
  };
}

/** The ARNs of a run's jobs that had not ended at `at`, epoch milliseconds: what a stop of the whole run asks of. */
export function jobsLeft(emulator: DeviceFarmEmulator, runArn: string, at: number): readonly string[] {
  const total = Number(shown(emulator, runArn).totalJobs);
  const jobs = Array.from(
    { length: total },
    (_, index) => `${runArn.replace(':run:', ':job:')}/${String(index).padStart(5, '0')}`,
  );
  return jobs.filter((job) => {
    const { stopped } = shown(emulator, job);
    // The service tells times in seconds.
    return typeof stopped !== 'number' || stopped * 1000 >= at;
  });
}

/** Jobs share the ids of their run: `job:<project>/<run>/<index>`. */
function runOf(jobArn: string): string {
  return jobArn.replace(':job:', ':run:').replace(/\/\d+$/, '');
}

function shown(emulator: DeviceFarmEmulator, arn: string): Readonly<Record<string, unknown>> {
  const item = emulator.show(arn);
  return isRecord(item) ? item : {};
}

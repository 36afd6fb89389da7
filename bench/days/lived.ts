import type { Json } from '../../local/device-farm/json.ts';
import { isRecord } from '../../local/stack/is-record.ts';
import type { Truth, World } from './world.ts';

/** What became of one job or session. */
export interface Lived extends Truth {
  /** It ran on a device: its tests had started. */
  readonly started: boolean;
  /** Somebody stopped it. */
  readonly stopped: boolean;
  /** Metered minutes that the emulator bills. */
  readonly meteredMinutes: number;
}

/** What became of everything, once all of it has ended. */
export function livedIn({ emulator, truths }: Pick<World, 'emulator' | 'truths'>): readonly Lived[] {
  const { jobs, sessions } = emulator.billed();
  return truths.map((truth) => {
    const shown = emulator.show(truth.arn);
    return {
      ...truth,
      started: member(shown, 'started') !== undefined,
      stopped: member(shown, 'message') === 'Stopped on request',
      meteredMinutes: (jobs.get(truth.arn) ?? sessions.get(truth.arn))?.metered ?? 0,
    };
  });
}

/** Whether the API shows a job or session as ended. */
export function hasEnded({ emulator }: Pick<World, 'emulator'>, arn: string): boolean {
  return member(emulator.show(arn), 'status') === 'COMPLETED';
}

function member(item: Json, name: string): unknown {
  return isRecord(item) ? item[name] : undefined;
}

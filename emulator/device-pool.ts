import type { DeviceSeed } from './devices.ts';
import type { Platform } from './status.ts';

/** Devices on which `ScheduleRun` may start a run. */
export interface DevicePool {
  readonly arn: string;
  readonly platform: Platform;
  readonly devices: readonly (string | DeviceSeed)[];
}

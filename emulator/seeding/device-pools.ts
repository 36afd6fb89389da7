import { formatArn } from '../arn.ts';
import type { DevicePool } from '../device-pool.ts';
import type { SeedContext } from './context.ts';
import { projectIdOf, projectOf } from './parent.ts';
import type { DevicePoolSeed } from './seeds.ts';

/** Adds a pool that `ScheduleRun` may name. Throws a RangeError when its project was not added. */
export function addDevicePool({ farm, options, newId }: SeedContext, seed: DevicePoolSeed): DevicePool {
  const project = projectOf(farm, seed.project);
  const arn = formatArn(options.accountId, 'devicepool', `${projectIdOf(project)}/${seed.id ?? newId()}`);
  const pool: DevicePool = { arn, platform: seed.platform ?? 'ANDROID', devices: seed.devices };
  farm.devicePools.set(arn, pool);
  return pool;
}

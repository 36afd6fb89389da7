import { catalogueDevice, type Device, type DeviceSeed, makeDevice, namedDevice } from '../devices.ts';
import type { SessionRecord } from '../records.ts';
import { slotOf } from '../slot-kind.ts';
import type { BillingMethod, Platform } from '../status.ts';
import type { SeedContext } from './context.ts';
import type { WorkSeed } from './seeds.ts';
import { timingOf, type WorkSettings } from './timing-of.ts';

/** What the kinds of work differ in. */
export interface WorkDetails extends WorkSettings {
  readonly kind: 'job' | 'session';
  readonly arn: string;
  /** Device of the catalogue when the seed names none. */
  readonly deviceIndex: number;
  readonly platform: Platform;
  readonly billing: BillingMethod;
}

type CommonWork = Omit<SessionRecord, 'kind' | 'name' | 'billingMethod'>;

/** The part of a record that jobs and sessions share. */
export function makeWork(context: SeedContext, seed: WorkSeed, details: WorkDetails): CommonWork {
  const device = deviceOf(context, seed.device, details);
  return {
    key: context.farm.nextKey(),
    arn: details.arn,
    createdAt: details.createdAt,
    device,
    tariff: {
      metered: details.billing === 'METERED' && device.instanceArn === undefined,
      billedFrom: details.kind === 'job' ? 'started' : 'preparing',
    },
    ...timingOf(seed, details, device.instanceArn !== undefined),
    slot: slotOf(details.kind, details.billing, device, context.options.slots),
    override: seed.override,
  };
}

function deviceOf(context: SeedContext, seed: string | DeviceSeed | undefined, details: WorkDetails): Device {
  const { platform, deviceIndex } = details;
  if (seed === undefined) return makeDevice(catalogueDevice(platform, deviceIndex), platform, context.newId);
  const named = typeof seed === 'string' ? namedDevice(seed, platform) : seed;
  return makeDevice(named, platform, context.newId);
}

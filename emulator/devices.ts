import { formatArn } from './arn.ts';
import type { JsonObject } from './json.ts';
import type { Platform } from './status.ts';

/** A device as the API shows it, and the instance it belongs to when it is part of a private fleet. */
export interface Device {
  readonly item: JsonObject;
  readonly name: string;
  readonly platform: Platform;
  /** Set for a device of a private fleet. */
  readonly instanceArn?: string;
}

/** A device to seed: a name of the catalogue, a new name, or members of its own. */
export interface DeviceSeed {
  readonly name: string;
  readonly platform?: Platform;
  readonly os?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  readonly formFactor?: 'PHONE' | 'TABLET';
  /** @default 'PUBLIC' */
  readonly fleetType?: 'PUBLIC' | 'PRIVATE';
  /** @default made up when the fleet is private */
  readonly instanceArn?: string;
}

/** Public devices that seeds and `ScheduleRun` draw from. */
export const catalogue: Readonly<Record<Platform, readonly DeviceSeed[]>> = {
  ANDROID: [
    { name: 'Google Pixel 8', manufacturer: 'Google', os: '14' },
    { name: 'Samsung Galaxy S24', manufacturer: 'Samsung', os: '14' },
    { name: 'Samsung Galaxy Tab S9', manufacturer: 'Samsung', os: '13', formFactor: 'TABLET' },
    { name: 'Google Pixel 7a', manufacturer: 'Google', os: '13' },
  ],
  IOS: [
    { name: 'Apple iPhone 15', manufacturer: 'Apple', os: '17' },
    { name: 'Apple iPhone 14 Pro', manufacturer: 'Apple', os: '16' },
    { name: 'Apple iPad Air', manufacturer: 'Apple', os: '17', formFactor: 'TABLET' },
  ],
};

/** The `index`-th device of a platform; the catalogue repeats. */
export function catalogueDevice(platform: Platform, index: number): DeviceSeed {
  const devices = catalogue[platform];
  return { name: platform, ...devices[index % devices.length], platform };
}

/** The catalogue's entry of that name, or a device of that name with nothing else known. */
export function namedDevice(name: string, platform: Platform): DeviceSeed {
  const known = catalogue[platform].find((device) => device.name === name);
  return { ...known, name, platform };
}

/** The device that a seed describes. `newId` makes ids up. */
export function makeDevice(seed: DeviceSeed, platform: Platform, newId: () => string): Device {
  const fleetType = seed.fleetType ?? (seed.instanceArn === undefined ? 'PUBLIC' : 'PRIVATE');
  const item = {
    arn: deviceArn(seed.name),
    name: seed.name,
    manufacturer: seed.manufacturer ?? 'Generic',
    model: seed.model ?? seed.name,
    modelId: seed.name.replaceAll(' ', '-'),
    formFactor: seed.formFactor ?? 'PHONE',
    platform: seed.platform ?? platform,
    os: seed.os ?? '14',
    fleetType,
  };
  const device = { item, name: seed.name, platform: item.platform };
  if (fleetType === 'PUBLIC') return device;
  return { ...device, instanceArn: seed.instanceArn ?? formatArn('', 'deviceinstance', newId()) };
}

/** Devices have an empty account in their ARN. */
export function deviceArn(name: string): string {
  return formatArn('', 'device', `EMULATED-${name.toUpperCase().replaceAll(' ', '-')}`);
}

/** Devices on which `ScheduleRun` may start a run. */
export interface DevicePool {
  readonly arn: string;
  readonly platform: Platform;
  readonly devices: readonly (string | DeviceSeed)[];
}

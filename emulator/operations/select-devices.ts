import { catalogueDevice, type DeviceSeed } from '../devices.ts';
import { argumentError } from '../errors.ts';
import { isJsonObject, type Json } from '../json.ts';
import type { Platform } from '../status.ts';
import type { Call } from './call.ts';
import { refusalOf } from './read-arn.ts';
import { readNumber, readObject, readString } from './read-input.ts';

interface Selection {
  readonly platform: Platform;
  readonly devices: readonly (string | DeviceSeed)[];
}

/** The devices of the pool that is named, or `maxDevices` devices of the catalogue; one of the two must be given. */
export function selectDevices(call: Call): Selection {
  const poolArn = readString(call.input, 'devicePoolArn');
  const dynamic = call.input.deviceSelectionConfiguration !== undefined;
  if ((poolArn === undefined) === !dynamic) {
    throw argumentError('exactly one of devicePoolArn and deviceSelectionConfiguration is needed');
  }
  if (poolArn === undefined) return fromCatalogue(call);
  const pool = call.farm.devicePools.get(poolArn);
  if (pool === undefined) throw refusalOf(call, poolArn, ['devicepool']);
  return pool;
}

function fromCatalogue({ input }: Call): Selection {
  const selection = readObject(input, 'deviceSelectionConfiguration');
  const maxDevices = readNumber(selection, 'maxDevices') ?? 0;
  if (maxDevices < 1) throw argumentError(`maxDevices ${maxDevices} is not at least 1`);
  const platform = isForIos(selection.filters) ? 'IOS' : 'ANDROID';
  return {
    platform,
    devices: Array.from({ length: maxDevices }, (_, index) => catalogueDevice(platform, index)),
  };
}

/** Of the filters only `PLATFORM EQUALS` is understood. */
function isForIos(filters: Json | undefined): boolean {
  if (!Array.isArray(filters)) return false;
  return filters.some(
    (filter) =>
      isJsonObject(filter) &&
      filter.attribute === 'PLATFORM' &&
      JSON.stringify(filter.values)?.includes('IOS'),
  );
}

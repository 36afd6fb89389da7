import { parseArn } from '../arn.ts';
import { catalogue, catalogueDevice, type DeviceSeed, deviceArn } from '../devices.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { argumentError, invalid } from '../protocol.ts';
import { addRun, addSession } from '../seeding/seed.ts';
import type { BillingMethod, Platform } from '../status.ts';
import { runItem, sessionItem } from '../views.ts';
import {
  type Call,
  type Operation,
  readArnText,
  readBillingMethod,
  readName,
  readNumber,
  readObject,
  readProject,
  readString,
  refusalOf,
} from './input.ts';

/** What `ScheduleRun` takes (service model of 2026); runs of other types are history. */
const testTypes: readonly string[] = [
  'BUILTIN_FUZZ',
  ...['APPIUM', 'APPIUM_WEB'].flatMap((kind) =>
    ['JAVA_JUNIT', 'JAVA_TESTNG', 'PYTHON', 'NODE', 'RUBY'].map((language) => `${kind}_${language}`),
  ),
  'INSTRUMENTATION',
  'XCTEST',
  'XCTEST_UI',
];

/** Schedules a run whose jobs wait for free slots. What its tests do is an option of the emulator. */
export const scheduleRun: Operation = (call) => {
  const project = readProject(call, 'projectArn');
  const { testMinutes, result } = call.options.scheduled;
  const { platform, devices } = selectDevices(call);
  const run = addRun(call.seedContext, {
    project: project.arn ?? readArnText(call, 'projectArn'),
    name: readName(call.input, 'name'),
    testType: readTestType(call.input),
    platform,
    billingMethod: readBilling(call.input),
    created: call.now,
    jobTimeoutMinutes: readTimeout(call),
    devicePoolArn: readString(call.input, 'devicePoolArn'),
    jobs: devices.map((device) => ({ device, testMinutes, result })),
    schedule: 'slots',
  });
  call.markChanged();
  return { run: runItem(call.farm, call.options, run, call.now) };
};

function readTestType(input: JsonObject): string {
  const type = readString(readObject(input, 'test'), 'type');
  if (type !== undefined && !testTypes.includes(type))
    throw invalid(
      `Value '${type}' at 'test.type' failed to satisfy constraint: Member must satisfy enum value set: [${testTypes.join(', ')}]`,
    );
  if (type !== undefined) return type;
  throw invalid("Value null at 'test.type' failed to satisfy constraint: Member must not be null");
}

const readBilling = (input: JsonObject): BillingMethod =>
  readBillingMethod(readObject(input, 'configuration'));

/** The developer guide allows 5 minutes up to the account's maximum. */
function readTimeout({ input, options }: Call): number | undefined {
  const minutes = readNumber(readObject(input, 'executionConfiguration'), 'jobTimeoutMinutes');
  const { maxJobTimeoutMinutes } = options.account;
  if (minutes === undefined || (minutes >= 5 && minutes <= maxJobTimeoutMinutes)) return minutes;
  throw argumentError(`jobTimeoutMinutes ${minutes} is not between 5 and ${maxJobTimeoutMinutes}`);
}

interface Selection {
  readonly platform: Platform;
  readonly devices: readonly (string | DeviceSeed)[];
}

/** The devices of the pool that is named, or `maxDevices` devices of the catalogue; one of the two must be given. */
function selectDevices(call: Call): Selection {
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

/** Creates a session on a device of the catalogue, which waits for a free slot. */
export const createRemoteAccessSession: Operation = (call) => {
  const project = readProject(call, 'projectArn');
  const { device, platform } = readDevice(call);
  const session = addSession(call.seedContext, {
    project: project.arn ?? readArnText(call, 'projectArn'),
    name: readName(call.input, 'name'),
    platform,
    device: { ...device, instanceArn: readInstance(call) },
    billingMethod: readBillingMethod(readObject(call.input, 'configuration')),
    created: call.now,
    sessionMinutes: call.options.scheduled.sessionMinutes,
    result: call.options.scheduled.result,
    schedule: 'slots',
  });
  call.markChanged();
  return { remoteAccessSession: sessionItem(call.farm, call.options, session, call.now) };
};

/** The instance of a private device: without one the session is on a public device. */
function readInstance(call: Call): string | undefined {
  const arn = readString(call.input, 'instanceArn');
  if (arn === undefined || parseArn(arn)?.type === 'deviceinstance') return arn;
  throw refusalOf(call, arn, ['deviceinstance']);
}

function readDevice(call: Call): { readonly device: DeviceSeed; readonly platform: Platform } {
  const arn = readArnText(call, 'deviceArn');
  for (const platform of ['ANDROID', 'IOS'] as const) {
    const device = catalogue[platform].find(({ name }) => deviceArn(name) === arn);
    if (device !== undefined) return { device, platform };
  }
  throw refusalOf(call, arn, ['device']);
}

import { argumentError, invalid } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import { addRun } from '../seeding/add-run.ts';
import type { BillingMethod } from '../status.ts';
import { runItem } from '../views/run-item.ts';
import type { Call, Operation } from './call.ts';
import { readArnText } from './read-arn.ts';
import { readBillingMethod } from './read-billing-method.ts';
import { readName, readNumber, readObject, readString } from './read-input.ts';
import { readProject } from './read-project.ts';
import { selectDevices } from './select-devices.ts';

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

import { parseArn } from '../arn.ts';
import { catalogue, type DeviceSeed, deviceArn } from '../devices.ts';
import { addSession } from '../seeding/add-session.ts';
import type { Platform } from '../status.ts';
import { sessionItem } from '../views/session-item.ts';
import type { Call, Operation } from './call.ts';
import { readArnText, refusalOf } from './read-arn.ts';
import { readBillingMethod } from './read-billing-method.ts';
import { readName, readObject, readString } from './read-input.ts';
import { readProject } from './read-project.ts';

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

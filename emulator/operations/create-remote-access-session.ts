import { catalogue, type DeviceSeed, deviceArn } from '../devices.ts';
import { addSession } from '../seeding/add-session.ts';
import type { Platform } from '../status.ts';
import { sessionItem } from '../views/session-item.ts';
import type { Call, Operation } from './call.ts';
import { readArnText, refusalOf } from './read-arn.ts';
import { readBillingMethod } from './read-billing-method.ts';
import { readObject, readString } from './read-input.ts';
import { readProject } from './read-project.ts';

/** Creates a session on a device of the catalogue, which waits for a free slot. */
export const createRemoteAccessSession: Operation = (call) => {
  const project = readProject(call, 'projectArn');
  const { device, platform } = readDevice(call);
  const session = addSession(call.seedContext, {
    project: project.arn ?? readArnText(call, 'projectArn'),
    name: readString(call.input, 'name'),
    platform,
    device: { ...device, instanceArn: readString(call.input, 'instanceArn') },
    billingMethod: readBillingMethod(readObject(call.input, 'configuration')),
    created: call.now,
    sessionMinutes: call.options.scheduled.sessionMinutes,
    result: call.options.scheduled.result,
    schedule: 'slots',
  });
  call.markChanged();
  return { remoteAccessSession: sessionItem(call.farm, call.options, session, call.now) };
};

function readDevice(call: Call): { readonly device: DeviceSeed; readonly platform: Platform } {
  const arn = readArnText(call, 'deviceArn');
  for (const platform of ['ANDROID', 'IOS'] as const) {
    const device = catalogue[platform].find(({ name }) => deviceArn(name) === arn);
    if (device !== undefined) return { device, platform };
  }
  throw refusalOf(call, arn, ['device']);
}

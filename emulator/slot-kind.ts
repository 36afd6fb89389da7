import type { Device } from './devices.ts';
import type { Slots } from './options.ts';
import type { BillingMethod } from './status.ts';

/** The slots that a job or session competes for. A private device is a slot of its own. */
export function slotOf(
  work: 'job' | 'session',
  billing: BillingMethod,
  device: Device,
  slots: Slots,
): { readonly kind: string; readonly capacity: number } {
  if (device.instanceArn !== undefined) return { kind: device.instanceArn, capacity: 1 };
  if (billing === 'METERED') {
    const capacity = work === 'job' ? slots.meteredAutomation : slots.meteredRemoteAccess;
    return { kind: `metered ${work}`, capacity };
  }
  const unmetered = work === 'job' ? slots.unmeteredAutomation : slots.unmeteredRemoteAccess;
  return { kind: `unmetered ${work} ${device.platform}`, capacity: unmetered[device.platform] };
}

import { catalogueDevice, type Device, type DeviceSeed, makeDevice, namedDevice } from '../devices.ts';
import { minutesToMs } from '../minutes.ts';
import type { SessionRecord } from '../records.ts';
import { slotOf } from '../slots.ts';
import type { BillingMethod, ExecutionStatus, Platform } from '../status.ts';
import { type Approach, type Plan, type Start, type Stop, startAt, startHeld } from '../timeline.ts';
import type { SeedContext } from './context.ts';
import type { Schedule, WorkSeed } from './seeds.ts';

/** What the kinds of work differ in. */
interface WorkDetails extends WorkSettings {
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

const never = Number.POSITIVE_INFINITY;

/** Everything about one job or session that its seed alone does not say. Epoch milliseconds and minutes. */
interface WorkSettings {
  readonly createdAt: number;
  readonly seededAt: number;
  readonly lastsMinutes: number;
  readonly timeoutMinutes: number;
  readonly queueLimitMinutes: number;
  readonly prepareMinutes: number;
  readonly setupMinutes: number;
  readonly schedule: Schedule;
}

interface Timing {
  readonly plan: Plan;
  readonly approach: Approach;
  readonly forcedStart?: Start;
  readonly stop?: Stop;
}

/** The timing of one job or session. Throws a RangeError for a status that a schedule by slots cannot hold. */
function timingOf(seed: WorkSeed, settings: WorkSettings, isPrivate: boolean): Timing {
  const approach = approachOf(seed, settings, isPrivate);
  const plan = planOf(seed, settings);
  if (settings.schedule === 'slots') {
    if (seed.status !== undefined) {
      throw new RangeError(`status ${seed.status} cannot be held in a schedule by slots: use a forced one`);
    }
    return { plan, approach };
  }
  return forcedTiming(seed, settings, { plan, approach });
}

function forcedTiming(seed: WorkSeed, settings: WorkSettings, timing: Timing): Timing {
  const { plan, approach } = timing;
  const startedAt = settings.createdAt + minutesToMs(seed.startAfterMinutes ?? 0);
  const held = seed.status !== undefined && heldBeforeTests.has(seed.status);
  const forcedStart = held ? startHeld(settings.createdAt, seed.status) : startAt(approach, startedAt);
  if (seed.status === 'STOPPING')
    return { plan, approach, forcedStart, stop: { at: startedAt, releaseAt: never } };
  if (seed.status !== 'COMPLETED' && seed.status !== 'PROCESSING') return { plan, approach, forcedStart };
  return { plan: endedBy(plan, settings.seededAt - startedAt), approach, forcedStart };
}

/** The same plan, but over when the device has been in use for `lastsMs`. */
function endedBy(plan: Plan, lastsMs: number): Plan {
  const setupMs = Math.min(plan.setupMs, Math.max(0, lastsMs));
  const testMs = Math.min(plan.testMs, Math.max(0, lastsMs - setupMs));
  const teardownMs = Math.min(plan.teardownMs, Math.max(0, lastsMs - setupMs - testMs));
  return { ...plan, setupMs, testMs, teardownMs };
}

const heldBeforeTests: ReadonlySet<ExecutionStatus> = new Set([
  'PENDING',
  'PENDING_CONCURRENCY',
  'PENDING_DEVICE',
  'SCHEDULING',
  'PREPARING',
]);

function planOf(seed: WorkSeed, settings: WorkSettings): Plan {
  const endless = seed.status === 'RUNNING' || seed.status === 'STOPPING';
  const processing = seed.status === 'PROCESSING' ? never : (seed.processingMinutes ?? 0);
  return {
    createdAt: settings.createdAt,
    setupMs: minutesToMs(seed.setupMinutes ?? settings.setupMinutes),
    testMs: endless ? never : minutesToMs(settings.lastsMinutes),
    teardownMs: minutesToMs(seed.teardownMinutes ?? 0.5),
    processingMs: minutesToMs(seed.status === 'COMPLETED' ? 0 : processing),
    timeoutMs: endless || processing === never ? never : minutesToMs(settings.timeoutMinutes),
    queueLimitMs: minutesToMs(settings.queueLimitMinutes),
    result: seed.result ?? 'PASSED',
  };
}

function approachOf(seed: WorkSeed, settings: WorkSettings, isPrivate: boolean): Approach {
  const waitsForDevice = seed.waitsFor === 'device' || (seed.waitsFor === undefined && isPrivate);
  return {
    createdAt: settings.createdAt,
    waitsFor: waitsForDevice ? 'PENDING_DEVICE' : 'PENDING_CONCURRENCY',
    pendingMs: minutesToMs(seed.pendingMinutes ?? 0.1),
    deviceWaitMs: minutesToMs(seed.deviceWaitMinutes ?? 0),
    schedulingMs: minutesToMs(seed.schedulingMinutes ?? 0.1),
    prepareMs: minutesToMs(seed.prepareMinutes ?? settings.prepareMinutes),
  };
}

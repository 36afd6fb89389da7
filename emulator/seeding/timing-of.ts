import type { Plan, Start, Stop } from '../course.ts';
import type { Approach } from '../start.ts';
import { startAt, startHeld } from '../start.ts';
import type { ExecutionStatus } from '../status.ts';
import { minutesToMs } from '../wire-time.ts';
import type { Schedule, WorkSeed } from './seeds.ts';

const never = Number.POSITIVE_INFINITY;

/** Everything about one job or session that its seed alone does not say. Epoch milliseconds and minutes. */
export interface WorkSettings {
  readonly createdAt: number;
  readonly seededAt: number;
  readonly lastsMinutes: number;
  readonly timeoutMinutes: number;
  readonly queueLimitMinutes: number;
  readonly prepareMinutes: number;
  readonly setupMinutes: number;
  readonly schedule: Schedule;
}

export interface Timing {
  readonly plan: Plan;
  readonly approach: Approach;
  readonly forcedStart?: Start;
  readonly stop?: Stop;
}

/** The timing of one job or session. Throws a RangeError for a status that a schedule by slots cannot hold. */
export function timingOf(seed: WorkSeed, settings: WorkSettings, isPrivate: boolean): Timing {
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

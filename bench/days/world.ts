import type { VirtualClock } from '../../local/virtual-clock.ts';
import { type Container, openServices, type Services, startContainer } from '../../test/harness/services.ts';
import type { Day } from './day.ts';

export const MINUTE = 60_000;
/** Midnight of every day; all of them are the same Wednesday. */
export const MIDNIGHT = Date.UTC(2026, 7, 5);
/** Items of a page; every listing of these days is read in full, whatever its size. */
const PAGE_SIZE = 100;
const SESSION_TIMEOUT = 150;

/** What a seed says of one job or session. */
export interface Truth {
  readonly arn: string;
  readonly kind: 'job' | 'session';
  readonly metered: boolean;
  /** Left alone it ends well: a test passes, a session is closed by who opened it. */
  readonly endsWell: boolean;
  /** It would go on until its timeout. */
  readonly hangs: boolean;
  readonly createdAt: number;
  readonly timeoutMinutes: number;
}

/** A day in an account of its own. */
export interface World extends Services, Container {
  readonly clock: VirtualClock;
  readonly truths: readonly Truth[];
}

/** An account at midnight, before the day of a seed: all of it is scheduled, and nothing of it exists yet. */
export async function worldOf(day: Day): Promise<World> {
  const services = await openServices(MIDNIGHT, {
    seed: day.seed,
    pageSize: PAGE_SIZE,
    slots: {
      meteredAutomation: day.slots,
      meteredRemoteAccess: 2,
      unmeteredAutomation: { ANDROID: 2, IOS: 0 },
      unmeteredRemoteAccess: { ANDROID: 0, IOS: 0 },
    },
  });
  const truths = seed(services, day);
  return { ...services, ...startContainer(services), truths };
}

function seed({ emulator }: Services, day: Day): readonly Truth[] {
  const projects = day.timeouts.map((timeout, index) =>
    emulator.addProject({ name: `team-${index}`, defaultJobTimeoutMinutes: timeout }),
  );
  const runs = day.runs.flatMap(({ project, name, atMinute, metered, tests }) => {
    const createdAt = MIDNIGHT + Math.round(atMinute * MINUTE);
    const { jobs } = emulator.addRun({
      project: projects[project] ?? '',
      name,
      created: createdAt,
      billingMethod: metered ? 'METERED' : 'UNMETERED',
      schedule: 'slots',
      jobs: tests.map(({ passes, ...test }) => ({ ...test, result: passes ? 'PASSED' : 'FAILED' })),
    });
    const timeoutMinutes = day.timeouts[project] ?? 0;
    return tests.map(({ passes, testMinutes, setupMinutes, teardownMinutes }, index): Truth => {
      const hangs = setupMinutes + testMinutes + teardownMinutes > timeoutMinutes;
      const endsWell = passes && !hangs;
      return { arn: jobs[index] ?? '', kind: 'job', metered, endsWell, hangs, createdAt, timeoutMinutes };
    });
  });
  const sessions = day.sessions.map(({ project, atMinute, minutes }): Truth => {
    const createdAt = MIDNIGHT + Math.round(atMinute * MINUTE);
    const arn = emulator.addSession({
      project: projects[project] ?? '',
      created: createdAt,
      sessionMinutes: minutes,
      schedule: 'slots',
    });
    const hangs = minutes > SESSION_TIMEOUT;
    const timeoutMinutes = SESSION_TIMEOUT;
    return { arn, kind: 'session', metered: true, endsWell: !hangs, hangs, createdAt, timeoutMinutes };
  });
  return [...runs, ...sessions];
}

import type { DeviceFarmEmulator } from '../device-farm/emulator.ts';

const MINUTE = 60_000;
const FOREVER = Number.POSITIVE_INFINITY;

/** Some work of the day, and what the guard is expected to do with it. */
export interface Expected {
  /** What it is and what must become of it, in words. */
  readonly promise: string;
  /** ARNs of its jobs or its session. */
  readonly arns: readonly string[];
  /** The rule that stops it, `manual` for the message of the demo, or nothing when it must be left alone. */
  readonly stoppedBy?: string;
}

/** A day of work in the emulator. Times are epoch milliseconds. */
export interface DayOfWork {
  /** ARNs of mobile-app, web-checkout and labs. */
  readonly projects: readonly [mobile: string, web: string, labs: string];
  readonly expected: readonly Expected[];
  /** The run that somebody stops by a message, and when. */
  readonly manual: { readonly target: string; readonly at: number };
  /** A session that nothing in the policy concerns: for the reader to stop. */
  readonly yours: string;
}

const MATRIX = [
  'Google Pixel 6',
  'Google Pixel 7',
  'Google Pixel 8',
  'Google Pixel 9',
  'Samsung Galaxy S22',
  'Samsung Galaxy S23',
  'Samsung Galaxy S24',
  'Samsung Galaxy S25',
];

/** When the demo looks at the day: after the first work came in, until the last has ended. Minutes after midnight. */
export const HOURS = { from: 8 * 60, until: 11 * 60 + 50 } as const;

/**
 * Fills an emulator with the work of three teams. `midnight` is the beginning of the day in UTC; the same midnight and emulator
 * options give the same ARNs.
 */
export function seedDay(emulator: DeviceFarmEmulator, midnight: number): DayOfWork {
  const at = (hours: number, minutes = 0) => midnight + (hours * 60 + minutes) * MINUTE;
  const created = at(-24 * 30);
  const mobile = emulator.addProject({ name: 'mobile-app', created });
  const web = emulator.addProject({ name: 'web-checkout', created });
  const labs = emulator.addProject({ name: 'labs', created });

  const night = { project: mobile, name: 'nightly', jobs: [{ testMinutes: 21 }, { testMinutes: 21 }] };
  emulator.addRun({ ...night, created: at(-18) });
  emulator.addRun({ ...night, created: at(6) });

  const smoke = (hours: number, minutes = 0) =>
    emulator.addRun({
      project: web,
      name: `smoke-${hours}`,
      created: at(hours, minutes),
      jobs: [{ device: 'Google Pixel 7a', testMinutes: 8 }],
    }).jobs;

  const stuck = emulator.addRun({
    project: web,
    name: 'safari-smoke',
    platform: 'IOS',
    created: at(5, 40),
    jobs: [{ status: 'PENDING_DEVICE' }, { status: 'PENDING_DEVICE' }],
  });
  const yours = emulator.addSession({
    project: labs,
    name: 'yours-to-stop',
    billingMethod: 'UNMETERED',
    created: at(8),
    status: 'RUNNING',
  });
  const login = emulator.addRun({
    project: mobile,
    name: 'login-regression',
    created: at(8, 5),
    jobs: [{ testMinutes: FOREVER }, { testMinutes: 24 }],
  });
  const matrix = emulator.addRun({
    project: labs,
    name: 'device-matrix',
    billingMethod: 'UNMETERED',
    created: at(8, 20),
    jobs: MATRIX.map((device) => ({ device, testMinutes: 50 })),
  });
  const session = emulator.addSession({ project: mobile, name: 'debug-login', created: at(8, 40) });
  const soak = emulator.addRun({
    project: labs,
    name: 'soak-test',
    billingMethod: 'UNMETERED',
    created: at(9),
    jobs: [{ testMinutes: FOREVER }],
  });
  const experiment = emulator.addRun({
    project: labs,
    name: 'experiment-42',
    created: at(9, 20),
    jobs: [{ testMinutes: FOREVER }, { testMinutes: FOREVER }],
  });
  const release = emulator.addRun({
    project: mobile,
    name: 'release-7.2',
    created: at(10),
    jobs: [{ testMinutes: 100 }],
  });
  const load = emulator.addRun({
    project: web,
    name: 'load-suite',
    created: at(10, 50),
    jobs: Array.from({ length: 4 }, () => ({ testMinutes: 45 })),
  });
  const [hung, fine] = login.jobs;
  return {
    projects: [mobile, web, labs],
    manual: { target: experiment.arn, at: at(9, 42) },
    yours,
    expected: [
      {
        promise: 'two jobs stuck in the queue were stopped for free',
        arns: stuck.jobs,
        stoppedBy: 'stuck-queue',
      },
      { promise: 'a run on 8 devices was stopped as a whole', arns: matrix.jobs, stoppedBy: 'wide-runs' },
      { promise: 'a metered job that hung was stopped', arns: list(hung), stoppedBy: 'long-jobs' },
      { promise: 'a session that somebody forgot was stopped', arns: [session], stoppedBy: 'long-jobs' },
      { promise: 'one message stopped a run with two jobs', arns: experiment.jobs, stoppedBy: 'manual' },
      {
        promise: 'metered work was stopped once the budget was spent',
        arns: load.jobs,
        stoppedBy: 'daily-budget',
      },
      { promise: 'what came after that was stopped too', arns: smoke(11, 12), stoppedBy: 'daily-budget' },
      { promise: 'an exempt release ran on, budget or not', arns: release.jobs },
      { promise: 'an unmetered job that hung was left to its timeout: it costs nothing', arns: soak.jobs },
      {
        promise: 'ordinary work was left alone',
        arns: [...smoke(8), ...smoke(9), ...smoke(10), ...list(fine)],
      },
    ],
  };
}

/** What comes in at a full hour when the demo stays: an ordinary run, one that hangs, and an unmetered one. */
export function seedHour(
  emulator: DeviceFarmEmulator,
  [mobile, web, labs]: DayOfWork['projects'],
  created: number,
): void {
  emulator.addRun({ project: web, name: 'smoke', created, jobs: [{ testMinutes: 8 }] });
  emulator.addRun({ project: mobile, name: 'regression', created, jobs: [{ testMinutes: FOREVER }] });
  emulator.addRun({
    project: labs,
    name: 'night-lab',
    billingMethod: 'UNMETERED',
    created,
    jobs: [{ testMinutes: 30 }, { testMinutes: 30 }],
  });
}

function list(arn: string | undefined): readonly string[] {
  return arn === undefined ? [] : [arn];
}

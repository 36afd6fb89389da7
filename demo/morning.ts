import type { JobSeed, WorkSeed } from '../emulator/seeding/seeds.ts';

/** One run or session of the demo's morning, and what is expected of AutoStop. */
export interface Work {
  readonly team: 'mobile-app' | 'web-checkout' | 'labs';
  readonly name: string;
  /** Minutes after midnight. */
  readonly created: number;
  /** On a slot of its own: not billed by the minute. */
  readonly unmetered?: boolean;
  readonly platform?: 'ANDROID' | 'IOS';
  /** Of a run; a session when it is absent. */
  readonly jobs?: readonly Job[];
  readonly session?: WorkSeed & Fate;
}

/** What must become of a job or session. */
export interface Fate {
  /** In words, for the end of the demo; absent: nothing is promised. */
  readonly promise?: string;
  /** The rule that stops it, `order` for the message of the demo; absent: it must be left alone. */
  readonly stoppedBy?: string;
}

type Job = JobSeed & Fate;

/** It goes on to its timeout. */
const HANGS = Number.POSITIVE_INFINITY;
const DAY = 24 * 60;

/** The run that somebody stops by a message. */
export const EXPERIMENT = 'experiment-42';
/** The session of each hour for the reader to stop. */
export const YOURS = 'yours-to-stop';
/** The run with the job that hangs. */
export const HUNG = 'login-regression';

const at = (hours: number, minutes = 0) => hours * 60 + minutes;
const each = (devices: readonly string[], seed: Job): readonly Job[] =>
  devices.map((device) => ({ ...seed, device }));

const PHONES = ['Google Pixel 7', 'Google Pixel 8', 'Samsung Galaxy S23', 'Samsung Galaxy S24'];
const ORDINARY: Job = { device: 'Google Pixel 7', testMinutes: 8, promise: 'ordinary work was left alone' };
const TRIED: Fate = { promise: 'what a rule on trial would have stopped was left alone' };

const MATRIX = [...PHONES, 'Google Pixel 6', 'Google Pixel 9', 'Samsung Galaxy S22', 'Samsung Galaxy S25'];
const IPHONES = ['Apple iPhone 15', 'Apple iPhone 14 Pro'];

/** Days before on which AutoStop was there already. */
export const HISTORY_DAYS = 3;
/** When it looked, in minutes after midnight: while the runs of those days were in flight, and when they had ended. */
export const HISTORY_SWEEPS = [at(8, 10), at(9)] as const;

/** What ran on those days: what is usual for these runs. */
const HISTORY: readonly Work[] = [3, 2, 1].flatMap((days): readonly Work[] => {
  const created = at(8) - days * DAY;
  return [
    { team: 'mobile-app', name: HUNG, created, jobs: each(PHONES, { testMinutes: 22 + days }) },
    { team: 'web-checkout', name: 'load-suite', created, jobs: each(PHONES, { testMinutes: 42 + days }) },
    {
      team: 'web-checkout',
      name: 'safari-smoke',
      created,
      platform: 'IOS',
      jobs: each(IPHONES, { testMinutes: 12 }),
    },
    {
      team: 'labs',
      name: 'device-matrix',
      created,
      unmetered: true,
      jobs: each(MATRIX, { testMinutes: 28 }),
    },
  ];
});

/** What comes in, in the order of the clock. */
export const MORNING: readonly Work[] = [
  ...HISTORY,
  {
    team: 'web-checkout',
    name: 'safari-smoke',
    created: at(5, 40),
    platform: 'IOS',
    jobs: each(IPHONES, {
      status: 'PENDING_DEVICE',
      promise: 'two jobs stuck in the queue were stopped for free',
      stoppedBy: 'stuck-queue',
    }),
  },
  { team: 'mobile-app', name: 'nightly', created: at(6), jobs: each(PHONES, { testMinutes: 21 }) },
  { team: 'web-checkout', name: 'smoke-8', created: at(8), jobs: [ORDINARY] },
  {
    team: 'mobile-app',
    name: HUNG,
    created: at(8, 5),
    jobs: [
      {
        device: 'Google Pixel 8',
        testMinutes: HANGS,
        promise: 'a metered job that hung was stopped',
        stoppedBy: 'long-jobs',
      },
      { ...ORDINARY, device: 'Samsung Galaxy S24', testMinutes: 24 },
    ],
  },
  {
    team: 'mobile-app',
    name: 'ui-checks',
    created: at(8, 10),
    jobs: [
      { ...TRIED, device: 'Google Pixel 6', testMinutes: 22 },
      { ...TRIED, device: 'Google Pixel 7', testMinutes: 24 },
      { ...TRIED, device: 'Samsung Galaxy S24', testMinutes: 38, result: 'FAILED' },
    ],
  },
  {
    team: 'labs',
    name: 'device-matrix',
    created: at(8, 20),
    unmetered: true,
    jobs: each(MATRIX, {
      testMinutes: 50,
      promise: 'a run on 8 devices was stopped as a whole, though unmetered: it blocked their slots',
      stoppedBy: 'wide-runs',
    }),
  },
  {
    // Device Farm ends a session after five idle minutes, and after 150 minutes in any case.
    team: 'mobile-app',
    name: 'agent-debugging',
    created: at(8, 40),
    session: { promise: 'a session that a script kept busy was stopped', stoppedBy: 'long-jobs' },
  },
  { team: 'web-checkout', name: 'smoke-9', created: at(9), jobs: [ORDINARY] },
  {
    team: 'labs',
    name: 'soak-test',
    created: at(9),
    unmetered: true,
    jobs: [
      { testMinutes: HANGS, promise: 'an unmetered job that hung was left to its timeout: it costs nothing' },
    ],
  },
  {
    team: 'labs',
    name: EXPERIMENT,
    created: at(9, 20),
    jobs: each(['Google Pixel 8', 'Samsung Galaxy S24'], {
      testMinutes: HANGS,
      promise: 'one message stopped a run with two jobs',
      stoppedBy: 'order',
    }),
  },
  { team: 'web-checkout', name: 'smoke-10', created: at(10), jobs: [ORDINARY] },
  {
    team: 'mobile-app',
    name: 'release-7.2',
    created: at(10),
    jobs: [{ testMinutes: 100, promise: 'an exempt release ran on, long and over budget' }],
  },
  {
    team: 'web-checkout',
    name: 'load-suite',
    created: at(10, 50),
    jobs: each(PHONES, {
      testMinutes: 45,
      promise: 'metered work was stopped once the budget was spent',
      stoppedBy: 'daily-budget',
    }),
  },
  {
    team: 'web-checkout',
    name: 'smoke-11',
    created: at(11, 12),
    jobs: [{ testMinutes: 8, promise: 'what came after that was stopped too', stoppedBy: 'daily-budget' }],
  },
];

/** What comes in once an hour when the demo stays: fewer items than the breaker looks at. */
export const EVERY_HOUR: readonly Work[] = [
  { team: 'labs', name: YOURS, created: 0, unmetered: true, session: {} },
  // On four devices 240 minutes are over in an hour.
  {
    team: 'labs',
    name: 'device-matrix',
    created: 0,
    unmetered: true,
    jobs: each(PHONES, { testMinutes: 90 }),
  },
  {
    team: 'mobile-app',
    name: 'ui-checks',
    created: 0,
    unmetered: true,
    jobs: each(['Google Pixel 6', 'Samsung Galaxy S24'], { testMinutes: 24 }),
  },
  { team: 'mobile-app', name: 'regression', created: 0, unmetered: true, jobs: [{ testMinutes: HANGS }] },
  // Metered: the budget decides.
  { team: 'web-checkout', name: 'smoke', created: 0, jobs: [{ testMinutes: 8 }] },
];

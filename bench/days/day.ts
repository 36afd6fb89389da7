import { seededRandom } from '../../local/device-farm/random.ts';
import { type Dice, diceOf } from './dice.ts';

/** One test on one device. Lengths in minutes; `testMinutes` is Infinity for a test that hangs until its timeout. */
export interface TestPlan {
  readonly testMinutes: number;
  readonly passes: boolean;
  readonly setupMinutes: number;
  readonly teardownMinutes: number;
}

/** One run of a day. `atMinute` counts from midnight, as all moments of a day do. */
export interface RunPlan {
  readonly project: number;
  readonly name: string;
  readonly atMinute: number;
  readonly metered: boolean;
  readonly tests: readonly TestPlan[];
}

/** A remote access session; `minutes` is Infinity for one that somebody left open. */
export interface SessionPlan {
  readonly project: number;
  readonly atMinute: number;
  readonly minutes: number;
}

/** A day of work in one account, and the budget that watches it. */
export interface Day {
  readonly seed: number;
  /** Devices that metered tests may use at once. */
  readonly slots: number;
  /** Timeout of the jobs of each project. */
  readonly timeouts: readonly number[];
  readonly runs: readonly RunPlan[];
  readonly sessions: readonly SessionPlan[];
  readonly limitUsd: number;
  readonly maxStopsPerHour: number;
}

const OPENS = 8 * 60;
const CLOSES = 17 * 60;

/** The day of a seed: peaks in the morning and before the evening, and now and then something that runs away. */
export function dayOf(seed: number): Day {
  const dice = diceOf(seededRandom(seed));
  const timeouts = dice.times(dice.whole(2, 4), () => dice.oneOf([60, 90, 120, 150]));
  const runs = [
    ...ordinaryRuns(dice, timeouts.length),
    ...unmeteredRuns(dice, timeouts.length),
    ...(dice.chance(0.35) ? loop(dice, timeouts.length) : []),
  ];
  return {
    seed,
    slots: dice.whole(3, 8),
    timeouts,
    runs: (dice.chance(0.2) ? withBrokenPool(dice, runs) : runs).toSorted((a, b) => a.atMinute - b.atMinute),
    sessions: sessions(dice, timeouts.length),
    limitUsd: dice.oneOf([60, 80, 100, 120, 150]),
    maxStopsPerHour: dice.chance(0.2) ? dice.whole(15, 60) : 200,
  };
}

function ordinaryRuns(dice: Dice, projects: number): RunPlan[] {
  return dice.times(dice.whole(14, 32), (index) => {
    const typical = dice.between(3, 32);
    return {
      project: dice.whole(0, projects - 1),
      name: `build-${index}`,
      atMinute: busyMinute(dice),
      metered: true,
      tests: dice.times(dice.whole(1, 4), () => test(dice, typical)),
    };
  });
}

function unmeteredRuns(dice: Dice, projects: number): RunPlan[] {
  return dice.times(dice.whole(2, 5), (index) => ({
    project: dice.whole(0, projects - 1),
    name: `own-slot-${index}`,
    atMinute: busyMinute(dice),
    metered: false,
    tests: dice.times(dice.whole(1, 2), () => test(dice, dice.between(5, 30))),
  }));
}

/** A script that schedules run after run; of some days each of them hangs. */
function loop(dice: Dice, projects: number): RunPlan[] {
  const project = dice.whole(0, projects - 1);
  const from = dice.between(OPENS + 30, CLOSES - 120);
  const every = dice.between(2, 5);
  const hangs = dice.chance(0.5);
  return dice.times(dice.whole(12, 36), (index) => ({
    project,
    name: `loop-${index}`,
    atMinute: from + index * every,
    metered: true,
    tests: dice.times(dice.whole(1, 2), () => (hangs ? hanging(dice) : test(dice, dice.between(4, 20)))),
  }));
}

/** The devices of one project hang for an hour or two. */
function withBrokenPool(dice: Dice, runs: readonly RunPlan[]): RunPlan[] {
  const from = dice.between(OPENS, CLOSES - 60);
  const until = from + dice.between(60, 120);
  const project = dice.whole(0, 1);
  return runs.map((run) => {
    const struck = run.metered && run.project === project && run.atMinute >= from && run.atMinute < until;
    return struck ? { ...run, tests: run.tests.map(() => hanging(dice)) } : run;
  });
}

function sessions(dice: Dice, projects: number): SessionPlan[] {
  const used = dice.times(dice.whole(0, 2), () => dice.between(5, 40));
  const leftOpen = dice.chance(0.3) ? dice.times(dice.whole(1, 2), () => Number.POSITIVE_INFINITY) : [];
  return [...used, ...leftOpen].map((minutes) => ({
    project: dice.whole(0, projects - 1),
    atMinute: busyMinute(dice),
    minutes,
  }));
}

/** Most tests pass, some fail, few hang. */
function test(dice: Dice, typicalMinutes: number): TestPlan {
  if (dice.chance(0.04)) return hanging(dice);
  return {
    ...overhead(dice),
    testMinutes: Math.min(40, Math.max(3, typicalMinutes * dice.between(0.7, 1.3))),
    passes: !dice.chance(0.1),
  };
}

function hanging(dice: Dice): TestPlan {
  return { ...overhead(dice), testMinutes: Number.POSITIVE_INFINITY, passes: false };
}

function overhead(dice: Dice): Pick<TestPlan, 'setupMinutes' | 'teardownMinutes'> {
  return { setupMinutes: dice.between(0.3, 1.5), teardownMinutes: dice.between(0.3, 1.5) };
}

/** Half past nine and four are busy, the rest of the day less so. */
function busyMinute(dice: Dice): number {
  if (dice.chance(0.25)) return dice.between(OPENS, CLOSES);
  const peak = dice.chance(0.55) ? 9.5 * 60 : 16 * 60;
  return Math.min(CLOSES, Math.max(OPENS, peak + dice.between(-50, 50) + dice.between(-30, 30)));
}

import { crossableIn } from './crossable-in.ts';
import type { Day } from './day.ts';
import { followClock } from './follow-clock.ts';
import { InFlight } from './in-flight.ts';
import { type Lived, livedIn } from './lived.ts';
import { policyOfDay, type Watching } from './policy-of-day.ts';
import type { Strategy } from './strategy.ts';
import { MIDNIGHT, MINUTE, type World, worldOf } from './world.ts';

/** Minutes between two looks. */
const INTERVAL = 10;
const FIRST_LOOK = 8 * 60;
/** Minutes from midnight after which everything has ended, whoever looks: a queue of hanging tests is long. */
const AFTER_ALL = 5 * 24 * 60;

/** Lives a day under a strategy, or under none, and tells what became of everything. */
export async function live(day: Day, watching: Watching, strategy?: Strategy): Promise<readonly Lived[]> {
  const world = await worldOf(day);
  const leave = followClock(world.clock);
  try {
    if (strategy) await watch(world, strategy, day, watching);
    world.clock.advanceTo(MIDNIGHT + AFTER_ALL * MINUTE);
    return livedIn(world);
  } finally {
    leave();
  }
}

async function watch(world: World, strategy: Strategy, day: Day, watching: Watching): Promise<void> {
  const policy = policyOfDay(day, watching);
  const inFlight = new InFlight(world);
  for (let minute = FIRST_LOOK; !inFlight.isOver; minute += INTERVAL) {
    world.clock.advanceTo(MIDNIGHT + minute * MINUTE);
    const work = inFlight.now();
    if (crossableIn(world, work, policy)) await strategy.look(world, policy, `look-${minute}`);
  }
}

import { hasEnded } from './lived.ts';
import type { Truth, World } from './world.ts';

/** What is in flight of a world; remembers what has ended, as nothing comes back. */
export class InFlight {
  readonly #world: World;
  #left: readonly Truth[];

  constructor(world: World) {
    this.#world = world;
    this.#left = world.truths;
  }

  /** Whether all work of the day has come and ended. */
  get isOver(): boolean {
    return this.#left.length === 0;
  }

  /** Drops what has ended by now, and gives what has come and has not. */
  now(): readonly Truth[] {
    const { clock } = this.#world;
    const hasCome = ({ createdAt }: Truth) => createdAt <= clock.now();
    this.#left = this.#left.filter((one) => !hasCome(one) || !hasEnded(this.#world, one.arn));
    return this.#left.filter(hasCome);
  }
}

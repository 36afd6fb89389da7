import { seededRandom } from '../../emulator/random.ts';

/** Chance from a seed: the same seed makes the same choices. */
export class Chance {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** True with that probability. */
  happens(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(choices: readonly [T, ...T[]] | readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new RangeError('there is nothing to pick from');
    return chosen;
  }

  /** Each with that probability. */
  some<T>(choices: readonly T[], probability: number): readonly T[] {
    return choices.filter(() => this.happens(probability));
  }
}

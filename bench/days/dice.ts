import type { Random } from '../../local/device-farm/random.ts';

/** Choices by a seeded source of numbers. */
export interface Dice {
  readonly chance: (probability: number) => boolean;
  readonly between: (low: number, high: number) => number;
  /** A whole number, both ends included. */
  readonly whole: (low: number, high: number) => number;
  readonly oneOf: <T>(choices: readonly [T, ...T[]]) => T;
  readonly times: <T>(count: number, make: (index: number) => T) => T[];
}

export function diceOf(random: Random): Dice {
  const whole = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  return {
    whole,
    chance: (probability) => random() < probability,
    between: (low, high) => low + random() * (high - low),
    oneOf: (choices) => choices[whole(0, choices.length - 1)] ?? choices[0],
    times: (count, make) => Array.from({ length: count }, (_, index) => make(index)),
  };
}

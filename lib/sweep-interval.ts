import { Duration, Token } from 'aws-cdk-lib';
import { SettingError } from './setting-error.ts';

const LONGEST_TIMEOUT_SECONDS = 240;
const MINUTES_PER_DAY = 1_440;

/** How often the sweep runs, and what follows from it. */
export interface SweepInterval {
  readonly every: Duration;
  /** Timeout of every function: below the interval, so that the lock of a dead invocation ends before the next. */
  readonly timeout: Duration;
  /** EventBridge Scheduler's words for it: `rate(1 minute)`, `rate(5 minutes)`. */
  readonly rate: string;
}

/**
 * @param every whole minutes, at least 1 and at most 1,440
 * @throws SettingError for anything else
 */
export function sweepInterval(every: Duration): SweepInterval {
  const minutes = wholeMinutes(every);
  const seconds = Math.min(LONGEST_TIMEOUT_SECONDS, Math.floor(minutes * 60 * 0.8));
  return {
    every: Duration.minutes(minutes),
    timeout: Duration.seconds(seconds),
    rate: `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`,
  };
}

function wholeMinutes(every: Duration): number {
  const minutes = Token.isUnresolved(every) ? Number.NaN : every.toMinutes({ integral: false });
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MINUTES_PER_DAY) {
    throw new SettingError(`interval is ${every.toString()}; use whole minutes from 1 to ${MINUTES_PER_DAY}`);
  }
  return minutes;
}

import { Duration, Stack, Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import { DEFAULT_API_SHARE, isShare, LONGEST_INVOCATION_SECONDS } from '../lambda/env.ts';
import type { Policy } from '../lambda/policy/schema.ts';

/** A property of a construct has a value that the stack cannot be built with. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly code = 'SETTING';
}

const MINUTES_PER_DAY = 1_440;

/** How often the sweep runs, and what follows from it. */
export interface SweepInterval {
  readonly every: Duration;
  /** Below the interval, so that the lock of a dead invocation ends before the next. */
  readonly timeout: Duration;
  /** EventBridge Scheduler's words for it: `rate(1 minute)`, `rate(5 minutes)`. */
  readonly rate: string;
}

/**
 * @param every whole minutes, at least 1 and at most 1,440
 * @throws SettingError for anything else
 */
export function sweepInterval(every: Duration): SweepInterval {
  const minutes = Token.isUnresolved(every) ? Number.NaN : every.toMinutes({ integral: false });
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MINUTES_PER_DAY) {
    throw new SettingError(`interval is ${every.toString()}; use whole minutes from 1 to ${MINUTES_PER_DAY}`);
  }
  return {
    every: Duration.minutes(minutes),
    timeout: Duration.seconds(Math.min(LONGEST_INVOCATION_SECONDS, Math.floor(minutes * 60 * 0.8))),
    rate: `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`,
  };
}

/**
 * @param retention whole days, at least 1; `undefined`: for ever
 * @returns days, for the function's environment
 * @throws SettingError for anything else
 */
export function auditRetentionDays(retention: Duration | undefined): number | undefined {
  if (retention === undefined) return undefined;
  const days = Token.isUnresolved(retention) ? Number.NaN : retention.toDays({ integral: false });
  if (!Number.isInteger(days) || days < 1) {
    throw new SettingError(
      `auditRetention is ${retention.toString()}; use whole days from 1, or leave it out`,
    );
  }
  return days;
}

/** @throws SettingError for a share that leaves nothing to one of both sides */
export function checkedShare(apiShare = DEFAULT_API_SHARE): number {
  if (isShare(apiShare)) return apiShare;
  throw new SettingError(`apiShare is ${apiShare}; use a number from 0.1 to 0.9`);
}

/** @throws SettingError for a text that is no address: a subscription to it would wait for ever */
export function checkedEmail(email: string): string {
  if (Token.isUnresolved(email) || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return email;
  throw new SettingError(`notificationEmail is "${email}"; use one address such as team@example.com`);
}

/** Device Farm exists in the partition `aws` only. */
export function checkPartition(scope: Construct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region)) return;
  const { partition = 'aws' } = RegionInfo.get(region);
  if (partition === 'aws') return;
  throw new SettingError(
    `region ${region} is in partition ${partition}; Device Farm exists in the partition aws only`,
  );
}

/** Whether rules may stop anything at all; otherwise the role of the sweep may not either. */
export function enforces({ mode, rules }: Policy): boolean {
  return mode === 'enforce' && rules.some((rule) => rule.mode !== 'observe');
}

import type { Duration } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import { SettingError } from './setting-error.ts';

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

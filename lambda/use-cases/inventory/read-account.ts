import type { AccountSettings } from '../../core/account-settings.ts';
import type { AccountMemory, DeviceFarm } from '../../ports.ts';
import type { Problems } from '../problems.ts';

/** Milliseconds for which settings that were read are good: they change when somebody buys slots, and as the trial is used up. */
const GOOD_FOR = 3_600_000;

export interface AccountPorts {
  readonly farm: Pick<DeviceFarm, 'accountSettings'>;
  readonly account: AccountMemory;
}

/**
 * The account's settings, read from Device Farm at most once an hour. Where they cannot be read, old ones are better than
 * none; without any, timeouts are the service's own and nothing is known of slots. `now` is epoch milliseconds.
 */
export async function readAccount(
  { farm, account }: AccountPorts,
  now: number,
  problems: Problems,
): Promise<AccountSettings | undefined> {
  const last = await problems.during(
    'what was remembered of the account could not be read',
    account.last(),
    undefined,
  );
  if (last && now - last.readAt < GOOD_FOR) return last.settings;
  const reading = await farm.accountSettings();
  if (reading.state === 'found') {
    const kept = account.keep(reading.value, now);
    await problems.during('the settings of the account could not be remembered', kept, undefined);
    return reading.value;
  }
  if (reading.state === 'unreadable') {
    problems.refused('the settings of the account could not be read', reading.error);
  }
  return last?.settings;
}

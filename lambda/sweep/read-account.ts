import type { AccountSettings } from '../model.ts';
import type { ItemKind, Snapshot } from '../store/state.ts';
import { isRecord } from '../text.ts';
import { HOUR } from '../time.ts';
import type { Invocation, Readers } from '../wiring.ts';

/** Milliseconds for which settings are good: they change when somebody buys slots, and as the trial is used up. */
const GOOD_FOR = HOUR;

export const ACCOUNT: ItemKind<{ readonly settings: AccountSettings; readonly readAt: number }> = {
  prefix: 'account',
  days: 100,
  parse: (value) => (isReadSettings(value) ? value : undefined),
};
const SETTINGS = 'settings';

/**
 * The account's settings, read from Device Farm at most once an hour. Where they cannot be read, old ones are better than
 * none; without any, timeouts are the service's own and nothing is known of slots.
 */
export async function readAccount(
  { farm, state }: Pick<Readers, 'farm' | 'state'>,
  snapshot: Snapshot,
  { now, diagnostics }: Invocation,
  { write }: { readonly write: boolean },
): Promise<AccountSettings | undefined> {
  const last = snapshot.get(ACCOUNT, SETTINGS)?.value;
  if (last && now - last.readAt < GOOD_FOR) return last.settings;
  const reading = await farm.accountSettings();
  if (reading.state === 'found') {
    const settings = reading.value;
    if (write) {
      await diagnostics.during(
        'the settings of the account could not be remembered',
        state.put(ACCOUNT, SETTINGS, { settings, readAt: now }),
        undefined,
      );
    }
    return settings;
  }
  if (reading.state === 'unreadable')
    diagnostics.refused('the settings of the account could not be read', reading.error);
  return last?.settings;
}

function isReadSettings(value: unknown): value is NonNullable<ReturnType<typeof ACCOUNT.parse>> {
  return (
    isRecord(value) &&
    Number.isFinite(value.readAt) &&
    isRecord(value.settings) &&
    isRecord(value.settings.unmeteredSlots) &&
    isRecord(value.settings.unmeteredSlots.jobs) &&
    isRecord(value.settings.unmeteredSlots.sessions)
  );
}

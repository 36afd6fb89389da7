import type { Commands, CommandTarget, FixedTargets } from '../../ports.ts';
import type { Table } from '../table.ts';
import { pack, unpack } from './packed.ts';
import { VersionedItem } from './versioned-item.ts';

/** Days that a command is remembered: SNS and Lambda repeat within hours. */
const KEEP_DAYS = 7;

/** A command as it is kept. Thousands of targets fit, as they are packed. */
interface Held {
  readonly targets: Uint8Array;
  readonly complete: boolean;
  readonly done: boolean;
}

/**
 * The targets of each message, in the state table.
 * @param clock epoch milliseconds, for expiry
 */
export function commands(table: Table, clock: () => number): Commands {
  const itemOf = (messageId: string) =>
    new VersionedItem(table, 'command', {
      sortKey: messageId,
      expires: Math.floor(clock() / 1000) + KEEP_DAYS * 86_400,
    });
  return {
    async find(messageId) {
      const held = await itemOf(messageId).change((one) => one);
      return isHeld(held) ? { ...fixedIn(held), done: held.done } : undefined;
    },
    async fix(messageId, found) {
      let fixed = found;
      await itemOf(messageId).change((held) => {
        fixed = isHeld(held) ? joined(fixedIn(held), found) : found;
        return isHeld(held) && held.complete ? held : { ...packed(fixed), done: false };
      });
      return fixed.targets;
    },
    async finish(messageId) {
      await itemOf(messageId).change((held) =>
        isHeld(held)
          ? { ...held, complete: true, done: true }
          : { ...packed({ targets: [], complete: true }), done: true },
      );
    },
  };
}

/** A complete list stays as it is; one that lacked something takes up what is new. */
function joined(before: FixedTargets, found: FixedTargets): FixedTargets {
  if (before.complete) return before;
  const known = new Set(before.targets.map(({ arn }) => arn));
  const fresh = found.targets.filter(({ arn }) => !known.has(arn));
  return { targets: [...before.targets, ...fresh], complete: found.complete };
}

function packed({ targets, complete }: FixedTargets): Omit<Held, 'done'> {
  return { targets: pack(targets.map(kept)), complete };
}

/** What a later delivery needs to know of a target; what it has used is read again. */
function kept({ kind, arn, subject, billing, timeoutMinutes }: CommandTarget): CommandTarget {
  const { project, run, device } = subject ?? {};
  return { kind, arn, ...(subject && { subject: { project, run, device } }), billing, timeoutMinutes };
}

function fixedIn({ targets, complete }: Held): FixedTargets {
  const list = unpack(targets);
  return { targets: Array.isArray(list) ? list.filter(isTarget) : [], complete };
}

function isHeld(value: unknown): value is Held {
  if (typeof value !== 'object' || value === null) return false;
  const { targets, complete, done }: Partial<Record<keyof Held, unknown>> = value;
  return targets instanceof Uint8Array && typeof complete === 'boolean' && typeof done === 'boolean';
}

function isTarget(value: unknown): value is CommandTarget {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, arn }: Partial<Record<keyof CommandTarget, unknown>> = value;
  return (kind === 'job' || kind === 'session') && typeof arn === 'string';
}

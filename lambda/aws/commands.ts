import type { Commands } from '../ports.ts';
import type { Table } from './table.ts';

const PARTITION = 'command';
/** Days that a command is remembered: SNS and Lambda repeat within hours. */
const KEEP_DAYS = 7;

/**
 * The targets of each message, in the state table.
 * @param clock epoch milliseconds, for expiry
 */
export function commands(table: Table, clock: () => number): Commands {
  const find: Commands['find'] = async (messageId) => {
    const item = await table.get({ pk: PARTITION, sk: messageId });
    return item && { targets: item.targets as readonly string[], done: item.done === true };
  };
  const put = (
    messageId: string,
    targets: readonly string[],
    done: boolean,
    condition?: { expression: string },
  ) =>
    table.put(
      {
        pk: PARTITION,
        sk: messageId,
        targets,
        done,
        expires: Math.floor(clock() / 1000) + KEEP_DAYS * 86_400,
      },
      condition,
    );
  return {
    find,
    async fix(messageId, targets) {
      if (await put(messageId, targets, false, { expression: 'attribute_not_exists(pk)' })) return targets;
      return (await find(messageId))?.targets ?? targets;
    },
    async finish(messageId) {
      await put(messageId, (await find(messageId))?.targets ?? [], true);
    },
  };
}

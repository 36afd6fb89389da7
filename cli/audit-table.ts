import { wireAuditReader } from '../lambda/wiring.ts';
import type { Arguments, Option } from './command.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Environment variable that names the audit table when no option does. */
export const AUDIT_TABLE = 'AUTOSTOP_AUDIT_TABLE';

/** The option of commands that read the audit trail. */
export const TABLE: Option = { value: 'name', help: `the audit table; default: the value of ${AUDIT_TABLE}` };

/** Where its value comes from, for their help. */
export const WHICH_TABLE = `The table is the output AuditTableName of the guard's stack; the environment variable ${AUDIT_TABLE} names it as well.`;

/**
 * The audit trail in the table that the options or the environment name.
 * @throws UsageError when neither does
 */
export function openAuditTrail(
  values: Arguments['values'],
  { env }: Pick<Terminal, 'env'>,
): ReturnType<typeof wireAuditReader> {
  const table = values.get('table') ?? env[AUDIT_TABLE];
  if (table) return wireAuditReader(table);
  throw new UsageError(
    `no audit table is named; give --table <name> or set ${AUDIT_TABLE} (output AuditTableName of the guard's stack)`,
  );
}

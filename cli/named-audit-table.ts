import { AUDIT_TABLE } from './audit-table.ts';
import type { Arguments } from './command.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/**
 * The audit table that the options or the environment name.
 * @throws UsageError when neither does
 */
export function namedAuditTable(values: Arguments['values'], { env }: Pick<Terminal, 'env'>): string {
  const table = values.get('table') ?? env[AUDIT_TABLE];
  if (table) return table;
  throw new UsageError(
    `no audit table is named; give --table <name> or set ${AUDIT_TABLE} (output AuditTableName of the guard's stack)`,
  );
}

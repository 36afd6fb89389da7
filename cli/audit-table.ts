import type { AuditTrail } from '../lambda/store/audit-trail.ts';
import { wireReaders } from '../lambda/wiring.ts';
import { type Arguments, type Option, UsageError } from './command.ts';
import { inOneLine } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Environment variable that names the audit table when no option does. */
export const AUDIT_TABLE = 'AUTOSTOP_AUDIT_TABLE';

/** Days of the audit trail that are read at once. */
export const DAYS_AT_ONCE = 4;

/** The option of commands that read the audit trail. */
export const TABLE: Option = { value: 'name', help: `the audit table; default: the value of ${AUDIT_TABLE}` };

/** Warns of a record that is malformed; the others are shown. */
export function warnOf({ err }: Pick<Terminal, 'err'>): (what: string) => void {
  return (what) => err(`warning: ${inOneLine(what)}; it is left out\n`);
}

/** Where its value comes from, for their help. */
export const WHICH_TABLE = `The table is the output AuditTableName of the stack; the environment variable ${AUDIT_TABLE} names it as well.`;

/**
 * The audit trail in the table that the options or the environment name.
 * @throws UsageError when neither does
 */
export function openAuditTrail(values: Arguments['values'], { env }: Pick<Terminal, 'env'>): AuditTrail {
  const auditTable = values.get('table') ?? env[AUDIT_TABLE];
  if (auditTable) return wireReaders({ auditTable }).audit;
  throw new UsageError(
    `no audit table is named; give --table <name> or set ${AUDIT_TABLE} (output AuditTableName of the stack)`,
  );
}

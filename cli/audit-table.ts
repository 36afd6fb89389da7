import type { AuditTrail } from '../lambda/store/audit-trail.ts';
import { wireReaders } from '../lambda/wiring.ts';
import type { Arguments, Option } from './command.ts';
import { findStack, WHICH_STACK } from './stack.ts';
import { inOneLine } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Environment variable that names the audit table when no option does. */
export const AUDIT_TABLE = 'AUTOSTOP_AUDIT_TABLE';

/** Days of the audit trail that are read at once. */
export const DAYS_AT_ONCE = 4;

/** The option of commands that read the audit trail. */
export const TABLE: Option = {
  value: 'name',
  help: `the audit table; default: the value of ${AUDIT_TABLE}, else that of the stack`,
};

/** Warns of a record that is malformed; the others are shown. */
export function warnOf({ err }: Pick<Terminal, 'err'>): (what: string) => void {
  return (what) => err(`warning: ${inOneLine(what)}; it is left out\n`);
}

/** Where its value comes from, for their help. */
export const WHICH_TABLE = `${WHICH_STACK} --table or the environment variable ${AUDIT_TABLE} names the audit table itself.`;

/**
 * The audit trail in the table that the options, the environment or the stack name.
 * @throws UsageError when no stack is found
 */
export async function openAuditTrail(
  values: Arguments['values'],
  terminal: Pick<Terminal, 'env'>,
): Promise<AuditTrail> {
  const named = values.get('table') ?? (terminal.env[AUDIT_TABLE] || undefined);
  const auditTable = named ?? (await findStack(values, terminal)).output('AuditTableName');
  return wireReaders({ auditTable }).audit;
}

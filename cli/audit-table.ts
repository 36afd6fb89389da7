/** Environment variable that names the audit table when no option does. */
export const AUDIT_TABLE = 'AUTOSTOP_AUDIT_TABLE';

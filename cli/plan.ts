import { type PlanWiring, wirePlan } from '../lambda/wiring.ts';
import { AUDIT_TABLE } from './audit-table.ts';
import type { CommandSpec, ExitCode, RunCommand } from './command.ts';
import { makePlan } from './make-plan.ts';
import { planText } from './plan-text.ts';
import { readPolicy } from './read-policy.ts';
import { toReport } from './to-report.ts';
import { watchReading } from './watch-reading.ts';

export const planSpec: CommandSpec = {
  name: 'plan',
  summary: 'what the guard would stop now, and why; changes nothing',
  usage: '[--policy <file>] [--state-table <name>] [--audit-table <name>] [--as-enforced] [--json]',
  about: [
    'Reads every job and session that is not completed, and decides by the policy with the code of the guard. Only List and Get calls are made.',
    "Without --state-table budgets are computed from Device Farm's listings alone, and work that does not say since when it is RUNNING counts from now. With it, what the guard has settled and remembered is read as well; rules that need what it remembers (stalled, elastic) do not apply without it, and say so.",
    `Exemptions of the policy and of tags count always; pauses and exemptions by message only with --audit-table, or with ${AUDIT_TABLE} set: they are records of the audit trail.`,
    'Exit codes: 0 nothing to stop, 2 something would be stopped, 1 failure. A plan that lacks something says so at its top and on standard error; when it found nothing to stop in the rest, that is a failure and not a 0.',
  ],
  operands: [],
  options: {
    policy: { value: 'file', help: 'the policy to decide by; default policy.yaml' },
    'state-table': {
      value: 'name',
      help: "the guard's state table (output StateTableName), to read its memory",
    },
    'audit-table': {
      value: 'name',
      help: `the audit table (output AuditTableName), to heed pauses and exemptions by message; default $${AUDIT_TABLE}`,
    },
    'as-enforced': { help: 'decide as if the mode of the policy were enforce' },
    verbose: { help: 'each ARN, and what each rule says of it' },
    json: { help: 'the plan as JSON, in the format that docs/cli.md describes' },
  },
};

/** Stands in for what the guard remembers: nothing is settled but what the listings themselves show. */
const NO_STATE: Omit<NonNullable<PlanWiring['state']>, 'lessons'> = {
  memories: { all: async () => new Map() },
  ledger: { between: async () => [], days: async () => new Map() },
  history: { of: async () => new Map() },
  heldOrders: { all: async () => [] },
};

/** Stands in for an audit trail that nobody named: nobody steers. */
const NO_AUDIT: NonNullable<PlanWiring['audit']> = { of: async () => [] };

export const plan: RunCommand = async ({ values, flags }, terminal) => {
  const source = readPolicy(values.get('policy') ?? 'policy.yaml');
  const asEnforced = flags.has('as-enforced');
  const decidedBy = asEnforced ? { ...source.policy, mode: 'enforce' as const } : source.policy;
  const stateTable = values.get('state-table');
  const auditTable = values.get('audit-table') ?? (terminal.env[AUDIT_TABLE] || undefined);
  const {
    tags,
    audit = NO_AUDIT,
    state = NO_STATE,
    ...wiring
  } = wirePlan({ state: stateTable, audit: auditTable });
  const now = terminal.now();
  const { farm, end } = watchReading(wiring.farm, terminal);
  const made = await makePlan({ farm, tags, audit, ...state }, decidedBy, now).finally(end);
  const report = toReport(made, { source, decidedBy, asEnforced, stateTable, auditTable, now });
  terminal.out(
    flags.has('json')
      ? `${JSON.stringify(report, null, 2)}\n`
      : planText(report, { verbose: flags.has('verbose'), width: terminal.width }),
  );
  if (report.partial) terminal.err('warning: not everything could be read; the problems are in the plan\n');
  return exitCode(made.stops.length, report.partial);
};

/** "Nothing to stop" is only said of an account that was read in full. */
function exitCode(stops: number, partial: boolean): ExitCode {
  if (stops > 0) return 2;
  return partial ? 1 : 0;
}

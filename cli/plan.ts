import pMap from 'p-map';
import { parseArn } from '../lambda/arn.ts';
import { Diagnostics } from '../lambda/diagnostics.ts';
import type { Project } from '../lambda/model.ts';
import { policyVersion } from '../lambda/policy/deployed.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { assess } from '../lambda/sweep/assess.ts';
import { DAY, utcDay } from '../lambda/time.ts';
import { type Invocation, type Readers, wireReaders } from '../lambda/wiring.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import { AUDIT_TABLE, DAYS_AT_ONCE } from './audit-table.ts';
import type { CommandSpec, RunCommand } from './command.ts';
import { type ObservedRate, observedRates } from './observed-rates.ts';
import { planOutput, toReport } from './plan-report.ts';
import { planText } from './plan-text.ts';
import { findStack, STACK_NAME } from './stack.ts';
import { jsonText } from './table.ts';
import { coloured, watchReading } from './terminal.ts';

/** Days of the audit trail from which the results of observing are read. */
const OBSERVED_DAYS = 30;

export const planSpec: CommandSpec = {
  name: 'plan',
  summary: 'what AutoStop would stop now, and why; changes nothing',
  usage:
    '[--policy <file>] [--stack <name>] [--state-table <name>] [--audit-table <name>] [--as-enforced] [--exit-code] [--verbose] [--json]',
  about: [
    'Reads every job and session that is not completed, and decides by the policy with the code of AutoStop. It only reads.',
    `--stack, or ${STACK_NAME}, names a deployed AutoStop, whose tables are read too; or --state-table and --audit-table name them.`,
    'Without --state-table budgets are computed from the listings of Device Farm alone, and work that does not say since when it is RUNNING counts from now. With it, what AutoStop has settled and remembers is read as well; rules that need what it remembers (stalled, elastic) do not apply without it, and say so.',
    `Exemptions of the policy and of tags always count. Pauses and exemptions by message are records of the audit trail, and so are the results of rules that observe: both need --audit-table, or ${AUDIT_TABLE}.`,
    'Exit codes: 0, 1 failure, also when the plan lacks something: it says so at its top and on standard error. With --exit-code 3 means that something would be stopped, and 0 that nothing would be.',
  ],
  operands: [],
  options: {
    policy: { value: 'file', help: 'the policy to decide by; default policy.yaml' },
    stack: {
      value: 'name',
      help: `the stack of AutoStop, for both tables; default: the value of ${STACK_NAME}`,
    },
    'state-table': {
      value: 'name',
      help: 'the state table (output StateTableName), for what AutoStop remembers',
    },
    'audit-table': {
      value: 'name',
      help: `the audit table (output AuditTableName), for pauses and exemptions by message and for results of rules that observe; default: the value of ${AUDIT_TABLE}`,
    },
    'as-enforced': { help: 'decide as if the mode of the policy were enforce' },
    'exit-code': { help: 'end with 3 when something would be stopped, for scripts' },
    verbose: { help: 'each ARN, and what each rule says of it' },
    json: { help: 'the plan as JSON; schemas/plan.schema.json describes it' },
  },
  json: planOutput,
};

export const plan: RunCommand = async ({ values, flags }, terminal) => {
  const file = values.get('policy') ?? 'policy.yaml';
  const policy = policyFromFile(file);
  const asEnforced = flags.has('as-enforced');
  const isNamed = values.has('stack') || Boolean(terminal.env[STACK_NAME]);
  const stack = isNamed ? await findStack(values, terminal) : undefined;
  const stateTable = values.get('state-table') ?? stack?.output('StateTableName');
  const auditTable =
    values.get('audit-table') ?? (terminal.env[AUDIT_TABLE] || stack?.output('AuditTableName'));
  const now = terminal.now();
  const progress = watchReading(terminal);
  const readers = wireReaders({ stateTable, auditTable }, progress.onPage);
  const read = async () => {
    const projects = await listProjects(readers);
    const invocation = invocationFor(asEnforced ? { ...policy, mode: 'enforce' } : policy, {
      version: policyVersion(policy),
      accountId: projects.map(({ arn }) => parseArn(arn)?.account).find(Boolean) ?? '',
      now,
    });
    const assessment = await assess(readers, invocation, { write: false, projects });
    const observed =
      auditTable !== undefined && observes(policy) ? await ratesOf(readers, policy, invocation) : null;
    const origin = { file, policy, asEnforced, stateTable, auditTable, projects, observed };
    return toReport(assessment, origin, invocation);
  };
  const report = await read().finally(progress.end);
  terminal.out(
    flags.has('json')
      ? jsonText(report)
      : coloured(planText(report, flags.has('verbose'), terminal.width), terminal),
  );
  if (report.partial) terminal.err('warning: not everything could be read; the problems are in the plan\n');
  if (flags.has('exit-code') && report.counts.stop + report.counts.observe > 0) return 3;
  // "Nothing to stop" is only said of an account that was read in full.
  return report.partial ? 1 : 0;
};

/** The ARNs of projects tell which account this is; their timeouts are part of the plan. */
async function listProjects({ farm }: Pick<Readers, 'farm'>): Promise<readonly Project[]> {
  const projects: Project[] = [];
  for await (const page of farm.projects()) projects.push(...page);
  return projects;
}

/** A plan has all the time that it takes. A table that was named and does not answer ends it. */
function invocationFor(
  policy: Policy,
  { version, accountId, now }: { readonly version: string; readonly accountId: string; readonly now: number },
): Invocation {
  return {
    id: 'plan',
    now,
    msLeft: () => Number.MAX_SAFE_INTEGER,
    policy,
    policyVersion: version,
    accountId,
    accountName: accountId,
    diagnostics: new Diagnostics({ failFast: true }),
  };
}

function observes({ mode, rules }: Policy): boolean {
  return mode === 'observe' || rules.some((rule) => rule.mode === 'observe');
}

async function ratesOf(
  { audit }: Pick<Readers, 'audit'>,
  { rules }: Policy,
  { now, diagnostics }: Invocation,
): Promise<readonly ObservedRate[]> {
  const days = Array.from({ length: OBSERVED_DAYS }, (_, index) => utcDay(now - index * DAY));
  const onMalformed = (what: string) => diagnostics.note(`${what}; it is left out`);
  const records = await pMap(days, (day) => audit.onDay(day, onMalformed), { concurrency: DAYS_AT_ONCE });
  return observedRates(records.flat(), rules);
}

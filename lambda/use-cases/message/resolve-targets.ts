import { parseArn } from '../../core/arn.ts';
import { ListingError } from '../../core/errors.ts';
import type { StopCommand } from '../../core/messages/command.ts';
import type { Policy } from '../../core/policy/schema.ts';
import { rank } from '../../core/safety/rank.ts';
import { protectionOf } from '../../core/steering/protection.ts';
import { type Subject, subjectOf } from '../../core/stops/stop-record.ts';
import type { WorkItem } from '../../core/work-item.ts';
import type { Invocation } from '../../ports.ts';
import { type InventoryPorts, takeInventory } from '../inventory/take-inventory.ts';
import type { StopTarget } from '../stop/stop-order.ts';
import { accountTimeout, type ContextPorts, contextOfRun, contextOfSession } from './target-context.ts';

/** What a command means right now. */
export interface Resolution {
  readonly targets: readonly StopTarget[];
  /** Items of the target that stay, and why; `exempt` by the policy: what the audit trail keeps of them. */
  readonly kept: readonly {
    readonly item: { readonly arn: string };
    readonly why: string;
    readonly exempt?: Subject;
  }[];
  /** Items of the target whose stop is kept for later, and why. */
  readonly held?: readonly { readonly arn: string; readonly why: string }[];
  /** What could not be read: the list of targets may lack some. */
  readonly unreadable: readonly string[];
  /** The named run or project does not exist. */
  readonly missing?: string;
}

const NOTHING: Resolution = { targets: [], kept: [], unreadable: [] };

export type ResolvePorts = Omit<InventoryPorts, 'keeper'> & ContextPorts;

/** What is to be resolved: a command, under this policy and now. */
export interface ResolveRequest {
  readonly command: StopCommand;
  readonly policy: Policy;
  readonly invocation: Invocation;
}

/** Finds the jobs and sessions that a command names. Reads, and writes nothing. */
export function resolveTargets(ports: ResolvePorts, request: ResolveRequest): Promise<Resolution> {
  const { target } = request.command;
  switch (target.kind) {
    case 'job':
      return resolveJob(ports, target.arn);
    case 'session':
      return resolveSession(ports, target.arn);
    case 'run':
      return resolveRun(ports, target.arn);
    case 'project':
    case 'account':
      return resolveProjects(ports, request);
  }
}

/** A job by itself tells neither names nor billing nor its timeout; its run and the list of projects do. */
async function resolveJob(ports: ResolvePorts, arn: string): Promise<Resolution> {
  const runArn = parseArn(arn)?.runArn;
  const run = runArn === undefined ? undefined : await ports.farm.run(runArn);
  const context = run?.state === 'found' ? await contextOfRun(ports, run.value) : {};
  return { ...NOTHING, targets: [{ kind: 'job', arn, ...context }] };
}

async function resolveSession(ports: ResolvePorts, arn: string): Promise<Resolution> {
  return { ...NOTHING, targets: [{ kind: 'session', arn, ...(await contextOfSession(ports, arn)) }] };
}

async function resolveRun(ports: ResolvePorts, arn: string): Promise<Resolution> {
  const run = await ports.farm.run(arn);
  if (run.state === 'gone') return { ...NOTHING, missing: `run ${arn} does not exist` };
  const context = run.state === 'found' ? await contextOfRun(ports, run.value) : {};
  const jobs = new Set<string>();
  const targets = () => [...jobs].map((job) => ({ kind: 'job' as const, arn: job, ...context }));
  try {
    for await (const page of ports.farm.jobs(arn)) for (const job of page) jobs.add(job.arn);
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
    return { ...NOTHING, targets: targets(), unreadable: [error.message] };
  }
  return { ...NOTHING, targets: targets() };
}

async function resolveProjects(
  ports: ResolvePorts,
  { command, policy, invocation }: ResolveRequest,
): Promise<Resolution> {
  const { target } = command;
  const only =
    target.kind === 'account' ? () => true : ({ arn }: { readonly arn: string }) => arn === target.arn;
  const accountTimeoutMinutes = await accountTimeout(ports);
  const inventory = await takeInventory(ports, { policy, only, accountTimeoutMinutes }, invocation);
  const unreadable = inventory.partial ? inventory.problems : [];
  if (target.kind === 'project' && inventory.projects.length === 0 && !inventory.partial) {
    return { ...NOTHING, missing: `project ${target.arn} does not exist` };
  }
  const judged = rank(
    inventory.items.map((item) => ({ item, ...judge(item, command, policy, invocation.now) })),
  );
  return {
    targets: judged.flatMap(({ item, why }) => (why === undefined ? [targetOf(item, policy)] : [])),
    kept: judged.flatMap(({ item, why, exempt }) =>
      why === undefined ? [] : [{ item, why, ...(exempt && { exempt }) }],
    ),
    unreadable,
  };
}

function targetOf(item: WorkItem, { pricePerMeteredMinute }: Policy): StopTarget {
  return {
    kind: item.kind,
    arn: item.arn,
    billing: item.billing,
    timeoutMinutes: item.timeoutMinutes,
    subject: subjectOf(item, pricePerMeteredMinute),
  };
}

interface Judgement {
  /** Why the command leaves the item alone; absent when it does not. */
  readonly why?: string;
  readonly exempt?: Subject;
}

/** What a command for a project or the account means for one of its items. */
function judge(item: WorkItem, command: StopCommand, policy: Policy, now: number): Judgement {
  const why = whyKept(item, command);
  if (why !== undefined) return { why };
  const exemption = command.ignoreExemptions ? undefined : protectionOf(item, { policy, now });
  if (!exemption) return {};
  return { why: exemption.sentence, exempt: subjectOf(item, policy.pricePerMeteredMinute) };
}

function whyKept(item: WorkItem, command: StopCommand): string | undefined {
  if (item.phase === 'unknown') return `status "${item.status}" is not known`;
  if (item.phase === 'stopping') return 'it is stopping already';
  if (command.include === 'queued' && item.phase !== 'queued') return `it has started (${item.status})`;
  if (item.created !== undefined && item.created > command.sentAt)
    return 'it was created after the message was sent';
  return undefined;
}

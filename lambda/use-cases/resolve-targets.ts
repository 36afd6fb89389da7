import { parseArn } from '../core/arn.ts';
import type { StopCommand } from '../core/command.ts';
import { ListingError } from '../core/errors.ts';
import type { Policy } from '../core/policy/schema.ts';
import { protectionOf } from '../core/protection.ts';
import { rank } from '../core/rank.ts';
import type { Run } from '../core/service.ts';
import { type Subject, subjectOf } from '../core/stop-record.ts';
import type { WorkItem } from '../core/work-item.ts';
import type { DeviceFarm, Invocation } from '../ports.ts';
import type { StopTarget } from './stop-order.ts';
import { type InventoryPorts, takeInventory } from './take-inventory.ts';

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

/** Finds the jobs and sessions that a command names. Reads, and writes nothing. */
export function resolveTargets(
  ports: Omit<InventoryPorts, 'keeper'>,
  command: StopCommand,
  policy: Policy,
  invocation: Invocation,
): Promise<Resolution> {
  const { target } = command;
  switch (target.kind) {
    case 'job':
      return resolveJob(ports.farm, target.arn);
    case 'session':
      return Promise.resolve({ ...NOTHING, targets: [{ kind: 'session', arn: target.arn }] });
    case 'run':
      return resolveRun(ports.farm, target.arn);
    case 'project':
    case 'account':
      return resolveProjects(ports, command, policy, invocation);
  }
}

/** A job by itself tells neither names nor billing; its run and the list of projects do. */
async function resolveJob(farm: DeviceFarm, arn: string): Promise<Resolution> {
  const runArn = parseArn(arn)?.runArn;
  const run = runArn === undefined ? undefined : await farm.run(runArn);
  const context = run?.state === 'found' ? await contextOf(farm, run.value) : {};
  return { ...NOTHING, targets: [{ kind: 'job', arn, ...context }] };
}

async function resolveRun(farm: DeviceFarm, arn: string): Promise<Resolution> {
  const run = await farm.run(arn);
  if (run.state === 'gone') return { ...NOTHING, missing: `run ${arn} does not exist` };
  const context = run.state === 'found' ? await contextOf(farm, run.value) : {};
  const jobs = new Set<string>();
  const targets = () => [...jobs].map((job) => ({ kind: 'job' as const, arn: job, ...context }));
  try {
    for await (const page of farm.jobs(arn)) for (const job of page) jobs.add(job.arn);
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
    return { ...NOTHING, targets: targets(), unreadable: [error.message] };
  }
  return { ...NOTHING, targets: targets() };
}

async function contextOf(farm: DeviceFarm, run: Run): Promise<Pick<StopTarget, 'subject' | 'billing'>> {
  const project = await projectName(farm, parseArn(run.arn)?.projectArn);
  return { billing: run.billing, subject: { run: run.name, ...(project === undefined ? {} : { project }) } };
}

/** A name makes a record easier to read, and an order does not wait for it: without one the ARN stands there. */
async function projectName(farm: DeviceFarm, arn: string | undefined): Promise<string | undefined> {
  try {
    for await (const page of farm.projects()) {
      const found = page.find((project) => project.arn === arn);
      if (found) return found.name;
    }
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
  }
  return undefined;
}

async function resolveProjects(
  ports: Omit<InventoryPorts, 'keeper'>,
  command: StopCommand,
  policy: Policy,
  invocation: Invocation,
): Promise<Resolution> {
  const { target } = command;
  const only =
    target.kind === 'account' ? () => true : ({ arn }: { readonly arn: string }) => arn === target.arn;
  const inventory = await takeInventory(ports, { policy, only }, invocation);
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

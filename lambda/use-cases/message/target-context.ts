import { parseArn } from '../../core/arn.ts';
import { ListingError } from '../../core/errors.ts';
import type { Project, Run } from '../../core/service.ts';
import type { AccountMemory, DeviceFarm, Log } from '../../ports.ts';
import { Problems } from '../problems.ts';
import type { StopTarget } from '../stop/stop-order.ts';

export interface ContextPorts {
  readonly farm: Pick<DeviceFarm, 'projects'>;
  readonly account: Pick<AccountMemory, 'last'>;
  readonly log: Log;
}

/** What the ARN of work does not tell: names, billing, how long it may run. */
export type TargetContext = Pick<StopTarget, 'subject' | 'billing' | 'timeoutMinutes'>;

/** The context of jobs of a run. */
export async function contextOfRun(ports: ContextPorts, run: Run): Promise<TargetContext> {
  const project = await projectOf(ports.farm, run.arn);
  const timeoutMinutes = run.timeoutMinutes || (project && (await projectTimeout(ports, project)));
  return {
    billing: run.billing,
    subject: { run: run.name, ...(project && { project: project.name }) },
    ...(timeoutMinutes && { timeoutMinutes }),
  };
}

/** The context of a session, of which only the project's name is not its own. */
export async function contextOfSession({ farm }: ContextPorts, arn: string): Promise<TargetContext> {
  const project = await projectOf(farm, arn);
  return project ? { subject: { project: project.name } } : {};
}

/** The account's default timeout as the sweeps last read it; an order does not wait for it. */
export async function accountTimeout({
  account,
  log,
}: Omit<ContextPorts, 'farm'>): Promise<number | undefined> {
  const problems = new Problems();
  const what =
    "what was remembered of the account could not be read; its timeout is taken as the service's own";
  const last = await problems.during(what, account.last(), undefined);
  for (const problem of problems.all) log.warn('problem', { problem });
  return last?.settings.defaultJobTimeoutMinutes;
}

/** 0 is none. */
async function projectTimeout(ports: ContextPorts, project: Project): Promise<number | undefined> {
  return project.defaultJobTimeoutMinutes || (await accountTimeout(ports));
}

/** A name makes a record easier to read, and an order does not wait for it: without one the ARN stands there. */
async function projectOf(farm: ContextPorts['farm'], arn: string): Promise<Project | undefined> {
  const projectArn = parseArn(arn)?.projectArn;
  try {
    for await (const page of farm.projects()) {
      const found = page.find((project) => project.arn === projectArn);
      if (found) return found;
    }
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
  }
  return undefined;
}

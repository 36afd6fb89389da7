import { parseArn } from '../arn.ts';
import type { DeviceFarm } from '../device-farm/device-farm.ts';
import { AwsCallError } from '../errors.ts';
import { type Job, type Project, phaseOf, type Run, type Session, type StopTarget } from '../model.ts';
import { whyUnknown } from '../rules/decide.ts';
import type { Snapshot } from '../store/state.ts';
import { FirstSeen, jobItems, sessionItem } from '../sweep/inventory-items.ts';
import type { Reader } from '../sweep/inventory-listing.ts';
import { ACCOUNT } from '../sweep/read-account.ts';
import { plain } from '../text.ts';
import type { Invocation } from '../wiring.ts';
import type { StopOrder } from './meaning.ts';
import type { OrderTarget } from './memory.ts';

/** Where the targets of an order are looked for. */
export interface Search {
  readonly order: StopOrder;
  readonly farm: Reader & Pick<DeviceFarm, 'job'>;
  /** The rest of the time is for stops: nothing is listed any more. */
  isLate(): boolean;
  readonly snapshot: Snapshot;
  readonly invocation: Invocation;
  /** Takes targets as they are found, so that their stops need not wait for the rest. */
  readonly take: (found: readonly OrderTarget[]) => void;
  /** Told of what could not be read: the order is not finished. */
  readonly unreadable: (what: string) => void;
}

/**
 * The jobs of a run, and the run itself where it stands for jobs that are not listed yet.
 * @param isNamed the order names the run: nothing of it is to stay, so that one call stops all
 * @returns whether all its jobs were read
 */
export async function findInRun(
  run: Run,
  project: Project,
  search: Search,
  { isNamed = false }: { readonly isNamed?: boolean } = {},
): Promise<boolean> {
  const { order, farm, take, unreadable } = search;
  const jobs = new Map<string, Job>();
  let isComplete = true;
  try {
    for await (const page of farm.jobs(run.arn)) for (const job of page) if (job.arn) jobs.set(job.arn, job);
  } catch (error) {
    isComplete = false;
    // One call for the run stops the jobs that could not be listed as well.
    if (!isNamed || order.scope === 'queued') unreadable(messageOf(error));
  }
  const items = jobItems(run, [...jobs.values()], viewOf(project, search));
  const found: OrderTarget[] = items.map((target) => asMeant(target, target.usageAt, search));
  const nothingStays = found.every(({ settled }) => settled === undefined || settled.reason === STOPPING);
  const isListed = jobs.size > 0 && jobs.size >= (run.totalJobs ?? 0);
  // Of a message of AWS each stop counts for the cap, so that it names jobs where there are any.
  const isForUnlisted = !isListed && isComplete && (order.rule === undefined || jobs.size === 0);
  const byRun = isNamed ? order.scope === 'any' || jobs.size === 0 : isForUnlisted;
  const phase = isOf(project, run, search) ? phaseOf(run.status) : 'unknown';
  if (byRun && nothingStays && phase !== 'completed') {
    const { arn, created, billing, platform, testType, name, status, owner } = run;
    const facts = { arn, name, minutes: NONE, devices: jobs.size };
    const timeoutMinutes = run.timeoutMinutes || project.defaultJobTimeoutMinutes;
    const target: StopTarget = {
      ...{ arn, kind: 'run', name, status, phase, created, billing, platform, testType },
      project: { arn: project.arn, name: project.name },
      run: facts,
      ...(owner && { owner }),
      timeoutMinutes,
    };
    found.unshift(asMeant(target, created, search));
  }
  take(found);
  return isComplete;
}

function isOf(project: Project, { arn }: Run, { invocation }: Search): boolean {
  const parsed = parseArn(arn);
  return (
    parsed?.kind === 'run' && parsed.account === invocation.accountId && parsed.projectArn === project.arn
  );
}

export const OUT_OF_TIME = {
  name: 'OutOfTime',
  message: 'no time was left to read on',
  kind: 'other',
} as const;
const NONE = { total: 0, metered: 0, unmetered: 0 };
const STOPPING = 'it is stopping already';

export function sessionTargets(
  sessions: readonly Session[],
  project: Project,
  search: Search,
): readonly OrderTarget[] {
  return sessions
    .filter(({ arn, status }) => arn !== '' && phaseOf(status) !== 'completed')
    .map((session) => asMeant(sessionItem(session, viewOf(project, search)), session.created, search));
}

/** A target, settled when the order does not mean it. */
function asMeant(target: StopTarget, created: number | undefined, { order }: Search): OrderTarget {
  const { phase = 'unknown', status = '', arn } = target;
  const left = (reason: string): OrderTarget => ({ target, settled: { kind: 'left', reason } });
  if (phase === 'unknown') return left(whyUnknown({ arn, status }));
  if (!isMeant(created, order)) return left('it was created after the message was sent');
  if (phase === 'stopping') return left(STOPPING);
  if (order.scope === 'queued' && phase === 'started') return left(`it has started (${plain(status)})`);
  return { target };
}

/** Who names a project or the account means what they had then; who names a job, run or session means it. */
export function isMeant(created: number | undefined, { target, sentAt }: StopOrder): boolean {
  return !isBroad(target) || created === undefined || created <= sentAt;
}

export function isBroad({ kind }: StopOrder['target']): boolean {
  return kind === 'project' || kind === 'account';
}

export function viewOf(project: Project, { invocation: { now, accountId } }: Search) {
  return { project, accountId, now, firstSeen: new FirstSeen({ runningSince: {} }, now) };
}

/** A project without a timeout of its own has the account's, as a sweep last read it. */
export function withTimeout(project: Project, snapshot: Snapshot): Project {
  if (project.defaultJobTimeoutMinutes) return project;
  const [account] = snapshot.all(ACCOUNT).values();
  return { ...project, defaultJobTimeoutMinutes: account?.value.settings.defaultJobTimeoutMinutes };
}

/** @throws the error itself when it is no refusal by AWS, but a mistake in the code */
export function messageOf(error: unknown): string {
  if (error instanceof AwsCallError) return error.message;
  throw error;
}

import pMap from 'p-map';
import type { Charge } from '../core/charge.ts';
import { ListingError, SweepFailedError } from '../core/errors.ts';
import type { Policy } from '../core/policy/schema.ts';
import { withProgress } from '../core/progress.ts';
import type { ProjectMemory } from '../core/project-memory.ts';
import type { Job, Project, Session } from '../core/service.ts';
import { LIFETIME_HOURS } from '../core/settle.ts';
import { budgetHorizon } from '../core/spend/budget-state.ts';
import { blankMemory, type ProjectSurvey, survey } from '../core/survey.ts';
import type { WorkItem } from '../core/work-item.ts';
import type { DeviceFarm, Invocation, Ledger, ProjectMemories, RunHistory } from '../ports.ts';
import { Gathering } from './gathering.ts';
import { learnDurations } from './learn-durations.ts';
import { readProject } from './read-project.ts';
import { withinTime } from './within-time.ts';

/** Projects read at once; the rate limits are kept by the client. */
const PROJECTS_AT_ONCE = 16;
/** Part of the invocation's time after which no listing of projects, runs or sessions goes on. */
const LISTING_SHARE = 0.4;
/** Part after which nothing at all is read: what was listed last still gets its jobs read. */
const READING_SHARE = 0.5;

export interface InventoryPorts {
  readonly farm: DeviceFarm;
  readonly memories: Pick<ProjectMemories, 'all'>;
  /** Where settled charges and memories go; absent: nothing is written. */
  readonly keeper?: {
    readonly ledger: Pick<Ledger, 'add'>;
    readonly memories: Pick<ProjectMemories, 'save'>;
    readonly history: Pick<RunHistory, 'add'>;
  };
}

export interface InventoryRequest {
  readonly policy: Policy;
  /** Which projects; all when left out. */
  readonly only?: (project: Project) => boolean;
  /** Timeout of jobs whose run and project set none; the service's own when left out. */
  readonly accountTimeoutMinutes?: number;
}

/** Everything in flight, in the projects that were asked for. */
export interface Inventory {
  readonly projects: readonly Project[];
  readonly activeRuns: number;
  readonly items: readonly WorkItem[];
  /** Runs and sessions without final minutes. */
  readonly unsettled: readonly Charge[];
  /** Settled by this sweep; in the ledger by now, unless a problem says otherwise. */
  readonly settled: readonly Charge[];
  /** Every job and session that was seen, finished ones of active runs included, by ARN. */
  readonly seen: ReadonlyMap<string, Job | Session>;
  /** From when on all projects' runs and sessions are in the ledger or here; absent: not all are. Epoch ms. */
  readonly completeFrom?: number;
  /** Something could not be read: `problems` says what. */
  readonly partial: boolean;
  readonly problems: readonly string[];
  readonly accessDenied: number;
}

/**
 * Reads all projects, settles what has ended, remembers the rest. One unreadable project hides no other.
 * May use half of the invocation's time; projects that were cut off go first next time.
 * @throws SweepFailedError when not even the projects can be listed
 */
export async function takeInventory(
  ports: InventoryPorts,
  { policy, only = () => true, accountTimeoutMinutes }: InventoryRequest,
  invocation: Invocation,
): Promise<Inventory> {
  const inventory = new Gathering();
  const whole = invocation.msLeft();
  const isLate = () => invocation.msLeft() < whole * (1 - LISTING_SHARE);
  const farm = withinTime(ports.farm, isLate, () => invocation.msLeft() < whole * (1 - READING_SHARE));
  const memories = await recall(ports.memories, inventory);
  const projects = inFairOrder((await listProjects(farm, inventory)).filter(only), memories);
  const from = readFrom(policy, invocation.now);
  await pMap(
    projects,
    async (project) => {
      const memory = memories.get(project.arn) ?? blankMemory(project.arn);
      if (isLate()) return cutOff(ports, project, memory, inventory);
      const timed = withTimeout(project, accountTimeoutMinutes);
      await takeProject({ ...ports, farm }, timed, memory, { policy, from }, invocation.now, inventory);
    },
    { concurrency: PROJECTS_AT_ONCE },
  );
  return inventory.result(projects);
}

/** How far back the listings matter: to the oldest budget period in view, and as far as a run can live. */
function readFrom(policy: Policy, now: number): number {
  return Math.min(budgetHorizon(policy, [], now) ?? now, now - LIFETIME_HOURS * 3_600_000);
}

/** The project with the account's timeout where it sets none itself; 0 is none. */
function withTimeout(project: Project, accountTimeoutMinutes: number | undefined): Project {
  const defaultJobTimeoutMinutes = project.defaultJobTimeoutMinutes || accountTimeoutMinutes;
  return { ...project, ...(defaultJobTimeoutMinutes === undefined ? {} : { defaultJobTimeoutMinutes }) };
}

async function listProjects(farm: DeviceFarm, inventory: Gathering): Promise<readonly Project[]> {
  const projects = new Map<string, Project>();
  try {
    for await (const page of farm.projects()) for (const project of page) projects.set(project.arn, project);
  } catch (error) {
    if (!(error instanceof ListingError)) throw error;
    if (projects.size === 0) throw new SweepFailedError(error.message, { cause: error });
    inventory.problem(
      `not all projects could be listed: ${error.message}`,
      error.error.kind === 'accessDenied',
    );
  }
  return [...projects.values()];
}

async function takeProject(
  ports: InventoryPorts,
  project: Project,
  memory: ProjectMemory,
  { policy, from }: { readonly policy: Policy; readonly from: number },
  now: number,
  inventory: Gathering,
): Promise<void> {
  const { reading, problems, accessDenied } = await readProject(ports.farm, project, memory, from, now);
  const surveyed = survey(reading, memory, now);
  const watched = policy.rules.some(({ type }) => type === 'stalled');
  const found = watched ? withProgress(surveyed, reading, memory, now) : surveyed;
  inventory.take(found, problems, accessDenied);
  for (const work of [...reading.sessions, ...[...reading.jobs.values()].flat()])
    inventory.seen.set(work.arn, work);
  if (ports.keeper) {
    const learning = { farm: ports.farm, history: ports.keeper.history };
    await learnDurations(learning, policy, found.settled, reading, memory, ({ arn }, error) =>
      inventory.listingProblem(`what ${arn} teaches of durations could not be kept`, error),
    );
  }
  await remember(ports.keeper, found, memory).catch(
    inventory.callProblem(`project "${project.name}" could not be remembered`),
  );
}

/** The ledger before the mark: a crash in between costs a second writing, never a missing charge. */
async function remember(
  keeper: InventoryPorts['keeper'],
  found: ProjectSurvey,
  memory: ProjectMemory,
): Promise<void> {
  if (!keeper) return;
  if (found.settled.length > 0) await keeper.ledger.add(found.settled);
  const unchanged = JSON.stringify(memory) === JSON.stringify(found.memory);
  if (!unchanged) await keeper.memories.save(found.memory);
}

/** Without its memory the guard reads everything again and takes every first sight for a first: nothing wrong is stopped. */
async function recall(
  memories: InventoryPorts['memories'],
  inventory: Gathering,
): Promise<ReadonlyMap<string, ProjectMemory>> {
  const failed = inventory.callProblem('what was remembered of the projects could not be read');
  return (await memories.all().catch(failed)) ?? new Map();
}

async function cutOff(
  ports: InventoryPorts,
  project: Project,
  memory: ProjectMemory,
  inventory: Gathering,
): Promise<void> {
  inventory.problem(`project "${project.name}": no time was left to read it; it goes first next time`);
  inventory.keepUnread(memory);
  if (memory.cutOff) return;
  await ports.keeper?.memories
    .save({ ...memory, cutOff: true })
    .catch(inventory.callProblem(`project "${project.name}" could not be remembered`));
}

function inFairOrder(
  projects: readonly Project[],
  memories: ReadonlyMap<string, ProjectMemory>,
): readonly Project[] {
  const first = (project: Project): number => (memories.get(project.arn)?.cutOff ? 0 : 1);
  return projects.toSorted((a, b) => first(a) - first(b));
}

import pMap from 'p-map';
import { ListingError, SweepFailedError } from '../../core/errors.ts';
import type { ProjectMemory } from '../../core/inventory/project-memory.ts';
import { isScanDue, isSpared } from '../../core/inventory/scan.ts';
import { LIFETIME_HOURS } from '../../core/inventory/settle.ts';
import { blankMemory } from '../../core/inventory/survey.ts';
import type { Policy } from '../../core/policy/schema.ts';
import type { Project } from '../../core/service.ts';
import { budgetHorizon } from '../../core/spend/budget-state.ts';
import type { DeviceFarm, Invocation, ProjectMemories } from '../../ports.ts';
import { Gathering } from './gathering.ts';
import type { Inventory } from './inventory.ts';
import { type Errand, type ProjectPorts, takeProject } from './take-project.ts';
import { withinTime } from './within-time.ts';

/** Projects read at once; the rate limits are kept by the client. */
const PROJECTS_AT_ONCE = 16;
/** Part of the invocation's time after which no listing of projects, runs or sessions goes on. */
const LISTING_SHARE = 0.4;
/** Part after which nothing at all is read: what was listed last still gets its jobs read. */
const READING_SHARE = 0.5;

export interface InventoryPorts extends ProjectPorts {
  readonly memories: Pick<ProjectMemories, 'all'>;
}

export interface InventoryRequest {
  readonly policy: Policy;
  /** Which projects; all when left out. */
  readonly only?: (project: Project) => boolean;
  /** Timeout of jobs whose run and project set none; the service's own when left out. */
  readonly accountTimeoutMinutes?: number;
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
  const from = readFrom(policy, invocation.now);
  const errandOf = (project: Project): Errand => {
    const memory = memories.get(project.arn) ?? blankMemory(project.arn);
    // Without a keeper nothing would remember that a scan was made.
    const scan = ports.keeper !== undefined && isScanDue(memory, from, invocation.now);
    const spare = ports.keeper !== undefined && isSpared(memory, from, invocation.now);
    return { project: withTimeout(project, accountTimeoutMinutes), memory, depth: { from, scan, spare } };
  };
  const { projects: all, complete } = await listProjects(farm, inventory);
  const projects = all.filter(only);
  const unlisted = unlistedWork(memories, all, from).filter(({ project }) => only(project));
  if (!complete) for (const { memory } of unlisted) inventory.keepUnread(memory);
  await pMap(
    [...(complete ? unlisted : []), ...inFairOrder(projects.map(errandOf))],
    async (errand) => {
      if (isLate()) return cutOff(ports, errand, inventory);
      const reader = errand.isDeleted ? withoutListings(farm) : farm;
      await takeProject({ ...ports, farm: reader }, policy, errand, invocation.now, inventory);
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

/** What was in flight in projects that are not listed. A project that is deleted does not take with it what was spent in it. */
function unlistedWork(
  memories: ReadonlyMap<string, ProjectMemory>,
  projects: readonly Project[],
  from: number,
): readonly Errand[] {
  const listed = new Set(projects.map(({ arn }) => arn));
  return [...memories.values()].flatMap((memory) => {
    const [first] = Object.values(memory.unsettled);
    if (first === undefined || listed.has(memory.projectArn)) return [];
    return [{ project: first.charge.project, memory, depth: { from, scan: false }, isDeleted: true }];
  });
}

/** Of a project that is deleted nothing is listed: its work is asked for by itself. */
function withoutListings(farm: DeviceFarm): DeviceFarm {
  async function* none() {}
  return { ...farm, runs: none, sessions: none };
}

async function listProjects(
  farm: DeviceFarm,
  inventory: Gathering,
): Promise<{ readonly projects: readonly Project[]; readonly complete: boolean }> {
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
    inventory.uncovered();
    return { projects: [...projects.values()], complete: false };
  }
  return { projects: [...projects.values()], complete: true };
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
  { project, memory }: Errand,
  inventory: Gathering,
): Promise<void> {
  inventory.problem(`project "${project.name}": no time was left to read it; it goes first next time`);
  inventory.keepUnread(memory);
  if (memory.cutOff) return;
  await ports.keeper?.memories
    .save({ ...memory, cutOff: true })
    .catch(inventory.callProblem(`project "${project.name}" could not be remembered`));
}

/** What was cut off in the last sweep first; what is read in full, which takes long, when all others have been seen. */
function inFairOrder(errands: readonly Errand[]): readonly Errand[] {
  const turn = ({ memory, depth }: Errand): number => (memory.cutOff ? 0 : depth.scan ? 2 : 1);
  return errands.toSorted((a, b) => turn(a) - turn(b));
}

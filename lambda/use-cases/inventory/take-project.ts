import { withProgress } from '../../core/inventory/progress.ts';
import type { ProjectMemory } from '../../core/inventory/project-memory.ts';
import { type ProjectReading, type ProjectSurvey, survey } from '../../core/inventory/survey.ts';
import type { Policy } from '../../core/policy/schema.ts';
import type { Project } from '../../core/service.ts';
import { phaseOf } from '../../core/work-item.ts';
import type { DeviceFarm, Ledger, ProjectMemories, RunHistory } from '../../ports.ts';
import type { Gathering } from './gathering.ts';
import { learnDurations } from './learn-durations.ts';
import type { Depth } from './read-listing.ts';
import { type ReadProject, readProject } from './read-project.ts';

export interface ProjectPorts {
  readonly farm: DeviceFarm;
  /** Where settled charges and memories go; absent: nothing is written. */
  readonly keeper?: {
    readonly ledger: Pick<Ledger, 'add' | 'known'>;
    readonly memories: Pick<ProjectMemories, 'save'>;
    readonly history: Pick<RunHistory, 'add'>;
  };
}

/** One project to read, with what is remembered of it and how far it is to be read. */
export interface Errand {
  readonly project: Project;
  readonly memory: ProjectMemory;
  readonly depth: Depth;
  /** Remembered, and no longer listed. */
  readonly isDeleted?: boolean;
}

/** Reads one project, settles what has ended in it and remembers the rest. */
export async function takeProject(
  { farm, keeper }: ProjectPorts,
  policy: Policy,
  { project, memory, depth }: Errand,
  now: number,
  inventory: Gathering,
): Promise<void> {
  const read = await readProject(farm, project, memory, depth, now);
  const known = depth.scan ? await knownOf(keeper, read, memory, inventory) : undefined;
  const reading = known ? { ...read.reading, known } : read.reading;
  const surveyed = survey(reading, memory, now);
  const watched = policy.rules.some(({ type }) => type === 'stalled');
  const found = watched ? withProgress(surveyed, reading, memory, now) : surveyed;
  inventory.take(found, read.problems, read.accessDenied);
  inventory.note(...read.notes);
  for (const work of [...reading.sessions, ...[...reading.jobs.values()].flat()])
    inventory.seen.set(work.arn, work);
  if (!keeper) return;
  await learnDurations(
    { farm, history: keeper.history },
    policy,
    found.settled,
    reading,
    memory,
    ({ arn }, error) => inventory.listingProblem(`what ${arn} teaches of durations could not be kept`, error),
  );
  await remember(keeper, found, memory).catch(
    inventory.callProblem(`project "${project.name}" could not be remembered`),
  );
}

/** What the ledger holds of the ended work of a project that was read in full; `undefined` when that is not known. */
async function knownOf(
  keeper: ProjectPorts['keeper'],
  { reading, isFull }: ReadProject,
  { unsettled }: ProjectMemory,
  inventory: Gathering,
): Promise<ProjectReading['known']> {
  if (!keeper || !isFull) return undefined;
  const works = [...reading.runs, ...reading.sessions].flatMap(({ arn, status, created = 0 }) =>
    phaseOf(status) === 'completed' && created >= reading.from && !unsettled[arn] ? [{ arn, created }] : [],
  );
  return keeper.ledger
    .known(works)
    .catch(inventory.callProblem(`project "${reading.project.name}" could not be compared with the ledger`));
}

/** The ledger before the mark: a crash in between costs a second writing, never a missing charge. */
async function remember(
  keeper: NonNullable<ProjectPorts['keeper']>,
  found: ProjectSurvey,
  memory: ProjectMemory,
): Promise<void> {
  if (found.settled.length > 0) await keeper.ledger.add(found.settled);
  const unchanged = JSON.stringify(memory) === JSON.stringify(found.memory);
  if (!unchanged) await keeper.memories.save(found.memory);
}

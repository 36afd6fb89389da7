import { parseArn } from '../arn.ts';
import type { Job } from '../model.ts';
import type { ProjectReading } from './inventory-project.ts';
import type { ProjectSurvey } from './inventory-survey.ts';
import type { Progress, ProjectMemory } from './project-memory.ts';

/** The survey with the progress of each RUNNING job, in its item and in the memory. */
export function withProgress(found: ProjectSurvey, reading: ProjectReading, now: number): ProjectSurvey {
  const progress = progressOfJobs(reading, found.memory, now);
  return {
    ...found,
    items: found.items.map((item) => {
      const own = item.status === 'RUNNING' ? progress[item.arn] : undefined;
      return own ? { ...item, progress: { since: own.since, rose: own.rose } } : item;
    }),
    memory: { ...found.memory, progress },
  };
}

/** By job ARN; of jobs that this sweep did not see, what was known, as long as their run has not settled. */
function progressOfJobs(
  { jobs, task: { memory: before } }: ProjectReading,
  after: ProjectMemory,
  now: number,
): Readonly<Record<string, Progress>> {
  const known = before.progress ?? {};
  const all = [...jobs.values()].flatMap((read) => read.jobs);
  const seen = new Set(all.map(({ arn }) => arn));
  const hidden = Object.entries(known).filter(
    ([arn]) => !seen.has(arn) && after.unsettled[parseArn(arn)?.runArn ?? ''] !== undefined,
  );
  const running = all.filter(({ status }) => status === 'RUNNING');
  return Object.fromEntries([
    ...hidden,
    ...running.map((job) => [job.arn, progressOf(job, known[job.arn], now)] as const),
  ]);
}

function progressOf(job: Job, before: Progress | undefined, now: number): Progress {
  const counters = countersOf(job);
  if (!before) return { counters, since: now, rose: false };
  const names = new Set([...Object.keys(counters), ...Object.keys(before.counters)]);
  const moved = [...names].some((name) => counters[name] !== before.counters[name]);
  // A counter that was absent does not say where it stood: it has moved, and was not seen to rise.
  const rises = Object.entries(counters).some(
    ([name, value]) => value > (before.counters[name] ?? Number.POSITIVE_INFINITY),
  );
  return { counters, since: moved ? now : before.since, rose: before.rose || rises };
}

function countersOf({ counters, testCounters = {} }: Job): Readonly<Record<string, number>> {
  const minutes = Object.entries(counters).map(([name, value]) => [`${name}Minutes`, value] as const);
  return Object.fromEntries(
    [...Object.entries(testCounters), ...minutes].flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

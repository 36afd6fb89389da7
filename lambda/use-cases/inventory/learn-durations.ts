import type { Charge } from '../../core/charge.ts';
import type { ProjectMemory } from '../../core/inventory/project-memory.ts';
import { samplesOf } from '../../core/inventory/run-history.ts';
import type { ProjectReading } from '../../core/inventory/survey.ts';
import { matchesCharge } from '../../core/policy/match.ts';
import type { Policy } from '../../core/policy/schema.ts';
import type { Job } from '../../core/service.ts';
import type { DeviceFarm, RunHistory } from '../../ports.ts';

export interface LearningPorts {
  readonly farm: Pick<DeviceFarm, 'jobs'>;
  readonly history: Pick<RunHistory, 'add'>;
}

/**
 * Remembers how long the successful jobs of runs took that have just settled, for rules that compare with it: one ListJobs, one
 * read and one write for each such run. What settled at first sight, such as the history of a new guard, is not learnt.
 * @param failed told of each run of which the jobs could not be listed or nothing could be kept
 */
export async function learnDurations(
  ports: LearningPorts,
  { rules }: Policy,
  settled: readonly Charge[],
  reading: ProjectReading,
  before: ProjectMemory,
  failed: (charge: Charge, error: unknown) => void,
): Promise<void> {
  const elastic = rules.filter(({ type }) => type === 'elastic');
  for (const charge of settled) {
    const isNew = before.unsettled[charge.arn] !== undefined && !reading.gone.has(charge.arn);
    if (charge.kind !== 'run' || !isNew || !elastic.some(({ match }) => matchesCharge(match, charge)))
      continue;
    await learn(ports, charge, reading).catch((error) => failed(charge, error));
  }
}

async function learn(
  { farm, history }: LearningPorts,
  { arn, project, run = '' }: Charge,
  reading: ProjectReading,
): Promise<void> {
  const samples = samplesOf(await jobsOf(farm, arn, reading));
  if (samples.size > 0) await history.add(project.arn, run, samples);
}

async function jobsOf(
  farm: Pick<DeviceFarm, 'jobs'>,
  runArn: string,
  { jobs, cutShort }: ProjectReading,
): Promise<readonly Job[]> {
  const read = jobs.get(runArn);
  if (read && !cutShort.has(runArn)) return read;
  const listed: Job[] = [];
  for await (const page of farm.jobs(runArn)) listed.push(...page);
  return listed;
}

import pMap from 'p-map';
import { phaseOf, type WorkItem } from '../model.ts';
import { matchesItem } from '../policy/match.ts';
import { type DeviceSamples, historyKey, type JobHistories, samplesOf } from '../usage/histories.ts';
import type { Invocation, Readers } from '../wiring.ts';
import type { ProjectReading } from './inventory-project.ts';

/** Histories read or written at once. */
const AT_ONCE = 8;

/** The histories that `elastic` rules compare the items with: one read for each run name that has a job RUNNING. */
export async function readHistories(
  { histories }: Pick<Readers, 'histories'>,
  items: readonly WorkItem[],
  { policy, diagnostics }: Invocation,
): Promise<JobHistories> {
  const elastic = policy.rules
    .filter(({ type }) => type === 'elastic')
    .map(({ match }) => matchesItem(match));
  const wanted = new Map<string, { readonly projectArn: string; readonly runName: string }>();
  for (const item of items) {
    const { run, status, project } = item;
    if (!run || status !== 'RUNNING' || !elastic.some((matches) => matches(item))) continue;
    wanted.set(historyKey(project.arn, run.name, ''), { projectArn: project.arn, runName: run.name });
  }
  const read = await pMap(
    wanted.values(),
    async ({ projectArn, runName }) => {
      const what = 'a history of durations could not be read; rules that compare with it do not apply';
      const none: DeviceSamples = new Map();
      const samples = await diagnostics.during(what, histories.of(projectArn, runName), none);
      return [...samples].map(
        ([device, own]) =>
          [historyKey(projectArn, runName, device), own.map(({ minutes }) => minutes)] as const,
      );
    },
    { concurrency: AT_ONCE },
  );
  return new Map(read.flat());
}

/**
 * Remembers how long the successful jobs of runs took that were in flight at the last sweep and have ended, for `elastic` rules and
 * for likely savings. The runs of a new project's history are not looked at: their jobs were not listed.
 */
export async function keepDurations(
  { histories }: Pick<Readers, 'histories'>,
  { task, runs, jobs }: ProjectReading,
  { diagnostics }: Invocation,
): Promise<void> {
  const { project, memory } = task;
  const byName = new Map<string, DeviceSamples[]>();
  for (const { arn, name, status } of runs.items) {
    const before = memory.unsettled[arn];
    const read = jobs.get(arn);
    const hasJustEnded = phaseOf(status) === 'completed' && before && before.completedSince === undefined;
    if (!read || !hasJustEnded) continue;
    const samples = samplesOf(read.items);
    if (samples.size > 0) byName.set(name, [...(byName.get(name) ?? []), samples]);
  }
  for (const [name, all] of byName) {
    await diagnostics.during(
      `the durations of run "${name}" could not be kept`,
      histories.add(project.arn, name, together(all)),
      undefined,
    );
  }
}

function together(all: readonly DeviceSamples[]): DeviceSamples {
  const devices = new Set(all.flatMap((samples) => [...samples.keys()]));
  return new Map([...devices].map((device) => [device, all.flatMap((samples) => samples.get(device) ?? [])]));
}

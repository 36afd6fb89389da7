import pMap from 'p-map';
import { type Histories, historyKey } from '../../core/inventory/run-history.ts';
import { matchesItem } from '../../core/policy/match.ts';
import type { Policy } from '../../core/policy/schema.ts';
import type { WorkItem } from '../../core/work-item.ts';
import type { RunHistory } from '../../ports.ts';

/** Histories read at once. */
const READS_AT_ONCE = 8;

/** The histories that elastic rules compare the items with: one read for each run name that has a job RUNNING. */
export async function readHistories(
  history: Pick<RunHistory, 'of'>,
  { rules }: Policy,
  items: readonly WorkItem[],
): Promise<Histories> {
  const elastic = rules.filter(({ type }) => type === 'elastic');
  const wanted = new Map<string, { readonly projectArn: string; readonly runName: string }>();
  for (const item of items) {
    const { run, status, project } = item;
    if (!run || status !== 'RUNNING' || !elastic.some(({ match }) => matchesItem(match, item))) continue;
    wanted.set(historyKey(project.arn, run.name, ''), { projectArn: project.arn, runName: run.name });
  }
  const read = await pMap(
    wanted.values(),
    async ({ projectArn, runName }) =>
      [...(await history.of(projectArn, runName))].map(
        ([device, samples]) =>
          [historyKey(projectArn, runName, device), samples.map(({ minutes }) => minutes)] as const,
      ),
    { concurrency: READS_AT_ONCE },
  );
  return new Map(read.flat());
}

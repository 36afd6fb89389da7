import pMap from 'p-map';
import { parseArn } from '../arn.ts';
import type { Run, Session, WorkItem } from '../model.ts';
import type { Snapshot } from '../store/state.ts';
import { plain } from '../text.ts';
import type { Invocation, Readers } from '../wiring.ts';
import { ARN_SHOWN } from './inventory-items.ts';
import { type ProjectReading, readJobs } from './inventory-project.ts';
import { survey, withProgress } from './inventory-survey.ts';
import { PROJECT } from './project-memory.ts';

const AT_ONCE = 8;

/**
 * The named jobs and sessions as a sweep would see them now; those that have ended are left out. It remembers nothing. Work of a
 * project that no sweep has read is left out too: the next sweep sees it.
 */
export async function readItems(
  { farm }: Pick<Readers, 'farm'>,
  arns: readonly string[],
  snapshot: Snapshot,
  { accountId, now, diagnostics }: Invocation,
): Promise<readonly WorkItem[]> {
  const wanted = new Set(arns);
  const projects = new Map<
    string,
    ProjectReading & { runs: { items: Run[] }; sessions: { items: Session[] } }
  >();
  const subjects = new Map<string, string>();
  for (const arn of wanted) {
    const parsed = parseArn(arn);
    const memory = parsed && snapshot.get(PROJECT, parsed.projectArn)?.value;
    if (!parsed || !memory) {
      diagnostics.note(
        `${plain(arn, ARN_SHOWN)} is in no project that a sweep has read; the next sweep decides`,
      );
      continue;
    }
    subjects.set(parsed.runArn ?? arn, parsed.projectArn);
    if (projects.has(parsed.projectArn)) continue;
    const nothing = () => ({ items: [], complete: false, from: now, unordered: false });
    projects.set(parsed.projectArn, {
      task: { project: memory.project, memory, from: now },
      runs: nothing(),
      sessions: nothing(),
      jobs: new Map(),
      gone: new Set(),
    });
  }
  await pMap(
    subjects,
    async ([arn, projectArn]) => {
      const reading = projects.get(projectArn);
      if (!reading) return;
      const isSession = wanted.has(arn);
      const read = isSession ? await farm.session(arn) : await farm.run(arn);
      if (read.state === 'unreadable') diagnostics.refused(`${arn} could not be read`, read.error);
      if (read.state !== 'found') return;
      if ('privateDevice' in read.value) reading.sessions.items.push(read.value);
      else {
        reading.runs.items.push(read.value);
        await readJobs(farm, read.value, reading, diagnostics);
      }
    },
    { concurrency: AT_ONCE },
  );
  return [...projects.values()]
    .flatMap((reading) => withProgress(survey(reading, accountId, now), reading, now).items)
    .filter(({ arn }) => wanted.has(arn));
}

import pMap from 'p-map';
import { parseArn } from '../arn.ts';
import { readControls } from '../controls/controls.ts';
import type { Run, Session, StopResult, WorkItem } from '../model.ts';
import { closeDigest, openDigest } from '../notify/digests.ts';
import { recordHolds } from '../stop/hold.ts';
import type { CrossingMessage } from '../store/crossing-queue.ts';
import { Snapshot } from '../store/state.ts';
import { plain } from '../text.ts';
import { MINUTE } from '../time.ts';
import type { Invocation, Readers, Services } from '../wiring.ts';
import { digestOf } from './announce.ts';
import { decideOn } from './assess.ts';
import { ARN_SHOWN } from './inventory-items.ts';
import { type ProjectReading, readJobs } from './inventory-project.ts';
import { survey, withProgress } from './inventory-survey.ts';
import { PROJECT } from './project-memory.ts';
import { readHistories } from './read-histories.ts';
import { stopOver, sweep } from './sweep.ts';

/** A message that comes later says nothing that a sweep has not seen since. Milliseconds. */
const GOOD_FOR = 5 * MINUTE;
/** Runs and sessions read at once. */
const AT_ONCE = 8;

/**
 * Decides on work that was to cross a limit now: reads it again, asks the same `decide` and stops by the same `stop`. After a budget
 * it is a whole sweep. It is never tried again: the next sweep decides on everything.
 */
export async function decideNow(
  services: Services,
  { at, active, items }: CrossingMessage,
  invocation: Invocation,
): Promise<void> {
  const { log, metrics, state } = services;
  const { now, policy, diagnostics } = invocation;
  if (now - at > GOOD_FOR || policy.mode === 'observe') {
    log.info('crossing left to the sweep', { at, mode: policy.mode });
    return;
  }
  if (!items) {
    await sweep(services, invocation);
    return;
  }
  const [snapshot, controls] = await Promise.all([
    diagnostics.during('the state table could not be read', state.load(), new Snapshot([], new Set())),
    readControls(services, invocation),
  ]);
  const found = await readItems(services, items, snapshot, invocation);
  const histories = await readHistories(services, found, invocation);
  const work = { items: found, usages: [], budgets: [], histories, write: false };
  const { decisions } = await decideOn(services, work, controls, invocation);
  const decided = { snapshot, controls, decisions, active, complete: false };
  const stops = decisions.filter(({ action }) => action === 'stop');
  const isNoted = await openDigest(
    services,
    stops.map(({ item }) => item.arn),
    invocation,
  );
  const results = await stopOver(services, decided, invocation);
  const newlyHeld = await recordHolds(
    services,
    results.filter(({ kind }) => kind === 'held'),
    invocation,
  );
  const findings = { results, newlyHeld, newlyObserved: [], followUp: { results: [] } };
  await closeDigest(services, digestOf(findings, invocation), { isNoted }, invocation);
  const count = (kind: StopResult['kind']) => results.filter((result) => result.kind === kind).length;
  for (const problem of diagnostics.problems) log.warn('problem', { problem });
  for (const { kind, stop, reason, hold } of results)
    log.info('stop result', { arn: stop.target.arn, kind, hold, reason });
  metrics.trouble(count('failed') + diagnostics.accessDenied);
  log.info('crossing decided', {
    at,
    items: items.length,
    inFlight: found.length,
    stopped: count('stopped'),
  });
}

/**
 * The named jobs and sessions as a sweep would see them now; those that have ended are left out. It remembers nothing. Work of a
 * project that no sweep has read is left out too: the next sweep sees it.
 */
async function readItems(
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

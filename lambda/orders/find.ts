import pMap from 'p-map';
import { parseArn } from '../arn.ts';
import { AwsCallError } from '../errors.ts';
import { type Project, phaseOf, type Run, type Session } from '../model.ts';
import { jobItems, sessionItem } from '../sweep/inventory-items.ts';
import { Order as ListingOrder } from '../sweep/inventory-listing.ts';
import { type KnownInFlight, PROJECT, runsInFlight } from '../sweep/project-memory.ts';
import { HOUR } from '../time.ts';
import { LIFETIME_HOURS } from '../usage/settle.ts';
import {
  findInRun,
  isMeant,
  messageOf,
  OUT_OF_TIME,
  type Search,
  sessionTargets,
  viewOf,
  withTimeout,
} from './targets.ts';

/** Runs or projects looked at at once. */
const AT_ONCE = 8;

/** The work of a job, run or session that an order names. Gives what does not exist. */
export async function findNamed(search: Search): Promise<string | undefined> {
  const { order, farm, take } = search;
  if (order.target.kind === 'account') return undefined;
  const { kind, arn } = order.target;
  const project = await projectOf(arn, search);
  if (kind === 'session') {
    const reading = await farm.session(arn);
    take([
      reading.state === 'found'
        ? { target: sessionItem(reading.value, viewOf(project, search)) }
        : { target: { arn, kind, project } },
    ]);
    return undefined;
  }
  const runArn = parseArn(arn)?.runArn ?? arn;
  const run = await farm.run(runArn);
  if (kind === 'run') {
    if (run.state === 'gone') return `run ${arn} does not exist`;
    // A run that cannot be read is a target all the same: its stop reads it again.
    if (run.state === 'unreadable') take([{ target: { arn, kind, project } }]);
    else await findInRun(run.value, project, search, { isNamed: true });
    return undefined;
  }
  const job = await farm.job(arn);
  const [item] =
    run.state === 'found' && job.state === 'found'
      ? jobItems(run.value, [job.value], viewOf(project, search))
      : [];
  take([{ target: item ?? { arn, kind: 'job', project } }]);
  return undefined;
}

/** What sweeps have seen in flight, without a listing of runs. Gives the ARNs of these runs and sessions. */
export async function findKnown(search: Search): Promise<ReadonlySet<string>> {
  const { order, snapshot, take } = search;
  const known = runsInFlight(snapshot).filter(
    ({ projectArn }) => order.target.kind === 'account' || projectArn === order.target.arn,
  );
  await pMap(known, (one) => (one.runArn === undefined ? knownSession(one) : knownRun(one, one.runArn)), {
    concurrency: AT_ONCE,
  });
  return new Set(
    known.flatMap(({ runArn, sessionArn }) => [runArn, sessionArn].filter((arn) => arn !== undefined)),
  );

  async function knownRun(one: KnownInFlight, runArn: string): Promise<void> {
    const run = await search.farm.run(runArn);
    if (run.state === 'found') await findInRun(run.value, projectIn(one, search), search);
    else if (run.state === 'unreadable') search.unreadable(`run ${runArn}: ${run.error.message}`);
  }

  async function knownSession(one: KnownInFlight): Promise<void> {
    const { sessionArn = '' } = one;
    const session = await search.farm.session(sessionArn);
    if (session.state === 'found') take(sessionTargets([session.value], projectIn(one, search), search));
    else if (session.state === 'unreadable')
      search.unreadable(`session ${sessionArn}: ${session.error.message}`);
  }
}

/**
 * What no sweep has seen: the newest pages of each project, and the whole listing where it is not newest first.
 * @param known ARNs that are looked at already; `read`: projects that an earlier delivery has listed
 * @returns the projects that were listed, and what does not exist
 */
export async function findNew(
  search: Search,
  known: ReadonlySet<string>,
  read: readonly string[],
): Promise<{ readonly read: readonly string[]; readonly missing?: string }> {
  const { target } = search.order;
  const projects = await projectsOf(search);
  if (!projects) return { read: [] };
  if (target.kind === 'project' && projects.length === 0)
    return { read: [], missing: `project ${target.arn} does not exist` };
  const unread = projects.filter(({ arn }) => !read.includes(arn));
  const listed = await pMap(unread, (project) => findInProject(project, known, search), {
    concurrency: AT_ONCE,
  });
  return { read: unread.filter((_, index) => listed[index]).map(({ arn }) => arn) };
}

/** The projects that an order means; where they cannot be listed, those that sweeps know. `undefined`: nobody knows any. */
async function projectsOf({
  order,
  farm,
  snapshot,
  unreadable,
}: Search): Promise<readonly Project[] | undefined> {
  const { target } = order;
  const isOf = ({ arn }: Project) => target.kind === 'account' || arn === target.arn;
  const known = [...snapshot.all(PROJECT).values()].map(({ value }) => value.project).filter(isOf);
  if (target.kind === 'project' && known.length > 0) return known;
  const listed = new Map<string, Project>();
  try {
    for await (const page of farm.projects())
      for (const project of page.filter(isOf)) listed.set(project.arn, project);
    return [...listed.values()];
  } catch (error) {
    unreadable(messageOf(error));
    return known.length > 0 ? known : undefined;
  }
}

/** `false`: not everything could be read. */
async function findInProject(
  listedProject: Project,
  known: ReadonlySet<string>,
  search: Search,
): Promise<boolean> {
  const { farm, snapshot, take, unreadable } = search;
  const project = withTimeout(listedProject, snapshot);
  const memory = snapshot.get(PROJECT, project.arn)?.value;
  const isNew = ({ arn, status, created }: Run | Session) =>
    arn !== '' && !known.has(arn) && phaseOf(status) !== 'completed' && isMeant(created, search.order);
  let isComplete = true;
  const readRuns = async () => {
    for await (const page of newest(farm.runs(project.arn), memory?.runs.unordered, search))
      await pMap(
        page.filter(isNew),
        async (run) => {
          if (!(await findInRun(run, project, search))) isComplete = false;
        },
        { concurrency: AT_ONCE },
      );
  };
  const readSessions = async () => {
    for await (const page of newest(farm.sessions(project.arn), memory?.sessions.unordered, search))
      take(sessionTargets(page.filter(isNew), project, search));
  };
  await Promise.all(
    [readRuns(), readSessions()].map((reading) =>
      reading.catch((error: unknown) => {
        const message = messageOf(error);
        // A project that was deleted meanwhile has nothing in flight.
        if (error instanceof AwsCallError && error.error.kind === 'notFound') return;
        isComplete = false;
        unreadable(message);
      }),
    ),
  );
  return isComplete;
}

/** Pages until nothing further down can be in flight: while all was newest first, until what is older than any work lives. */
async function* newest<T extends Run | Session>(
  pages: AsyncIterable<readonly T[]>,
  isUnordered: boolean | undefined,
  { invocation, isLate }: Search,
): AsyncGenerator<readonly T[]> {
  const order = new ListingOrder();
  for await (const page of pages) {
    if (isLate()) throw new AwsCallError('a listing', OUT_OF_TIME);
    yield page;
    order.add(page.map(({ created }) => created));
    if (!isUnordered && order.isBelow(invocation.now - LIFETIME_HOURS * HOUR)) return;
  }
}

function projectIn({ projectArn, projectName }: KnownInFlight, { snapshot }: Search): Project {
  const known = snapshot.get(PROJECT, projectArn)?.value.project;
  return withTimeout(known ?? { arn: projectArn, name: projectName }, snapshot);
}

/** A name makes a record easier to read; an order does not wait for it where nobody knows it. */
async function projectOf(arn: string, { farm, snapshot }: Search): Promise<Project> {
  const projectArn = parseArn(arn)?.projectArn ?? '';
  const known = snapshot.get(PROJECT, projectArn)?.value.project;
  if (known) return withTimeout(known, snapshot);
  try {
    for await (const page of farm.projects()) {
      const found = page.find((project) => project.arn === projectArn);
      if (found) return withTimeout(found, snapshot);
    }
  } catch (error) {
    messageOf(error);
  }
  return { arn: projectArn, name: '' };
}

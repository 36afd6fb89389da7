import { formatArn, jobIndex, parseArn } from '../arn.ts';
import type { DevicePool } from '../devices.ts';
import type { Farm } from '../farm.ts';
import { encodeJson, RawJson } from '../json.ts';
import type { JobRecord, ProjectRecord, RawRecord, RunRecord, SessionRecord } from '../records.ts';
import type { SeedContext } from './context.ts';
import { makeWork } from './make-work.ts';
import type { DevicePoolSeed, JobSeed, ProjectSeed, RawSeed, RunSeed, SessionSeed } from './seeds.ts';

/** The project of that ARN, verbatim ones included. Throws a RangeError when nothing of that ARN was added. */
function projectOf(farm: Farm, arn: string): ProjectRecord | RawRecord {
  const record = farm.find(arn);
  if (record?.kind === 'project' || (record?.kind === 'raw' && record.of === 'project')) return record;
  throw new RangeError(`no project ${arn}: add it first`);
}

/** The run of that ARN, verbatim ones included. Throws a RangeError when nothing of that ARN was added. */
function runOf(farm: Farm, arn: string): RunRecord | RawRecord {
  const record = farm.find(arn);
  if (record?.kind === 'run' || (record?.kind === 'raw' && record.of === 'run')) return record;
  throw new RangeError(`no run ${arn}: add it first`);
}

/** The id that runs and sessions of a project carry in their ARNs. */
function projectIdOf(project: ProjectRecord | RawRecord): string {
  return parseArn(project.arn ?? '')?.id ?? 'unknown';
}

/** Adds tags to what is already there; a tag of the same key is replaced. */
export function setTags(farm: Farm, arn: string, tags: Readonly<Record<string, string>> = {}): void {
  const known = farm.tags.get(arn) ?? new Map<string, string>();
  for (const [key, value] of Object.entries(tags)) known.set(key, value);
  if (known.size > 0) farm.tags.set(arn, known);
}

/** Adds a project. */
export function addProject({ farm, options, newId }: SeedContext, seed: ProjectSeed): ProjectRecord {
  const id = seed.id ?? newId();
  const project: ProjectRecord = {
    kind: 'project',
    key: farm.nextKey(),
    arn: formatArn(options.accountId, 'project', id),
    name: seed.name ?? 'project',
    createdAt: seed.created ?? options.now(),
    defaultJobTimeoutMinutes: seed.defaultJobTimeoutMinutes,
    runOrder: seed.runOrder,
    override: seed.override,
    runs: [],
    sessions: [],
  };
  farm.projects.push(project);
  farm.register(project, options.now());
  setTags(farm, project.arn, seed.tags);
  return project;
}

/**
 * Adds an item that is served verbatim and never changes. Throws a SyntaxError when its text is not JSON, a RangeError
 * when it needs a parent that was not added.
 */
export function addRaw({ farm, options }: SeedContext, seed: RawSeed): RawRecord {
  const item = new RawJson(typeof seed.item === 'string' ? seed.item : encodeJson(seed.item));
  const members: { arn?: unknown; created?: unknown } = Object(JSON.parse(item.text));
  const record: RawRecord = {
    kind: 'raw',
    of: seed.kind,
    key: farm.nextKey(),
    arn: typeof members.arn === 'string' ? members.arn : undefined,
    createdAt: typeof members.created === 'number' ? members.created * 1000 : 0,
    item,
    runs: [],
    sessions: [],
    jobs: [],
  };
  listFor(seed, farm).push(record);
  farm.register(record, options.now());
  return record;
}

function listFor(seed: RawSeed, farm: SeedContext['farm']): { push(record: RawRecord): unknown } {
  const parent = seed.parent ?? '';
  if (seed.kind === 'project') return farm.projects;
  if (seed.kind === 'run') return projectOf(farm, parent).runs;
  if (seed.kind === 'session') return projectOf(farm, parent).sessions;
  return runOf(farm, parent).jobs;
}

/** Adds a run with one job per device. Throws a RangeError when its project was not added. */
export function addRun(context: SeedContext, seed: RunSeed): RunRecord {
  const { farm, options, newId } = context;
  const project = projectOf(farm, seed.project);
  const id = `${projectIdOf(project)}/${seed.id ?? newId()}`;
  const ownTimeout = project.kind === 'project' ? project.defaultJobTimeoutMinutes : undefined;
  const run: RunRecord = {
    kind: 'run',
    key: farm.nextKey(),
    arn: formatArn(options.accountId, 'run', id),
    name: seed.name ?? 'run',
    testType: seed.testType ?? 'APPIUM_NODE',
    platform: seed.platform ?? 'ANDROID',
    billingMethod: seed.billingMethod ?? 'METERED',
    createdAt: seed.created ?? options.now(),
    jobTimeoutMinutes: seed.jobTimeoutMinutes ?? ownTimeout ?? options.account.defaultJobTimeoutMinutes,
    devicePoolArn: seed.devicePoolArn,
    override: seed.override,
    jobs: [],
  };
  const jobs = (seed.jobs ?? [{}]).map((job, index) => {
    const arn = formatArn(options.accountId, 'job', `${id}/${jobIndex(index)}`);
    return makeJob(context, job, { run, arn, index, schedule: seed.schedule ?? 'forced' });
  });
  run.jobs.push(...jobs);
  project.runs.push(run);
  for (const record of [run, ...jobs]) farm.register(record, options.now());
  setTags(farm, run.arn, seed.tags);
  return run;
}

interface JobPlace {
  readonly run: RunRecord;
  readonly arn: string;
  readonly index: number;
  readonly schedule: 'forced' | 'slots';
}

function makeJob(context: SeedContext, seed: JobSeed, { run, arn, index, schedule }: JobPlace): JobRecord {
  const work = makeWork(context, seed, {
    kind: 'job',
    arn,
    deviceIndex: index,
    platform: run.platform,
    billing: run.billingMethod,
    createdAt: run.createdAt,
    seededAt: context.options.now(),
    lastsMinutes: seed.testMinutes ?? 10,
    timeoutMinutes: run.jobTimeoutMinutes,
    queueLimitMinutes: context.options.queueLimitMinutes,
    prepareMinutes: 0.25,
    setupMinutes: 0.5,
    schedule,
  });
  return { kind: 'job', name: work.device.name, testType: run.testType, ...work };
}

/** Adds a remote access session. Throws a RangeError when its project was not added. */
export function addSession(context: SeedContext, seed: SessionSeed): SessionRecord {
  const { farm, options, newId } = context;
  const project = projectOf(farm, seed.project);
  const id = `${projectIdOf(project)}/${seed.id ?? newId()}${options.sessionArnTail}`;
  const billing = seed.billingMethod ?? 'METERED';
  const work = makeWork(context, seed, {
    kind: 'session',
    arn: formatArn(options.accountId, 'session', id),
    deviceIndex: 0,
    platform: seed.platform ?? 'ANDROID',
    billing,
    createdAt: seed.created ?? options.now(),
    seededAt: options.now(),
    lastsMinutes: seed.sessionMinutes ?? Number.POSITIVE_INFINITY,
    timeoutMinutes: seed.timeoutMinutes ?? 150,
    queueLimitMinutes: options.queueLimitMinutes,
    prepareMinutes: 0.5,
    setupMinutes: 0,
    schedule: seed.schedule ?? 'forced',
  });
  const session: SessionRecord = {
    kind: 'session',
    name: seed.name ?? 'session',
    billingMethod: billing,
    ...work,
  };
  project.sessions.push(session);
  farm.register(session, options.now());
  setTags(farm, session.arn, seed.tags);
  return session;
}

/** Adds a pool that `ScheduleRun` may name. Throws a RangeError when its project was not added. */
export function addDevicePool({ farm, options, newId }: SeedContext, seed: DevicePoolSeed): DevicePool {
  const project = projectOf(farm, seed.project);
  const arn = formatArn(options.accountId, 'devicepool', `${projectIdOf(project)}/${seed.id ?? newId()}`);
  const pool: DevicePool = { arn, platform: seed.platform ?? 'ANDROID', devices: seed.devices };
  farm.devicePools.set(arn, pool);
  return pool;
}

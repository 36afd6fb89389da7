import { formatArn, jobIndex } from '../arn.ts';
import type { JobRecord, RunRecord } from '../records.ts';
import type { SeedContext } from './context.ts';
import { makeWork } from './make-work.ts';
import { projectIdOf, projectOf } from './parent.ts';
import type { JobSeed, RunSeed } from './seeds.ts';
import { setTags } from './set-tags.ts';

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

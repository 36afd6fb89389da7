import {
  type DeviceFarmClient,
  GetJobCommand,
  GetRemoteAccessSessionCommand,
  GetRunCommand,
  ListJobsCommand,
  ListProjectsCommand,
  ListRemoteAccessSessionsCommand,
  ListRunsCommand,
} from '@aws-sdk/client-device-farm';
import type { DeviceFarm, Reading } from '../ports.ts';
import { describeError } from './describe-error.ts';
import { toJob, toProject, toRun, toSession } from './from-service.ts';
import { pages } from './pages.ts';
import { RateLimiter, READ_RATE, REAL_TIME, type Time } from './rate-limiter.ts';

/** Device Farm through the SDK, below its rate limits: each API has a bucket of its own, per account. */
export function deviceFarm(client: DeviceFarmClient, time: Time = REAL_TIME): DeviceFarm {
  const bucket = () => new RateLimiter(READ_RATE, time);
  const limits = {
    projects: bucket(),
    runs: bucket(),
    jobs: bucket(),
    sessions: bucket(),
    run: bucket(),
    job: bucket(),
    session: bucket(),
  };
  return {
    projects: () =>
      pages('ListProjects', async (nextToken) => {
        await limits.projects.take();
        const reply = await client.send(new ListProjectsCommand({ nextToken }));
        return { items: reply.projects?.map(toProject), nextToken: reply.nextToken };
      }),
    runs: (arn) =>
      pages(`ListRuns of ${arn}`, async (nextToken) => {
        await limits.runs.take();
        const reply = await client.send(new ListRunsCommand({ arn, nextToken }));
        return { items: reply.runs?.map(toRun), nextToken: reply.nextToken };
      }),
    jobs: (arn) =>
      pages(`ListJobs of ${arn}`, async (nextToken) => {
        await limits.jobs.take();
        const reply = await client.send(new ListJobsCommand({ arn, nextToken }));
        return { items: reply.jobs?.map(toJob), nextToken: reply.nextToken };
      }),
    sessions: (arn) =>
      pages(`ListRemoteAccessSessions of ${arn}`, async (nextToken) => {
        await limits.sessions.take();
        const reply = await client.send(new ListRemoteAccessSessionsCommand({ arn, nextToken }));
        return { items: reply.remoteAccessSessions?.map(toSession), nextToken: reply.nextToken };
      }),
    run: (arn) =>
      read(limits.run, async () => {
        const { run } = await client.send(new GetRunCommand({ arn }));
        return run && toRun(run);
      }),
    job: (arn) =>
      read(limits.job, async () => {
        const { job } = await client.send(new GetJobCommand({ arn }));
        return job && toJob(job);
      }),
    session: (arn) =>
      read(limits.session, async () => {
        const { remoteAccessSession } = await client.send(new GetRemoteAccessSessionCommand({ arn }));
        return remoteAccessSession && toSession(remoteAccessSession);
      }),
  };
}

async function read<T>(limit: RateLimiter, ask: () => Promise<T | undefined>): Promise<Reading<T>> {
  await limit.take();
  try {
    const value = await ask();
    return value === undefined ? EMPTY_REPLY : { state: 'found', value };
  } catch (error) {
    const described = describeError(error);
    return described.kind === 'notFound' ? { state: 'gone' } : { state: 'unreadable', error: described };
  }
}

const EMPTY_REPLY = {
  state: 'unreadable',
  error: { name: 'EmptyReply', message: 'the reply held nothing', kind: 'other' },
} as const;

import {
  type DeviceFarmClient,
  GetAccountSettingsCommand,
  GetJobCommand,
  GetRemoteAccessSessionCommand,
  GetRunCommand,
  ListJobsCommand,
  ListProjectsCommand,
  ListRemoteAccessSessionsCommand,
  ListRunsCommand,
} from '@aws-sdk/client-device-farm';
import type { DeviceFarm, Reading } from '../../ports.ts';
import { describeError } from '../describe-error.ts';
import { each, toAccountSettings, toJob, toProject, toRun, toSession } from './from-service.ts';
import { pages } from './pages.ts';
import { type Patiently, patiently } from './patiently.ts';
import { READ_RATE, REAL_TIME, type Time } from './rate-limiter.ts';

/** Device Farm through the SDK, below its rate limits: each API has a bucket of its own, per account. */
export function deviceFarm(client: DeviceFarmClient, time: Time = REAL_TIME): DeviceFarm {
  const api = () => patiently(READ_RATE, time);
  const [listProjects, listRuns, listJobs, listSessions] = [api(), api(), api(), api()];
  const [getRun, getJob, getSession, getAccount] = [api(), api(), api(), api()];
  return {
    projects: () =>
      pages('ListProjects', async (nextToken) => {
        const reply = await listProjects(() => client.send(new ListProjectsCommand({ nextToken })));
        return { items: each(reply.projects, toProject), nextToken: reply.nextToken };
      }),
    runs: (arn) =>
      pages(`ListRuns of ${arn}`, async (nextToken) => {
        const reply = await listRuns(() => client.send(new ListRunsCommand({ arn, nextToken })));
        return { items: each(reply.runs, toRun), nextToken: reply.nextToken };
      }),
    jobs: (arn) =>
      pages(`ListJobs of ${arn}`, async (nextToken) => {
        const reply = await listJobs(() => client.send(new ListJobsCommand({ arn, nextToken })));
        return { items: each(reply.jobs, toJob), nextToken: reply.nextToken };
      }),
    sessions: (arn) =>
      pages(`ListRemoteAccessSessions of ${arn}`, async (nextToken) => {
        const reply = await listSessions(() =>
          client.send(new ListRemoteAccessSessionsCommand({ arn, nextToken })),
        );
        return { items: each(reply.remoteAccessSessions, toSession), nextToken: reply.nextToken };
      }),
    run: (arn) =>
      read(getRun, async () => {
        const { run } = await client.send(new GetRunCommand({ arn }));
        return run && toRun(run);
      }),
    job: (arn) =>
      read(getJob, async () => {
        const { job } = await client.send(new GetJobCommand({ arn }));
        return job && toJob(job);
      }),
    session: (arn) =>
      read(getSession, async () => {
        const { remoteAccessSession } = await client.send(new GetRemoteAccessSessionCommand({ arn }));
        return remoteAccessSession && toSession(remoteAccessSession);
      }),
    accountSettings: () =>
      read(getAccount, async () => {
        const { accountSettings } = await client.send(new GetAccountSettingsCommand({}));
        return accountSettings && toAccountSettings(accountSettings);
      }),
  };
}

async function read<T>(get: Patiently, ask: () => Promise<T | undefined>): Promise<Reading<T>> {
  try {
    const value = await get(ask);
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

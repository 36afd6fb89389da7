import {
  DeviceFarmClient,
  type DeviceFarmClientConfig,
  GetAccountSettingsCommand,
  GetJobCommand,
  GetRemoteAccessSessionCommand,
  GetRunCommand,
  ListJobsCommand,
  ListProjectsCommand,
  ListRemoteAccessSessionsCommand,
  ListRunsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-device-farm';
import { DEVICE_FARM_REGION } from '../arn.ts';
import { AwsCallError, describeError, REQUEST_HANDLER } from '../errors.ts';
import type { AccountSettings, Job, Project, Reading, Run, Session } from '../model.ts';
import { isRecord } from '../text.ts';
import { Api, type Pace, READ_RATE } from './retry.ts';
import { each, toAccountSettings, toJob, toProject, toRun, toSession } from './translate.ts';

/** Pages after which a listing is given up: no account has that many, a service that repeats itself has. */
const MAX_PAGES = 10_000;
const TRIES = { throttled: 8, unavailable: 4 };

/**
 * Device Farm is in one region only. One call is one call, so that the audit trail knows what was sent: `Api` repeats calls.
 */
export function farmClient(config: DeviceFarmClientConfig = {}): DeviceFarmClient {
  return new DeviceFarmClient({
    region: DEVICE_FARM_REGION,
    maxAttempts: 1,
    requestHandler: REQUEST_HANDLER,
    ...config,
  });
}

/**
 * A listing, page by page. It ends normally only when the service said that there are no more pages, and throws an AwsCallError
 * when a page could not be read, a token came back twice or the page cap was reached.
 */
export type Pages<T> = AsyncIterable<readonly T[]>;

/** Told of the operation and the number of items of each page. */
export type OnPage = (operation: string, items: number) => void;

/**
 * What Device Farm says. Reads take at most a share of the documented rate of each API, since the limits are per account and CI
 * needs them too.
 */
export class DeviceFarm {
  readonly #client: DeviceFarmClient;
  readonly #apis = new Map<string, Api>();
  readonly #pace: Pace;
  readonly #apiShare: number;
  readonly #onPage: OnPage;

  /**
   * @param apiShare part of the documented read rate, from 0 to 1
   * @param onPage told of each page, for a person who waits
   */
  constructor(
    client: DeviceFarmClient,
    { apiShare, onPage = () => {}, ...pace }: Pace & { readonly apiShare: number; readonly onPage?: OnPage },
  ) {
    this.#client = client;
    this.#apiShare = apiShare;
    this.#onPage = onPage;
    this.#pace = pace;
  }

  /** A new invocation: an API that was throttled in the last one is asked at its full share again. */
  begin(): void {
    for (const api of this.#apis.values()) api.begin();
  }

  projects(): Pages<Project> {
    return this.#pages('ListProjects', async (nextToken, options) => {
      const reply = await this.#client.send(new ListProjectsCommand({ nextToken }), options);
      return { items: each(reply.projects, toProject), nextToken: reply.nextToken };
    });
  }

  runs(projectArn: string): Pages<Run> {
    return this.#pages(
      'ListRuns',
      async (nextToken, options) => {
        const reply = await this.#client.send(new ListRunsCommand({ arn: projectArn, nextToken }), options);
        return { items: each(reply.runs, toRun), nextToken: reply.nextToken };
      },
      projectArn,
    );
  }

  jobs(runArn: string): Pages<Job> {
    return this.#pages(
      'ListJobs',
      async (nextToken, options) => {
        const reply = await this.#client.send(new ListJobsCommand({ arn: runArn, nextToken }), options);
        return { items: each(reply.jobs, toJob), nextToken: reply.nextToken };
      },
      runArn,
    );
  }

  sessions(projectArn: string): Pages<Session> {
    return this.#pages(
      'ListRemoteAccessSessions',
      async (nextToken, options) => {
        const command = new ListRemoteAccessSessionsCommand({ arn: projectArn, nextToken });
        const reply = await this.#client.send(command, options);
        return { items: each(reply.remoteAccessSessions, toSession), nextToken: reply.nextToken };
      },
      projectArn,
    );
  }

  run(arn: string): Promise<Reading<Run>> {
    return this.#read('GetRun', async (options) => {
      const { run } = await this.#client.send(new GetRunCommand({ arn }), options);
      return run && toRun(run);
    });
  }

  job(arn: string): Promise<Reading<Job>> {
    return this.#read('GetJob', async (options) => {
      const { job } = await this.#client.send(new GetJobCommand({ arn }), options);
      return job && toJob(job);
    });
  }

  session(arn: string): Promise<Reading<Session>> {
    return this.#read('GetRemoteAccessSession', async (options) => {
      const reply = await this.#client.send(new GetRemoteAccessSessionCommand({ arn }), options);
      return reply.remoteAccessSession && toSession(reply.remoteAccessSession);
    });
  }

  accountSettings(): Promise<Reading<AccountSettings>> {
    return this.#read('GetAccountSettings', async (options) => {
      const { accountSettings } = await this.#client.send(new GetAccountSettingsCommand({}), options);
      return accountSettings && toAccountSettings(accountSettings);
    });
  }

  /** Tags of a run or project, by key. Jobs cannot be tagged. */
  tags(arn: string): Promise<Reading<Readonly<Record<string, string>>>> {
    return this.#read('ListTagsForResource', async (options) => {
      const reply = await this.#client.send(new ListTagsForResourceCommand({ ResourceARN: arn }), options);
      return Object.fromEntries((reply.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
    });
  }

  /**
   * Walks a listing by its tokens. The SDK's paginators do not notice a token that comes back, and there is none for remote access
   * sessions, so all listings are walked here.
   */
  async *#pages<T>(
    operation: string,
    read: (
      nextToken: string | undefined,
      options: { readonly abortSignal: AbortSignal },
    ) => Promise<{ readonly items: readonly T[]; readonly nextToken: string | undefined }>,
    of = '',
  ): AsyncGenerator<readonly T[]> {
    const what = of === '' ? operation : `${operation} of ${of}`;
    const tokens = new Set<string>();
    let nextToken: string | undefined;
    for (let count = 0; count < MAX_PAGES; count += 1) {
      const token = nextToken;
      const page = await this.#api(operation)
        .call((options) => read(token, options), TRIES)
        .catch((error: unknown) => {
          throw new AwsCallError(what, describeError(error));
        });
      this.#onPage(operation, page.items.length);
      yield page.items;
      nextToken = page.nextToken;
      if (nextToken === undefined || nextToken === '') return;
      if (tokens.has(nextToken)) throw endless(what, 'the same page token came back');
      tokens.add(nextToken);
    }
    throw endless(what, `there were more than ${MAX_PAGES} pages`);
  }

  async #read<T>(
    operation: string,
    ask: (options: { readonly abortSignal: AbortSignal }) => Promise<T | undefined>,
  ): Promise<Reading<T>> {
    try {
      const value = await this.#api(operation).call(ask, TRIES);
      return isRecord(value) ? { state: 'found', value } : EMPTY_REPLY;
    } catch (error) {
      const described = describeError(error);
      return described.kind === 'notFound' ? { state: 'gone' } : { state: 'unreadable', error: described };
    }
  }

  /** Each API has a bucket of its own. CI does not ask for tags, and stops wait for them: they are read at the whole rate. */
  #api(operation: string): Api {
    const known = this.#apis.get(operation);
    if (known) return known;
    const share = operation === 'ListTagsForResource' ? 1 : this.#apiShare;
    const rate = {
      burst: Math.max(1, Math.floor(READ_RATE.burst * share)),
      perSecond: READ_RATE.perSecond * share,
      halvesWhenThrottled: true,
    };
    const api = new Api(rate, this.#pace);
    this.#apis.set(operation, api);
    return api;
  }
}

const EMPTY_REPLY = {
  state: 'unreadable',
  error: { name: 'EmptyReply', message: 'the reply held nothing', kind: 'other' },
} as const;

function endless(what: string, message: string): AwsCallError {
  return new AwsCallError(what, { name: 'EndlessListing', message, kind: 'other' });
}

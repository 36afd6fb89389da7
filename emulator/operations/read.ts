import type { Json, JsonObject } from '../json.ts';
import { inOrder, isPresent, pageOf } from '../listing.ts';
import type { AnyRecord, RawRecord, SessionRecord } from '../records.ts';
import { statusAt } from '../timeline.ts';
import { jobItem, projectItem, runItem, sessionItem, showRecord } from '../views.ts';
import { type Call, type Operation, readProject, readRecord, readRun, readString } from './input.ts';

/** A listing: which entries in which order, and how one is shown. */
interface Listing<T extends AnyRecord> {
  /** Name of the member that holds the items. */
  readonly member: string;
  /** ARN of what is listed; part of what makes a token valid. */
  readonly of: string;
  /** All of them, also those that are not listed now: a token may name one. */
  readonly entries: readonly (T | RawRecord)[];
  /** @default every entry that is there */
  readonly isListed?: (entry: T | RawRecord) => boolean;
  readonly show: (record: T) => JsonObject;
}

/** The page that the call asks for. Pages have a fixed size; clients cannot choose it. */
function listPage<T extends AnyRecord>(
  call: Call,
  listing: Listing<T>,
): { [member: string]: Json | undefined } {
  const { entries, isListed = () => true } = listing;
  const isShown = (entry: T | RawRecord) => isPresent(entry, call) && isListed(entry);
  const scope = `${call.operation} ${listing.of}`;
  const token = readString(call.input, 'nextToken');
  const page = pageOf({ entries, isShown, scope, size: call.options.pageSize }, token);
  const items = page.items.map((entry) => (isRaw(entry) ? entry.item : listing.show(entry)));
  return { [listing.member]: items, nextToken: page.nextToken };
}

const isRaw = (entry: AnyRecord): entry is RawRecord => entry.kind === 'raw';

/** Limits, trial minutes and slots of the account. */
export const getAccountSettings: Operation = ({ options }) => ({
  accountSettings: {
    awsAccountNumber: options.accountId,
    unmeteredDevices: { ...options.slots.unmeteredAutomation },
    unmeteredRemoteAccessDevices: { ...options.slots.unmeteredRemoteAccess },
    maxJobTimeoutMinutes: options.account.maxJobTimeoutMinutes,
    defaultJobTimeoutMinutes: options.account.defaultJobTimeoutMinutes,
    trialMinutes: { ...options.account.trialMinutes },
    maxSlots: {},
  },
});

/** One job. */
export const getJob: Operation = (call) => {
  const record = readRecord(call, 'arn', ['job']);
  return { job: showRecord(record, call.farm, call.options, call.now) };
};

/** One project. */
export const getProject: Operation = (call) => {
  const record = readRecord(call, 'arn', ['project']);
  return { project: showRecord(record, call.farm, call.options, call.now) };
};

/** One remote access session. */
export const getRemoteAccessSession: Operation = (call) => {
  const record = readRecord(call, 'arn', ['session']);
  return { remoteAccessSession: showRecord(record, call.farm, call.options, call.now) };
};

/** One run. */
export const getRun: Operation = (call) => {
  const record = readRecord(call, 'arn', ['run']);
  return { run: showRecord(record, call.farm, call.options, call.now) };
};

/** The jobs of a run, in the order of their index. */
export const listJobs: Operation = (call) => {
  const run = readRun(call, 'arn');
  return listPage(call, {
    member: 'jobs',
    of: run.arn ?? '',
    entries: run.jobs,
    show: (job) => jobItem(call.farm, call.options, job, call.now),
  });
};

/** All projects, oldest first. With `arn`, only that project. */
export const listProjects: Operation = (call) => {
  const arn =
    readString(call.input, 'arn') === undefined ? undefined : readRecord(call, 'arn', ['project']).arn;
  return listPage(call, {
    member: 'projects',
    of: arn ?? '',
    entries: call.farm.projects.filter((project) => arn === undefined || project.arn === arn),
    show: (project) => projectItem(project, call.now),
  });
};

/** The sessions of a project, newest first; completed ones only if the options say so. */
export const listRemoteAccessSessions: Operation = (call) => {
  const project = readProject(call, 'arn');
  return listPage(call, {
    member: 'remoteAccessSessions',
    of: project.arn ?? '',
    entries: inOrder(project.sessions, 'newest-first'),
    isListed: (session) => isListed(call, session),
    show: (session) => sessionItem(call.farm, call.options, session, call.now),
  });
};

function isListed({ options, farm, now }: Call, session: SessionRecord | RawRecord): boolean {
  if (options.listCompletedSessions || session.kind === 'raw') return true;
  return statusAt(farm.course(session), now) !== 'COMPLETED';
}

/** The runs of a project, whatever their status. */
export const listRuns: Operation = (call) => {
  const project = readProject(call, 'arn');
  const order = project.kind === 'project' ? project.runOrder : undefined;
  return listPage(call, {
    member: 'runs',
    of: project.arn ?? '',
    entries: inOrder(project.runs, order ?? call.options.runOrder),
    show: (run) => runItem(call.farm, call.options, run, call.now),
  });
};

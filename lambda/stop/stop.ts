import pMap from 'p-map';
import { parseArn } from '../arn.ts';
import type { StopReply } from '../device-farm/stop-calls.ts';
import { AwsCallError } from '../errors.ts';
import {
  assertNever,
  type Job,
  phaseOf,
  type ServiceError,
  type Stop,
  type StopResult,
  type StoredAuditRecord,
} from '../model.ts';
import { formatMinutesApart } from '../money.ts';
import { attemptsIn, type StopEvent } from '../store/ids.ts';
import { MINUTE } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import { FOLLOWED, followedId, isOrder } from './followed.ts';
import { type Live, readLive } from './live.ts';
import { stopRecord } from './records.ts';

/** Milliseconds before the end of the invocation in which no stop is begun: one takes a read, a call and some writes. */
export const LAST_STOP = 15_000;
/** Stops under way at once for each API. Stop calls refill at one per second, so more would only wait. */
const AT_ONCE = 4;
/** Times that a stop whose reply was lost is asked for in one invocation. */
const TRIES = 3;

/** One attempt to stop one target, after it was read again. */
interface Attempt {
  readonly stop: Stop;
  readonly number: number;
  readonly live: Live;
}

/** Jobs of one run that may go by one call, or a single target. */
interface Group {
  /** The run itself was ordered to be stopped: nothing of it is to stay. */
  readonly run?: Stop;
  readonly stops: readonly Stop[];
  /** Further attempts than `safety.maxAttempts` are made. */
  readonly isLastTry?: boolean;
}

/**
 * Stops work: read again, record the intent, call, record the outcome. It is the only place that stops anything. A failing item
 * is a result, and the rest goes on. The jobs of a run go by one StopRun when nothing of the run is to stay.
 * @param stops in the order in which they are to be made; a stop of a run stands for all of it
 */
export async function stopAll(
  services: Services,
  stops: readonly Stop[],
  invocation: Invocation,
): Promise<readonly StopResult[]> {
  const groups = groupsOf(stops);
  // One pool for each API, so that contention for one starves no other.
  const pools = [
    groups.filter(({ run, stops: [first] }) => run || first?.target.kind === 'job'),
    groups.filter(({ run, stops: [first] }) => !run && first?.target.kind === 'session'),
  ];
  const results = await Promise.all(
    pools.map((pool) =>
      pMap(pool, (group) => stopGroup(services, group, invocation), { concurrency: AT_ONCE }),
    ),
  );
  const byArn = new Map(results.flat(2).map((result) => [result.stop.target.arn, result]));
  return stops.flatMap((stop) => byArn.get(stop.target.arn) ?? []);
}

/**
 * The last try for work whose own stops had no effect: one StopRun, if that stops nothing else.
 * @param stops of jobs of one run; `left` could not be stopped in this way
 */
export function stopByRun(
  services: Services,
  stops: readonly Stop[],
  invocation: Invocation,
): Promise<{ readonly results: readonly StopResult[]; readonly left: readonly Stop[] }> {
  const [first] = stops;
  const runArn = first && parseArn(first.target.arn)?.runArn;
  if (runArn === undefined) return Promise.resolve({ results: [], left: stops });
  return stopRun(services, { runArn, stops, isLastTry: true }, invocation);
}

/** Groups stand where their first stop stood. */
function groupsOf(stops: readonly Stop[]): readonly Group[] {
  const groups = new Map<string, { run?: Stop; stops: Stop[] }>();
  for (const stop of stops) {
    const { kind, arn } = stop.target;
    const key = kind === 'run' ? arn : (parseArn(arn)?.runArn ?? arn);
    const group = groups.get(key) ?? { stops: [] };
    if (kind === 'run') group.run = stop;
    else group.stops.push(stop);
    groups.set(key, group);
  }
  return [...groups.values()];
}

async function stopGroup(
  services: Services,
  { run, stops }: Group,
  invocation: Invocation,
): Promise<readonly StopResult[]> {
  const [first] = stops;
  const runArn = run?.target.arn ?? (first && parseArn(first.target.arn)?.runArn);
  const results: StopResult[] = [];
  let left = stops;
  let triedByRun = false;
  if (runArn !== undefined && (run || stops.length > 1)) {
    const together = await stopRun(services, { runArn, run, stops }, invocation);
    results.push(...together.results);
    left = together.left;
  }
  for (const stop of left) {
    const result = await isolated(stop, () => stopOne(services, stop, invocation));
    // Others use up the account's rate of StopJob: StopRun has a rate of its own.
    if (result.error === 'throttled' && runArn !== undefined && !run && !triedByRun) {
      triedByRun = true;
      const rest = left.slice(left.indexOf(stop));
      const byRun = await stopRun(services, { runArn, stops: rest }, invocation);
      if (byRun.left.length === 0) return [...results, ...byRun.results];
    }
    results.push(result);
  }
  return results;
}

/** One target by its own call; asked for again at once when the reply was lost and the work goes on. */
async function stopOne(services: Services, stop: Stop, invocation: Invocation): Promise<StopResult> {
  for (let tries = 1; ; tries += 1) {
    const attempt = await prepare(services, stop, invocation);
    if ('kind' in attempt) return attempt;
    const [result] = await make(services, [attempt], invocation);
    if (!result) throw new RangeError(`no result of the stop of ${stop.target.arn}`);
    if (result.error !== 'unavailable' || tries === TRIES || invocation.msLeft() < LAST_STOP) return result;
  }
}

/**
 * All jobs of a run by one call, if that stops nothing else: the same steps, each job with its own intent and outcome, and the
 * run with its own. `left` are the stops that need a call of their own.
 */
async function stopRun(
  services: Services,
  { runArn, run, stops, isLastTry }: Group & { readonly runArn: string },
  invocation: Invocation,
): Promise<{ readonly results: readonly StopResult[]; readonly left: readonly Stop[] }> {
  const [first] = stops;
  const whole = run ?? (first && wholeRun(runArn, first, stops.length));
  if (!whole) return { results: [], left: stops };
  const results: StopResult[] = [];
  // The run first: who reads its attempts before its jobs takes the number that everybody else takes who sees the same.
  const begun = await pMap(
    [whole, ...stops],
    (stop) => isolated(stop, () => prepare(services, stop, invocation, isLastTry)),
    {
      concurrency: AT_ONCE,
    },
  );
  const attempts = begun.flatMap((one) => ('kind' in one ? [] : [one]));
  results.push(...begun.flatMap((one) => ('kind' in one && one.stop !== whole ? [one] : [])));
  const [ofRun, ...ofJobs] = attempts;
  const waiting = ofJobs.map(({ stop }) => stop);
  if (ofRun?.stop !== whole) {
    const own = begun.find((one) => 'kind' in one && one.stop === whole);
    if (run && own && 'kind' in own) results.push(own);
    return { results, left: attempts.map(({ stop }) => stop).filter((stop) => stop !== whole) };
  }
  if (!run && (ofJobs.length === 0 || !(await isWhole(services, runArn, ofJobs))))
    return { results, left: waiting };
  const made = await make(services, attempts, invocation);
  const failed = made.find(({ stop }) => stop === whole);
  if (failed?.kind === 'failed') return { results: [...results, ...(run ? [failed] : [])], left: waiting };
  return { results: [...results, ...made.filter(({ stop }) => run || stop !== whole)], left: [] };
}

/** The stop of a whole run in the words of the first of its jobs. */
function wholeRun(runArn: string, { target, reason, ...rest }: Stop, count: number): Stop {
  const { project, run, billing, timeoutMinutes } = target;
  return {
    ...rest,
    target: { arn: runArn, kind: 'run', project, run, billing, timeoutMinutes },
    reason: `all that is left of the run (${count} ${count === 1 ? 'job' : 'jobs'}) by one call: ${reason}`,
  };
}

/** Whether stopping the run stops nothing but these jobs. What cannot be read in full is not known to be whole. */
async function isWhole({ farm }: Services, runArn: string, attempts: readonly Attempt[]): Promise<boolean> {
  const run = await farm.run(runArn);
  if (run.state !== 'found' || run.value.totalJobs === undefined) return false;
  const jobs = new Map<string, Job>();
  try {
    for await (const page of farm.jobs(runArn)) for (const job of page) jobs.set(job.arn, job);
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    return false;
  }
  if (jobs.size !== run.value.totalJobs) return false;
  const scopes = new Map(attempts.map(({ stop }) => [stop.target.arn, stop.scope]));
  return [...jobs.values()].every(({ arn, status }) => {
    const phase = phaseOf(status);
    if (phase === 'completed' || phase === 'stopping') return true;
    const scope = scopes.get(arn);
    return phase !== 'unknown' && (scope === 'any' || (scope === 'queued' && phase === 'queued'));
  });
}

/** Reads the target again and finds out whether there is anything to stop. */
async function prepare(
  services: Services,
  stop: Stop,
  invocation: Invocation,
  isLastTry = false,
): Promise<StopResult | Attempt> {
  if (invocation.msLeft() < LAST_STOP) {
    const reason = 'no time was left in this invocation; the next one goes on';
    return { kind: 'held', stop, reason, retry: true, hold: 'time' };
  }
  // The history first: whoever sees work that is not stopping yet then counts every intent that led to it.
  const history = await services.audit.of(stop.target.arn);
  const live = await readLive(services, stop.target, invocation);
  const attempt: Attempt = { stop, number: attemptsIn(history) + 1, live };
  const nothing = await nothingToStop(services, attempt, history, invocation);
  return nothing ?? (isLastTry ? undefined : exhausted(stop, history, invocation)) ?? attempt;
}

/** What comes of an attempt for which no stop is to be requested; `undefined` when one is. */
async function nothingToStop(
  services: Services,
  attempt: Attempt,
  history: readonly StoredAuditRecord[],
  invocation: Invocation,
): Promise<StopResult | undefined> {
  const { stop, live, number } = attempt;
  const before = doneByThisOrder(stop, history);
  if (before) return before;
  const { confirmWithinMinutes } = invocation.policy.safety;
  switch (live.state) {
    case 'unknown':
      return {
        kind: 'skipped',
        stop,
        reason: live.reason,
        retry: true,
        error: live.error?.kind,
      };
    case 'ended':
      // An attempt that was requested is closed by whoever follows it.
      if (number === 1)
        await record(
          services,
          { ...attempt, number: 0 },
          { event: 'StopSkipped', reason: wanted(live.reason, stop) },
          invocation,
        );
      return { kind: 'ended', stop, reason: live.reason, retry: false };
    case 'stopping':
      if (number === 1) return othersStop(services, attempt, invocation);
      break;
    case 'started':
      if (stop.scope === 'queued') {
        const reason = `it has started (${live.status}); only queued work was to be stopped`;
        await record(
          services,
          { ...attempt, number: number - 1 },
          { event: 'StopSkipped', reason: wanted(reason, stop) },
          invocation,
        );
        return { kind: 'skipped', stop, reason, retry: false };
      }
      break;
    case 'queued':
      break;
    default:
      return assertNever(live);
  }
  const accepted = history.filter(({ event }) => event === 'StopAccepted');
  const last = accepted.at(-1);
  const waited = last ? (invocation.now - Date.parse(last.at)) / MINUTE : Number.POSITIVE_INFINITY;
  if (waited < confirmWithinMinutes) {
    const [ago, after] = formatMinutesApart(waited, confirmWithinMinutes);
    const reason = `its stop was accepted ${ago} ago; the next attempt follows after ${after}`;
    return { kind: 'alreadyStopping', stop, reason, retry: false };
  }
  if (live.state === 'stopping' && !hasOutcome(history, number - 1)) {
    const reason = 'Device Farm shows STOPPING; no reply to the request is on record';
    await record(services, { ...attempt, number: number - 1 }, { event: 'StopAccepted', reason }, invocation);
    // The stop of an order whose outcome could not be recorded is still the order's own.
    const byThisOrder = isOrder(stop) && history.at(-1)?.actor === stop.actor;
    const earlier = 'it is stopping since an earlier request';
    return {
      kind: 'alreadyStopping',
      stop,
      reason: earlier,
      retry: false,
      ...(byThisOrder && { byThisOrder }),
    };
  }
  return undefined;
}

/** A rule asks only so often. Whoever follows the stop tries the whole run, and tells somebody. */
function exhausted(
  stop: Stop,
  history: readonly StoredAuditRecord[],
  { policy: { safety } }: Invocation,
): StopResult | undefined {
  const { length } = history.filter(({ event }) => event === 'StopAccepted');
  if (isOrder(stop) || stop.target.kind === 'run' || length < safety.maxAttempts) return undefined;
  const reason = `its stop was accepted ${length} times without effect; safety.maxAttempts is ${safety.maxAttempts}`;
  return { kind: 'alreadyStopping', stop, reason, retry: false };
}

/** What an order did at an earlier delivery: it asks once. */
function doneByThisOrder(stop: Stop, history: readonly StoredAuditRecord[]): StopResult | undefined {
  if (!isOrder(stop)) return undefined;
  const own = history.filter(({ actor }) => actor === stop.actor);
  if (own.some(({ event }) => event === 'StopAccepted' || event === 'StopConfirmed')) {
    const reason = 'this order stopped it before';
    return { kind: 'alreadyStopping', stop, reason, retry: false, byThisOrder: true };
  }
  const skipped = own.find(({ event }) => event === 'StopSkipped');
  if (!skipped) return undefined;
  return { kind: 'skipped', stop, reason: `this order left it before: ${skipped.reason}`, retry: false };
}

async function othersStop(services: Services, attempt: Attempt, invocation: Invocation): Promise<StopResult> {
  const reason = 'it is stopping already; somebody else asked for it';
  await record(
    services,
    { ...attempt, number: 0 },
    { event: 'StopSkipped', reason: wanted(reason, attempt.stop) },
    invocation,
  );
  return { kind: 'alreadyStopping', stop: attempt.stop, reason, retry: false };
}

function hasOutcome(history: readonly StoredAuditRecord[], number: number): boolean {
  return history.some(({ attempt, event }) => attempt === number && event === 'StopAccepted');
}

/** Intents, one call for the first attempt, outcomes. The call of a run is the call of all its jobs. */
async function make(
  services: Services,
  attempts: readonly Attempt[],
  invocation: Invocation,
): Promise<readonly StopResult[]> {
  const [first] = attempts;
  if (!first) return [];
  const intended = await pMap(attempts, (attempt) => intend(services, attempt, invocation), {
    concurrency: AT_ONCE,
  });
  const refused = intended.flatMap((one) => (one ? [one] : []));
  // Without every intent nothing is stopped: a job without one must not be, so the run must not.
  if (refused.length > 0) {
    const others = attempts.filter(({ stop }) => !refused.some((one) => one.stop === stop));
    return [...refused, ...others.map(({ stop }) => notMade(stop))];
  }
  const reply = await services.stops.stop(first.stop.target, first.number);
  return pMap(
    attempts,
    (attempt) => isolated(attempt.stop, () => conclude(services, attempt, reply, invocation)),
    { concurrency: AT_ONCE },
  );
}

function notMade(stop: Stop): StopResult {
  return {
    kind: 'failed',
    stop,
    reason: 'another intent of the same call could not be written',
    retry: true,
  };
}

/** Writes the intent; a result when it could not, or when somebody else wrote it. */
async function intend(
  services: Services,
  { stop, number }: Attempt,
  invocation: Invocation,
): Promise<StopResult | undefined> {
  try {
    await services.state.put(FOLLOWED, followedId(stop, number), {
      stop,
      attempt: number,
      at: invocation.now,
    });
    const written = await services.audit.add(
      stopRecord('StopRequested', number, stop, { invocation, reason: stop.reason }),
    );
    if (written === 'written') return undefined;
    const reason = 'another invocation is stopping it at this moment';
    return { kind: 'alreadyStopping', stop, reason, retry: true };
  } catch (error) {
    return failedBy(stop, error);
  }
}

/** What a reply means, recorded. Where the reply leaves doubt, the service says what happened. */
async function conclude(
  services: Services,
  attempt: Attempt,
  reply: StopReply,
  invocation: Invocation,
): Promise<StopResult> {
  const { stop } = attempt;
  switch (reply.kind) {
    case 'accepted':
      return accept(services, attempt, invocation, `${stop.reason}; Device Farm replied ${reply.status}`);
    case 'inProgress': {
      const reason = 'another invocation is stopping it at this moment';
      return { kind: 'alreadyStopping', stop, reason, retry: true };
    }
    case 'unrecorded':
      return afterDoubt(
        services,
        attempt,
        { what: 'the idempotency record could not be kept', error: reply.error },
        invocation,
      );
    case 'refused':
      return afterRefusal(services, attempt, reply.error, invocation);
    default:
      return assertNever(reply);
  }
}

/** Refused for what it was asked of: ended or stopping by now is as good as stopped; anything else is a failure. */
async function afterRefusal(
  services: Services,
  attempt: Attempt,
  error: ServiceError,
  invocation: Invocation,
): Promise<StopResult> {
  const { stop } = attempt;
  if (error.kind === 'unavailable')
    return afterDoubt(services, attempt, { what: 'the reply to the stop was lost', error }, invocation);
  if (error.kind === 'argument' || error.kind === 'notFound') {
    const live = await readLive(services, stop.target, invocation);
    if (live.state === 'ended') return { kind: 'ended', stop, reason: live.reason, retry: false };
    if (live.state === 'stopping')
      return accept(services, attempt, invocation, `${stop.reason}; it is stopping already (${error.name})`);
  }
  return fail(services, attempt, { what: 'the stop was refused', error }, invocation);
}

/** Nothing is known of the call: a timeout, a broken connection, an HTTP 5xx, or a record that failed. */
async function afterDoubt(
  services: Services,
  attempt: Attempt,
  doubt: { readonly what: string; readonly error: ServiceError },
  invocation: Invocation,
): Promise<StopResult> {
  const { stop } = attempt;
  const live = await readLive(services, stop.target, invocation);
  if (live.state === 'stopping' || (live.state === 'ended' && live.result === 'STOPPED')) {
    const reason = `${stop.reason}; read from Device Farm, as ${doubt.what} (${doubt.error.name})`;
    return accept(services, attempt, invocation, reason);
  }
  if (live.state === 'ended') return { kind: 'ended', stop, reason: live.reason, retry: false };
  return fail(services, attempt, doubt, invocation);
}

/** Who writes the outcome first made the call. */
async function accept(
  services: Services,
  attempt: Attempt,
  invocation: Invocation,
  reason: string,
): Promise<StopResult> {
  const { stop } = attempt;
  const written = await record(services, attempt, { event: 'StopAccepted', reason }, invocation);
  return written === 'written'
    ? { kind: 'stopped', stop, reason: stop.reason, retry: false }
    : { kind: 'alreadyStopping', stop, reason: 'another invocation stopped it', retry: false };
}

/** Records that the work was to be stopped and was not. */
async function fail(
  services: Services,
  attempt: Attempt,
  { what, error }: { readonly what: string; readonly error: ServiceError },
  invocation: Invocation,
): Promise<StopResult> {
  const { stop } = attempt;
  const reason = `${what}: ${error.name}: ${error.message}`;
  await record(services, attempt, { event: 'StopFailed', reason: wanted(reason, stop) }, invocation);
  return { kind: 'failed', stop, reason, retry: true, error: error.kind };
}

function record(
  { audit }: Services,
  { stop, number, live }: Attempt,
  { event, reason }: { readonly event: StopEvent; readonly reason: string },
  invocation: Invocation,
): Promise<'written' | 'existed'> {
  const facts = Object.fromEntries(Object.entries(live.facts).filter(([, value]) => value !== undefined));
  return audit.add(stopRecord(event, number, stop, { invocation, reason, facts }));
}

function wanted(reason: string, stop: Stop): string {
  return `${reason}; wanted: ${stop.reason}`;
}

/** One item's failure, whatever it is, is that item's result. */
async function isolated<T>(stop: Stop, work: () => Promise<T>): Promise<T | StopResult> {
  try {
    return await work();
  } catch (error) {
    return failedBy(stop, error);
  }
}

function failedBy(stop: Stop, error: unknown): StopResult {
  const kind = error instanceof AwsCallError ? error.error.kind : undefined;
  return { kind: 'failed', stop, reason: String(error), retry: true, error: kind };
}

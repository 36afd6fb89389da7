import pMap from 'p-map';
import { parseArn } from '../arn.ts';
import { AwsCallError } from '../errors.ts';
import { type Job, phaseOf, type Stop, type StopResult } from '../model.ts';
import type { Invocation, Services } from '../wiring.ts';
import { type Attempt, LAST_STOP, prepare } from './attempt.ts';
import { AT_ONCE, isolated, make } from './make.ts';

/** Times that a stop whose reply was lost is asked for in one invocation. */
const TRIES = 3;

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
  if (failed?.kind === 'failed') {
    // Only the record of the run may have failed: what was stopped with it is stopped.
    const done = made.filter(({ stop, kind }) => stop !== whole && kind !== 'failed');
    const left = waiting.filter((stop) => !done.some((one) => one.stop === stop));
    return { results: [...results, ...done, ...(run ? [failed] : [])], left };
  }
  return { results: [...results, ...made.filter(({ stop }) => run || stop !== whole)], left: [] };
}

/** The stop of a whole run in the words of the first of its jobs. */
function wholeRun(runArn: string, { target, reason, ...rest }: Stop, count: number): Stop {
  const { project, run, owner, billing, timeoutMinutes } = target;
  return {
    ...rest,
    target: { arn: runArn, kind: 'run', project, run, ...(owner && { owner }), billing, timeoutMinutes },
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

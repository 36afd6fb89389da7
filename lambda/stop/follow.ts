import pMap from 'p-map';
import { parseArn } from '../arn.ts';
import type { Controls } from '../controls/controls.ts';
import { AwsCallError } from '../errors.ts';
import type { Decision, Job, Session, Stop, StopResult, StoredAuditRecord } from '../model.ts';
import { formatMinutes } from '../money.ts';
import { digest, runSection, toldOf } from '../notify/lines.ts';
import { keyOfAll, tellOnce } from '../notify/notifications.ts';
import type { Snapshot } from '../store/state.ts';
import { MINUTE } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import { LAST_STOP, underWay } from './attempt.ts';
import { stopWithinCap } from './cap.ts';
import { add, confirmEnd, outcomeOf, tookForFailed, wasRefused } from './confirm.ts';
import { holdOf } from './hold.ts';
import { type Live, liveOf, readLive } from './live.ts';
import { endObserved } from './observe.ts';
import { FOLLOWED, type Followed, followedId, isOrder } from './records.ts';
import { recover } from './recover.ts';
import { stopAll, stopByRun } from './stop.ts';

/** What following earlier stops showed. */
export interface FollowUp {
  /** ARNs of stops that took effect. */
  readonly confirmed: readonly string[];
  /** Stops that were requested and have not taken effect in time. */
  readonly overdue: number;
  /** Stops that were given up and whose work has not ended. */
  readonly escalated: number;
  /** What became of stops that were asked for again, and of those that had an effect although they seemed to have failed. */
  readonly results: readonly StopResult[];
}

/** What the sweep knows of the stops that it follows. */
interface SweepView {
  readonly snapshot: Snapshot;
  /** Jobs and sessions that it has listed already, by ARN. */
  readonly seen: ReadonlyMap<string, Job | Session>;
  readonly decisions: readonly Decision[];
  readonly controls: Controls;
  /** What it stopped itself. */
  readonly results: readonly StopResult[];
}

/** What one followed stop needs next. */
type Step =
  /** `isNews`: the invocation that asked for the stop took it for failed. */
  | { readonly kind: 'confirmed' | 'closed' | 'waiting' | 'overdue'; readonly isNews?: boolean }
  | {
      readonly kind: 'again' | 'lastTry' | 'escalate';
      readonly followed: Followed;
      readonly sentence: string;
      readonly wasTold: boolean;
    };

const AT_ONCE = 4;

/**
 * Follows stops to their end, those of a dead process too, and adds what is missing in the audit trail. A stop of a rule is
 * asked for again by the decisions of the sweep alone. Here only what no rule decides is asked for again: orders, work that stays in
 * STOPPING, and whole runs as the last try. One failing item holds up no other.
 */
export async function followStops(
  services: Services,
  view: SweepView,
  invocation: Invocation,
): Promise<FollowUp> {
  const { diagnostics } = invocation;
  const all = [
    ...view.snapshot.all(FOLLOWED).values(),
    ...(await recover(services, view.snapshot, invocation)),
  ];
  const now = new Set(
    view.results.filter(({ kind }) => kind === 'stopped').map(({ stop }) => stop.target.arn),
  );
  const open = all.map(({ value }) => value).filter(({ stop }) => !now.has(stop.target.arn));
  const seen = new Map([...view.seen, ...(await jobsOfRuns(services, open, view.seen, invocation))]);
  const steps = await pMap(
    open,
    async (followed): Promise<Step> => {
      if (invocation.msLeft() < LAST_STOP) {
        diagnostics.hidden('no time was left to follow all stops; the next sweep goes on');
        return { kind: 'waiting' };
      }
      const what = `${followed.stop.target.arn}: its stop could not be followed`;
      const step = follow(services, followed, { ...view, seen }, invocation);
      return diagnostics.during<Step>(what, step, { kind: 'waiting' });
    },
    { concurrency: AT_ONCE },
  );
  const due = steps.flatMap((step) => ('followed' in step ? [step] : []));
  const again = await askAgain(services, due, view.snapshot, invocation);
  await escalate(services, again.givenUp, invocation);
  const count = (kind: Step['kind']) => steps.filter((step) => step.kind === kind).length;
  return {
    confirmed: open
      .filter((_, index) => steps[index]?.kind === 'confirmed')
      .map(({ stop }) => stop.target.arn),
    overdue: count('overdue') + due.length - again.givenUp.length,
    escalated: again.givenUp.length,
    results: [
      ...again.results,
      ...open.flatMap(({ stop }, index): readonly StopResult[] => {
        const step = steps[index];
        const isNews = step !== undefined && 'isNews' in step && step.isNews;
        return isNews ? [{ kind: 'stopped', stop, reason: stop.reason, retry: false }] : [];
      }),
    ],
  };
}

export async function follow(
  services: Services,
  followed: Followed,
  view: SweepView,
  invocation: Invocation,
): Promise<Step> {
  const { stop, attempt } = followed;
  const { arn } = stop.target;
  const listed = view.seen.get(arn);
  const live = listed
    ? liveOf({ state: 'found', value: listed }, stop.target, invocation)
    : await readLive(services, stop.target, invocation);
  if (attempt === 0) {
    const isOver = await endObserved(services, followed, live, invocation);
    if (isOver) await close(services, followed);
    return { kind: isOver ? 'closed' : 'waiting' };
  }
  const history = await services.audit.of(arn);
  const requested = history.findLast(({ event }) => event === 'StopRequested');
  const { confirmWithinMinutes } = invocation.policy.safety;
  if (!requested) {
    // An intent that was never written stands for nothing, unless somebody is writing it at this moment.
    const waited = (invocation.now - followed.at) / MINUTE;
    const isOver = waited > confirmWithinMinutes;
    if (isOver) await close(services, followed);
    return { kind: isOver ? 'closed' : 'waiting' };
  }
  if (underWay(history, invocation)) return { kind: 'waiting' };
  const number = requested.attempt ?? 1;
  const isNews = !isOrder(stop) && tookForFailed(history, number);
  if (live.state === 'ended') {
    const { kind, isLate } = await confirmEnd(services, { followed, live, requested, history }, invocation);
    await close(services, followed);
    return { kind, isNews: isNews && isLate && kind === 'confirmed' };
  }
  if (live.state === 'stopping' && wasRefused(history)) return { kind: 'waiting' };
  if (live.state === 'stopping' && !outcomeOf(history, number)) {
    const reason = 'Device Farm shows STOPPING; no reply to the request is on record';
    const written = await add(services, followed, { event: 'StopAccepted', number, reason }, invocation);
    return { kind: 'waiting', isNews: isNews && written === 'written' };
  }
  return nextStep({ followed, live, history, number }, view, invocation);
}

/** The next step of a stop without effect. */
function nextStep(
  state: {
    readonly followed: Followed;
    readonly live: Exclude<Live, { state: 'ended' }>;
    readonly history: readonly StoredAuditRecord[];
    readonly number: number;
  },
  { decisions, controls }: SweepView,
  invocation: Invocation,
): Step {
  const { followed, live, history, number } = state;
  const { stop } = followed;
  const { arn } = stop.target;
  if (stop.target.kind === 'run') return { kind: 'waiting' };
  const { confirmWithinMinutes, maxAttempts } = invocation.policy.safety;
  const since = (record: StoredAuditRecord | undefined) =>
    record ? (invocation.now - Date.parse(record.at)) / MINUTE : 0;
  const reply = outcomeOf(history, number);
  const first = history.find(({ event }) => event === 'StopRequested');
  const waited = since(reply ?? history.findLast(({ event }) => event === 'StopRequested'));
  if (waited < confirmWithinMinutes) return { kind: 'waiting' };
  const accepted = history.filter(({ event }) => event === 'StopAccepted').length;
  const shown = live.state === 'unknown' ? live.reason : `it is ${live.status}`;
  const sentence = `a stop was ${reply ? 'accepted' : 'requested'} ${formatMinutes(waited)} ago and ${shown}`;
  const step = (kind: 'again' | 'lastTry' | 'escalate', wasTold = false): Step => ({
    kind,
    followed: { ...followed, attempt: number },
    sentence,
    wasTold,
  });
  if (history.some(({ event, attempt }) => event === 'StopEscalated' && attempt === number))
    return step('escalate', true);
  if (accepted > maxAttempts) return step('escalate');
  if (accepted === 0 && since(first) >= maxAttempts * confirmWithinMinutes) return step('escalate');
  if (live.state === 'unknown') {
    invocation.diagnostics.note(`${arn}: ${sentence}`);
    return { kind: 'overdue' };
  }
  const decision = decisions.find(({ item }) => item.arn === arn);
  if (!isWanted(stop, live, decision, { controls, invocation })) return { kind: 'waiting' };
  invocation.diagnostics.note(`${arn}: ${sentence}`);
  if (accepted >= maxAttempts) return step('lastTry');
  // The decisions of this sweep have asked for it already.
  return stop.actor === 'schedule' && live.state !== 'stopping' ? { kind: 'overdue' } : step('again');
}

/** Whether today's policy, pauses and exemptions still want the stop. What is stopping cannot be kept. */
function isWanted(
  stop: Stop,
  live: Exclude<Live, { state: 'ended' }>,
  decision: Decision | undefined,
  { controls, invocation }: { readonly controls: Controls; readonly invocation: Invocation },
): boolean {
  if (live.state === 'stopping') return true;
  if (!isOrder(stop)) return decision?.action === 'stop' && holdOf(stop, controls, invocation) === undefined;
  if (stop.scope === 'queued' && live.state !== 'queued') return false;
  if (stop.rule !== undefined && invocation.policy.mode === 'observe') return false;
  return holdOf(stop, controls, invocation) === undefined;
}

async function close({ state }: Services, { stop, attempt }: Followed): Promise<void> {
  await state.remove(FOLLOWED, followedId(stop, attempt));
}

/**
 * The jobs of runs of which several stops are followed: one listing instead of a Get for each. What is not listed is read one
 * by one.
 */
async function jobsOfRuns(
  { farm }: Services,
  open: readonly Followed[],
  seen: ReadonlyMap<string, Job | Session>,
  { msLeft }: Invocation,
): Promise<ReadonlyMap<string, Job>> {
  const counts = new Map<string, number>();
  for (const { stop } of open) {
    const run = seen.has(stop.target.arn) ? undefined : parseArn(stop.target.arn)?.runArn;
    if (run !== undefined && stop.target.kind === 'job') counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  const jobs = new Map<string, Job>();
  const list = async (run: string): Promise<void> => {
    if (msLeft() < LAST_STOP) return;
    try {
      for await (const page of farm.jobs(run)) for (const job of page) jobs.set(job.arn, job);
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error;
    }
  };
  const several = [...counts].flatMap(([run, count]) => (count > 1 ? [run] : []));
  await pMap(several, list, { concurrency: AT_ONCE });
  return jobs;
}

type Due = Extract<Step, { followed: Followed }>;

/** Asks once more for what no decision asks for, and by the whole run after the last attempt. */
async function askAgain(
  services: Services,
  due: readonly Due[],
  snapshot: Snapshot,
  invocation: Invocation,
): Promise<{ readonly results: readonly StopResult[]; readonly givenUp: readonly Due[] }> {
  const retry = ({ followed: { stop }, sentence }: Due): Stop => ({
    ...stop,
    actor: 'schedule',
    reason: `asked again: ${sentence}; wanted: ${stop.reason}`,
  });
  const again = due.filter(({ kind }) => kind === 'again').map(retry);
  // Whoever wanted a stop for a message of AWS had to keep to the cap, and a refused stop has had no place yet.
  const [capped, free] = [again.filter(({ rule }) => rule), again.filter(({ rule }) => !rule)];
  const results = [
    ...(await stopAll(services, free, invocation)),
    ...(await stopWithinCap(services, capped, snapshot, invocation)),
  ];
  const givenUp = due.filter(({ kind }) => kind === 'escalate');
  const byRun = new Map<string, Due[]>();
  for (const one of due.filter(({ kind }) => kind === 'lastTry')) {
    const { arn } = one.followed.stop.target;
    const key = parseArn(arn)?.runArn ?? arn;
    byRun.set(key, [...(byRun.get(key) ?? []), one]);
  }
  for (const group of byRun.values()) {
    const made = await stopByRun(services, group.map(retry), invocation);
    results.push(...made.results);
    const left = new Set(made.left.map(({ target }) => target.arn));
    givenUp.push(...group.filter(({ followed }) => left.has(followed.stop.target.arn)));
  }
  return { results, givenUp };
}

/**
 * Tells and records, once for each attempt, that stops have no effect. One notification for all of a sweep; what is not told yet is
 * not recorded, so that the next sweep tells it.
 */
async function escalate(services: Services, givenUp: readonly Due[], invocation: Invocation): Promise<void> {
  const untold = givenUp.filter(({ wasTold }) => !wasTold);
  if (untold.length === 0) return;
  const reasonOf = ({ followed, sentence }: Due) =>
    `given up at attempt ${followed.attempt}: ${sentence}; ${followed.stop.reason}`;
  const told = untold.map((one) => toldOf({ stop: one.followed.stop, reason: reasonOf(one) }, invocation));
  const title = 'Stop these by hand in the console of Device Farm';
  const section = runSection(title, told, invocation, { exempts: false });
  const { count, projects } = section;
  const text = digest([section]) ?? '';
  const key = keyOfAll(
    'escalated',
    untold.map(({ followed }) => `${followed.stop.target.arn}#${followed.attempt}`),
  );
  const subject = `${count} ${count === 1 ? 'stop' : 'stops'} without effect`;
  if (!(await tellOnce(services, key, { subject, text, projects }, invocation))) return;
  for (const one of untold) {
    const { followed } = one;
    const { arn } = followed.stop.target;
    const record = { number: followed.attempt, reason: reasonOf(one) };
    await invocation.diagnostics.during(
      `${arn}: that its stop has no effect could not be recorded`,
      add(services, followed, { event: 'StopEscalated', ...record }, invocation),
      undefined,
    );
  }
}

import type { Decision, Job, Run, Usage, WorkItem } from '../lambda/model.ts';
import { moneyFor, NO_MINUTES } from '../lambda/money.ts';
import { matchesUsage } from '../lambda/policy/match.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { decide } from '../lambda/rules/decide.ts';
import { DAY, localTime, MINUTE } from '../lambda/time.ts';
import { type BudgetState, budgetStates } from '../lambda/usage/budgets.ts';
import { HISTORY_SIZE, historyKey } from '../lambda/usage/histories.ts';
import { timeoutOf } from '../lambda/usage/minutes.ts';
import type { PastRun } from './history.ts';
import { microUsd, type Output, z } from './output.ts';

/** Minutes between two looks at budgets: as sweeps do by default. */
const BUDGETS_EVERY = 5;
/** The longest period of a budget, in milliseconds. */
const LOOKS_BACK = 32 * DAY;

export const wouldBeStop = z
  .object({
    arn: z.string(),
    project: z.string(),
    run: z.string(),
    device: z.string(),
    rule: z.string(),
    at: z.number().describe('Epoch milliseconds.'),
    reason: z.string(),
    result: z.string().describe('How the job really ended; empty when Device Farm does not say.'),
    passed: z.boolean().describe('It went on to pass: a false positive.'),
    minutes: z.number().describe('What it really used after that moment, which the stop would have saved.'),
    money: microUsd,
    atMostMinutes: z.number().describe('What it could still have used before its timeout.'),
  })
  .describe('A job that the policy would have stopped.');
export type WouldBeStop = Output<typeof wouldBeStop>;

/** One job of the past, and how far the replay has come with it. */
interface Past {
  readonly project: PastRun['project'];
  readonly run: Run;
  readonly job: Job;
  readonly created: number;
  readonly started: number | undefined;
  /** When it really ended. */
  readonly stopped: number;
  readonly siblings: Past[];
  /** When the replay stopped it. */
  stoppedAt?: number;
}

/**
 * What a policy would have done: every minute of the past is decided by the code that decides in sweeps, and what it stops is gone from then
 * on. Rules and policies that observe count as if they enforced. History has no sessions, tags and counters in flight.
 */
export function replay(history: readonly PastRun[], policy: Policy): readonly WouldBeStop[] {
  const pasts = history.flatMap(pastsOf).toSorted((a, b) => a.created - b.created);
  const enforcing: Policy = {
    ...policy,
    mode: 'enforce',
    rules: policy.rules.map((rule) => ({ ...rule, mode: 'enforce' as const })),
  };
  const hasBudgets = policy.rules.some(({ type }) => type === 'budget');
  const stops: WouldBeStop[] = [];
  const durations = new Map<string, number[]>();
  let active: Past[] = [];
  const spending = new Spending(enforcing);
  let budgets: readonly BudgetState[] = [];
  let next = 0;
  for (let now = minuteAfter(pasts[0]?.created); next < pasts.length || active.length > 0; now += MINUTE) {
    if (active.length === 0) now = Math.max(now, minuteAfter(pasts[next]?.created));
    for (; next < pasts.length && (pasts[next]?.created ?? 0) <= now; next += 1) {
      const past = pasts[next];
      if (past) active.push(past);
      if (past && hasBudgets) spending.begin(past);
    }
    for (const past of active.filter(({ stopped }) => stopped <= now)) remember(past, durations);
    active = active.filter(({ stopped, stoppedAt }) => stopped > now && stoppedAt === undefined);
    if (hasBudgets && (now / MINUTE) % BUDGETS_EVERY === 0)
      budgets = budgetStates(enforcing, spending.at(now), now);
    const items = active.map((past) => itemOf(past, now));
    const context = { policy: enforcing, now, budgets, histories: durations, exemptions: [] };
    decide(items, context).forEach((decision, index) => {
      const past = active[index];
      if (decision.action === 'keep' || !past) return;
      past.stoppedAt = now;
      stops.push(stopOf(past, decision, now, policy.pricePerMeteredMinute));
    });
  }
  return stops;
}

/** What does not say when it began and ended cannot be lived through again. */
function pastsOf({ project, run, jobs }: PastRun): readonly Past[] {
  const siblings: Past[] = [];
  for (const job of jobs) {
    const created = job.created ?? run.created;
    const { started, stopped } = job;
    if (created === undefined || stopped === undefined || stopped < created) continue;
    siblings.push({ project, run, job, created, started, stopped, siblings });
  }
  return siblings;
}

function minuteAfter(time = 0): number {
  return Math.ceil(time / MINUTE) * MINUTE;
}

/** Minutes that a job has used at a moment of the replay. */
function minutesAt({ started, stopped, stoppedAt }: Past, now: number): number {
  if (started === undefined) return 0;
  return Math.max(0, Math.min(now, stopped, stoppedAt ?? now) - started) / MINUTE;
}

function itemOf(past: Past, now: number): WorkItem {
  const { project, run, job, created, started, siblings } = past;
  const isRunning = started !== undefined && started <= now;
  const minutes = inMinutes(minutesAt(past, now), run);
  const ofRun = siblings.reduce((sum, one) => sum + minutesAt(one, now), 0);
  return {
    arn: job.arn,
    kind: 'job',
    name: job.name,
    device: job.device,
    platform: job.platform ?? run.platform,
    testType: run.testType,
    project: { arn: project.arn, name: project.name },
    run: {
      arn: run.arn,
      name: run.name,
      key: run.key,
      devices: siblings.length,
      minutes: inMinutes(ofRun, run),
    },
    status: isRunning ? 'RUNNING' : 'PENDING',
    phase: isRunning ? 'started' : 'queued',
    billing: run.billing,
    created,
    usageAt: run.created ?? created,
    ...(isRunning && { runningSince: started, runningSinceSource: 'reported' as const }),
    minutes,
    timeoutMinutes: run.timeoutMinutes || project.defaultJobTimeoutMinutes,
  };
}

function inMinutes(total: number, { billing }: Run) {
  return billing === 'unmetered'
    ? { total, metered: 0, unmetered: total }
    : { total, metered: total, unmetered: 0 };
}

/**
 * What the budgets of a policy look at. Runs that are over are summed up by the local day of their creation and by which budgets they
 * count for: sums over thousands of runs would be made anew every five minutes.
 */
class Spending {
  readonly #zone: string;
  readonly #counts: readonly ((usage: Usage) => boolean)[];
  readonly #open = new Map<string, Past>();
  readonly #over = new Map<string, Usage>();

  constructor({ timezone, rules }: Policy) {
    this.#zone = timezone;
    this.#counts = rules.flatMap((rule) => (rule.type === 'budget' ? [matchesUsage(rule.match)] : []));
  }

  begin(past: Past): void {
    this.#open.set(past.run.arn, past);
  }

  at(now: number): readonly Usage[] {
    const inFlight: Usage[] = [];
    for (const [arn, past] of this.#open) {
      const usage = usageOf(past, now);
      if (usage.basis === 'inFlight') inFlight.push(usage);
      else {
        this.#open.delete(arn);
        this.#add(usage);
      }
    }
    for (const [key, { created }] of this.#over) if (created < now - LOOKS_BACK) this.#over.delete(key);
    return [...inFlight, ...this.#over.values()];
  }

  #add(usage: Usage): void {
    const day = Math.floor(localTime(usage.created, this.#zone) / DAY);
    const key = [day, usage.billing, ...this.#counts.map((counts) => counts(usage))].join();
    const { minutes } = this.#over.get(key) ?? { minutes: NO_MINUTES };
    this.#over.set(key, {
      ...usage,
      minutes: {
        total: minutes.total + usage.minutes.total,
        metered: minutes.metered + usage.minutes.metered,
        unmetered: minutes.unmetered + usage.minutes.unmetered,
      },
    });
  }
}

/** The usage of a run, as the ledger and the sweeps have it. */
function usageOf({ project, run, created, siblings }: Past, now: number): Usage {
  const minutes = siblings.reduce((sum, one) => sum + minutesAt(one, now), 0);
  const isOver = siblings.every(({ stopped, stoppedAt }) => stopped <= now || stoppedAt !== undefined);
  return {
    arn: run.arn,
    kind: 'run',
    project: { arn: project.arn, name: project.name },
    run: run.name,
    platform: run.platform,
    testType: run.testType,
    billing: run.billing,
    created: run.created ?? created,
    minutes: minutes > 0 ? inMinutes(minutes, run) : NO_MINUTES,
    basis: isOver ? 'final' : 'inFlight',
  };
}

/** The duration of a job that passed, for rules that compare with earlier ones. */
function remember(
  { project, run, job, started, stopped, stoppedAt }: Past,
  durations: Map<string, number[]>,
): void {
  if (job.result !== 'PASSED' || started === undefined || stoppedAt !== undefined) return;
  const key = historyKey(project.arn, run.name, job.device);
  durations.set(key, [...(durations.get(key) ?? []), (stopped - started) / MINUTE].slice(-HISTORY_SIZE));
}

function stopOf(past: Past, decision: Decision, at: number, price: number): WouldBeStop {
  const { project, run, job, started, stopped } = past;
  const minutes = started === undefined ? 0 : Math.max(0, stopped - Math.max(at, started)) / MINUTE;
  const timeout = timeoutOf({ timeoutMinutes: run.timeoutMinutes || project.defaultJobTimeoutMinutes });
  return {
    arn: job.arn,
    project: project.name,
    run: run.name,
    device: job.device,
    rule: decision.rule ?? '',
    at,
    reason: decision.reason(),
    result: job.result ?? '',
    passed: job.result === 'PASSED' || job.result === 'WARNED',
    minutes,
    money: run.billing === 'unmetered' ? 0 : moneyFor(minutes, price),
    atMostMinutes: Math.max(0, timeout - minutesAt(past, at)),
  };
}

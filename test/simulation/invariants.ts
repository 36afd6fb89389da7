import { OUTCOME_WITHIN, violationsIn } from '../../cli/audit-verify.ts';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import { exemptibleBy } from '../../lambda/policy/exemption.ts';
import { HOUR, MINUTE } from '../../lambda/time.ts';
import type { History } from './history.ts';

const STOPS = ['StopJob', 'StopRun', 'StopRemoteAccessSession'];
const OUTCOMES = ['StopAccepted', 'StopFailed', 'StopSkipped', 'StopConfirmed', 'StopEscalated'];
/** Work over its limit is stopped so long after nothing goes wrong any more: three attempts ten minutes apart. */
const STOPPED_WITHIN = 30 * MINUTE;
/** Usage may differ by so many minutes for each job and session: PREPARING is seen by the clock. */
const USAGE_WITHIN = 1;

/** What must hold of everything that happened, each as the sentences that say where it does not. */
export const INVARIANTS: Readonly<Record<string, (history: History) => readonly string[]>> = {
  /** Nothing is stopped that policy, pause or exemption of that moment protects. */
  protected: ({ records, invocations, protections, show }) =>
    requested(records).flatMap((record) => {
      const { subject, actor, rule: id, sweepId = '', at, run = '' } = record;
      if (actor !== 'schedule') return [];
      const moment = Date.parse(at);
      const invoked = invocations.get(sweepId);
      if (!invoked) return [`${subject} was stopped by invocation ${sweepId}, which never was`];
      const { begin, policy } = invoked;
      const rule = policy.rules.find((one) => one.id === id);
      const own = id !== undefined && !id.startsWith('budget:') && !id.startsWith('alarm:');
      if (own && (policy.mode === 'observe' || !rule || rule.mode === 'observe'))
        return [`${subject} was stopped at ${at} by rule ${id}, which its policy does not enforce`];
      const holding = protections.find(
        ({ target, from, until, endedAt = Number.POSITIVE_INFINITY }) =>
          from < begin &&
          moment < until &&
          moment < endedAt &&
          (target === undefined ? id !== undefined : exemptibleBy(subject).includes(target)),
      );
      if (holding && own) return [`${subject} was stopped at ${at} despite ${holding.target ?? 'a pause'}`];
      if (own && policy.exemptions.length > 0 && run.startsWith('run-1'))
        return [`${subject} was stopped at ${at} although the policy exempts ${run}`];
      if (rule?.type !== 'job-duration' || subject.includes(':run:')) return [];
      const started = Number(show(subject).started) * 1_000;
      const isOver = moment - started > rule.maxMinutes * MINUTE;
      return isOver ? [] : [`${subject} was stopped at ${at} within its ${rule.maxMinutes} minutes`];
    }),

  /** Every call has an earlier intent and a later outcome. */
  explained: ({ requests, records, end }) =>
    requests.filter(isStopCall).flatMap(({ input, at }) => {
      const own = records.filter(({ subject }) => subject === input.arn);
      const intent = own.some((one) => one.event === 'StopRequested' && Date.parse(one.at) <= at);
      const outcome = own.some((one) => OUTCOMES.includes(one.event) && Date.parse(one.at) >= at);
      return [
        ...(intent ? [] : [`${input.arn} was stopped without an intent`]),
        ...(outcome || end - at < OUTCOME_WITHIN ? [] : [`the stop of ${input.arn} has no outcome`]),
      ];
    }),

  /** One effective call for each item, and no more calls than attempts. */
  once: ({ requests, records }) => {
    const calls = requests.filter(isStopCall);
    return [...new Set(calls.map(({ input }) => String(input.arn)))].flatMap((arn) => {
      const own = calls.filter(({ input }) => input.arn === arn);
      const attempts = requested(records).filter(({ subject }) => subject === arn).length;
      const effects = own.filter(({ changed }) => changed).length;
      return [
        ...(effects > 1 ? [`${arn} was stopped ${effects} times with effect`] : []),
        ...(own.length > attempts
          ? [`${arn} was asked for ${own.length} times in ${attempts} attempts`]
          : []),
      ];
    });
  },

  /** Everything over its limit is stopped within the bound once the service answers. */
  inTime: ({ policy, protections, jobs, sessions, show, end }) => {
    const rule = policy.rules.find(({ type }) => type === 'job-duration');
    const isHeld = protections.some(({ until, from }) => until > end - STOPPED_WITHIN && from <= end);
    const { maxStopsPerHour, breaker } = policy.safety;
    if (rule?.type !== 'job-duration' || policy.mode !== 'enforce' || isHeld) return [];
    if (maxStopsPerHour < 1_000 || breaker.percentOfActive < 100 || policy.exemptions.length > 0) return [];
    return [...jobs, ...sessions].flatMap((arn) => {
      const { status, started } = show(arn);
      const late = end - Number(started) * 1_000 - rule.maxMinutes * MINUTE;
      return status === 'RUNNING' && late > STOPPED_WITHIN
        ? [`${arn} is RUNNING ${Math.round(late / MINUTE)} minutes beyond its limit`]
        : [];
    });
  },

  /** What AutoStop counted is what was billed, within the bound. */
  usage: ({ last, billedMinutes, jobs, sessions, lostSome }) => {
    const account = last?.spend.find(({ project, kind }) => project === null && kind === 'day');
    if (lostSome || !last || last.partial || !account || account.incomplete) return [];
    const bound = USAGE_WITHIN * (jobs.length + sessions.length);
    const difference = Math.abs(account.minutes.spent - billedMinutes);
    return difference > bound
      ? [`counted ${account.minutes.spent} minutes; ${billedMinutes} were used (bound ${bound})`]
      : [];
  },

  /** Rules stop no more in a rolling hour than the cap lets them. */
  cap: ({ policy, records, lostState }) => {
    const byRule = attemptsByRule(records);
    // A further attempt for work whose stop was accepted needs no place, whoever asked for it first.
    const firsts = records
      .filter(({ event, subject }) => event === 'StopAccepted' && !subject.includes(':run:'))
      .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
      .filter(({ subject }, index, all) => all.findIndex((one) => one.subject === subject) === index);
    const accepted = firsts.filter(({ subject, attempt }) => byRule.has(`${subject} ${attempt}`));
    if (lostState) return [];
    const { maxStopsPerHour } = policy.safety;
    return accepted.flatMap(({ at }) => {
      const begin = Date.parse(at);
      const hour = accepted.filter((one) => Date.parse(one.at) >= begin && Date.parse(one.at) < begin + HOUR);
      return hour.length > maxStopsPerHour
        ? [`${hour.length} stops in the hour from ${at}; the cap is ${maxStopsPerHour}`]
        : [];
    });
  },

  /** Each stop by rule is told, and nothing is told twice in the same words. */
  told: ({ records, mails, lostState, diedOrFailed, end }) => {
    const text = mails.map(({ message }) => message).join('\n');
    const byRule = attemptsByRule(records);
    const untold = records.filter(
      ({ event, attempt, at, run, subject }) =>
        event === 'StopAccepted' &&
        byRule.has(`${subject} ${attempt}`) &&
        run !== undefined &&
        !subject.includes(':run:') &&
        end - Date.parse(at) > OUTCOME_WITHIN &&
        !new RegExp(`${run}(?!\\d)`).test(text),
    );
    // Between sending and noting that it was sent a process can die: then it is told again rather than never.
    const twice = (diedOrFailed ? [] : mails).filter(
      (one, index) =>
        mails.findIndex((other) => other.subject === one.subject && other.message === one.message) < index,
    );
    return lostState
      ? []
      : [
          ...untold.map(({ subject }) => `nobody was told that ${subject} was stopped`),
          ...twice.map(({ subject }) => `told twice: ${subject}`),
        ];
  },

  /** No call is begun after the end of its invocation. */
  deadline: ({ overdueCalls }) =>
    overdueCalls === 0 ? [] : [`${overdueCalls} calls were begun after the end of their invocation`],

  /** The audit trail alone shows nothing wrong. */
  trail: ({ records, end }) => violationsIn(records, end),
};

/** Everything that does not hold, each sentence with the name of its invariant before it. */
export function violations(history: History): readonly string[] {
  return Object.entries(INVARIANTS).flatMap(([name, check]) =>
    check(history).map((text) => `${name}: ${text}`),
  );
}

/** Subject and attempt of each stop that a rule decided. */
function attemptsByRule(records: readonly StoredAuditRecord[]): ReadonlySet<string> {
  const own = requested(records).filter(({ actor }) => actor === 'schedule');
  return new Set(own.map(({ subject, attempt }) => `${subject} ${attempt}`));
}

function requested(records: readonly StoredAuditRecord[]): readonly StoredAuditRecord[] {
  return records.filter(({ event }) => event === 'StopRequested');
}

/** A call that was not throttled: those cost nothing, and are repeated. */
function isStopCall({ operation, errorName }: History['requests'][number]): boolean {
  return STOPS.includes(operation) && errorName !== 'ThrottlingException';
}

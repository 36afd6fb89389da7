import { OUTCOME_WITHIN, violationsIn } from '../../cli/audit-verify.ts';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import { exemptibleBy } from '../../lambda/policy/exemption.ts';
import type { Rule } from '../../lambda/rules/rules.ts';
import { isExemptHold } from '../../lambda/store/ids.ts';
import { HOUR, MINUTE } from '../../lambda/time.ts';
import type { History, Message } from './history.ts';
import { extended, misjudged, runOf } from './judged.ts';

const STOPS = ['StopJob', 'StopRun', 'StopRemoteAccessSession'];
const OUTCOMES = ['StopAccepted', 'StopFailed', 'StopSkipped', 'StopConfirmed', 'StopEscalated'];
/** Work over its limit is stopped so long after nothing goes wrong any more: three attempts ten minutes apart. */
const STOPPED_WITHIN = 30 * MINUTE;
/** Usage may differ by so many minutes for each job and session: PREPARING is seen by the clock. */
const USAGE_WITHIN = 1;

/** What must hold of everything that happened, each as the sentences that say where it does not. */
export const INVARIANTS: Readonly<Record<string, (history: History) => readonly string[]>> = {
  /** Nothing is stopped that policy, pause or exemption of that moment protects. */
  protected: (history) =>
    requested(history.records).flatMap((record) => {
      const { subject, actor, rule: id, sweepId = '', at, run = '' } = record;
      const invoked = history.invocations.get(sweepId);
      if (!invoked) return [`${subject} was stopped by invocation ${sweepId}, which never was`];
      const { begin, policy } = invoked;
      const order = history.orders.get(actor.replace('sns:', ''));
      const isAws = id !== undefined && /^(budget|alarm):/.test(id);
      const rule = isAws ? undefined : policy.rules.find((one) => one.id === id);
      if (isAws && policy.mode === 'observe')
        return [`${subject} was stopped at ${at} by ${id} in observe mode`];
      if (id !== undefined && !isAws && (policy.mode === 'observe' || !rule || rule.mode === 'observe'))
        return [`${subject} was stopped at ${at} by rule ${id}, which its policy does not enforce`];
      const holding = id !== undefined && protectionOf(history, undefined, Date.parse(at), begin);
      if (holding) return [`${subject} was stopped at ${at} by ${id} despite a pause`];
      if (subject.includes(':run:')) return [];
      if (heedsExemptions(record, order, rule)) {
        const exempt = exemptibleBy(subject).find(
          (arn) => history.tagged.includes(arn) || protectionOf(history, arn, Date.parse(at), begin),
        );
        if (exempt !== undefined)
          return [`${subject} was stopped at ${at} by ${id ?? actor} although ${exempt} is exempt`];
        if (policy.exemptions.length > 0 && run.startsWith('run-1'))
          return [`${subject} was stopped at ${at} although the policy exempts ${run}`];
      }
      const wrong = rule && misjudged(rule, record, begin, history);
      return wrong === undefined ? [] : [wrong];
    }),

  /** Every call has an intent of its own before it and an outcome after it. */
  explained: ({ requests, records, end, lostSome }) => {
    const calls = requests.filter(isStopCall);
    return calls.flatMap(({ input, at }) => {
      const own = records.filter(({ subject }) => subject === input.arn);
      const intents = requested(own).filter((one) => Date.parse(one.at) <= at).length;
      const before = calls.filter((call) => call.input.arn === input.arn && call.at <= at).length;
      const outcome = own.some((one) => OUTCOMES.includes(one.event) && Date.parse(one.at) >= at);
      return [
        ...(intents >= before ? [] : [`call ${before} for ${input.arn} came after ${intents} intents`]),
        // Stops of which a table lost only the note are found again within a day.
        ...(outcome || lostSome || end - at < OUTCOME_WITHIN
          ? []
          : [`the stop of ${input.arn} has no outcome`]),
      ];
    });
  },

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
  inTime: (history) => {
    const { policy, protections, tagged, jobs, sessions, show, end } = history;
    const rule = policy.rules.find(({ type }) => type === 'job-duration');
    const { maxStopsPerHour, breaker } = policy.safety;
    if (rule?.type !== 'job-duration' || policy.mode !== 'enforce') return [];
    if (maxStopsPerHour < 1_000 || breaker.percentOfActive < 100) return [];
    const holding = protections.filter(({ until, from }) => until > end - STOPPED_WITHIN && from <= end);
    if (holding.some(({ target }) => target === undefined)) return [];
    const exempt = new Set([...tagged, ...holding.flatMap(({ target }) => target ?? [])]);
    const isExempt = (arn: string) =>
      exemptibleBy(arn).some((one) => exempt.has(one)) ||
      (policy.exemptions.length > 0 && String(show(runOf(arn)).name).startsWith('run-1'));
    return [...jobs, ...sessions].flatMap((arn) => {
      const { status, started } = show(arn);
      const most = rule.maxMinutes + extended(arn, end, history);
      const late = end - Number(started) * 1_000 - most * MINUTE;
      return status === 'RUNNING' && late > STOPPED_WITHIN && !isExempt(arn)
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

  /** Rules and messages of AWS stop no more in a rolling hour than the cap lets them. */
  cap: ({ policy, records, lostState }) => {
    const capped = attemptsOf(requested(records).filter(({ rule }) => rule !== undefined));
    // A further attempt for work whose stop was accepted needs no place, whoever asked for it first.
    const firsts = records
      .filter(({ event, subject }) => event === 'StopAccepted' && !subject.includes(':run:'))
      .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
      .filter(({ subject }, index, all) => all.findIndex((one) => one.subject === subject) === index);
    const accepted = firsts.filter(({ subject, attempt }) => capped.has(`${subject} ${attempt}`));
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

  /** What rules stop, would stop and hold back is told, and nothing is told twice in the same words. */
  told: ({ records, mails, lostState, diedOrFailed, unnoted, end }) => {
    const text = mails.map(({ message }) => message).join('\n');
    const byRule = attemptsOf(requested(records).filter(({ actor }) => actor === 'schedule'));
    const isNews = ({ event, id, actor, attempt, subject }: StoredAuditRecord) =>
      (event === 'StopAccepted' && byRule.has(`${subject} ${attempt}`)) ||
      (event === 'WouldStop' && actor === 'schedule') ||
      (event === 'StopHeld' && actor === 'schedule' && !isExemptHold(id));
    const untold = records.filter(
      (record) =>
        isNews(record) &&
        !unnoted.has(record.sweepId ?? '') &&
        !record.subject.includes(':run:') &&
        end - Date.parse(record.at) > OUTCOME_WITHIN &&
        !text.includes(pageOf(record.subject)),
    );
    // Between sending and noting that it was sent a process can die: then it is told again rather than never.
    const twice = (diedOrFailed ? [] : mails).filter(
      (one, index) =>
        mails.findIndex((other) => other.subject === one.subject && other.message === one.message) < index,
    );
    return lostState
      ? []
      : [
          ...untold.map(({ event, subject }) => `nobody was told of ${event} of ${subject}`),
          ...twice.map(({ subject }) => `told twice: ${subject}`),
        ];
  },

  /** No call is begun after the end of its invocation. */
  deadline: ({ overdueCalls }) =>
    overdueCalls === 0 ? [] : [`${overdueCalls} calls were begun after the end of their invocation`],

  /** The audit trail alone shows nothing wrong. */
  trail: ({ records, end }) => violationsIn(records, end),
};

/** What a message protects, and had done so before the invocation began. */
function protectionOf(
  { protections }: History,
  target: string | undefined,
  moment: number,
  begin: number,
): boolean {
  return protections.some(
    ({ target: own, from, until, endedAt = Number.POSITIVE_INFINITY }) =>
      own === target && from < begin && moment < until && moment < endedAt,
  );
}

/** Whoever names one job, run or session means it; a further attempt for such an order does not say so. */
function heedsExemptions(
  { actor, rule: id }: StoredAuditRecord,
  order: Message | undefined,
  rule: Rule | undefined,
): boolean {
  if (id !== undefined) return !(rule?.type === 'budget' && rule.ignoreExemptions);
  if (actor === 'schedule' || typeof order !== 'object') return false;
  return order.ignoreExemptions !== true && /:project:|^account$/.test(String(order.target));
}

/** Everything that does not hold, each sentence with the name of its invariant before it. */
export function violations(history: History): readonly string[] {
  return Object.entries(INVARIANTS).flatMap(([name, check]) =>
    check(history).map((text) => `${name}: ${text}`),
  );
}

/** Subject and attempt of each of these requests. */
function attemptsOf(records: readonly StoredAuditRecord[]): ReadonlySet<string> {
  return new Set(records.map(({ subject, attempt }) => `${subject} ${attempt}`));
}

function requested(records: readonly StoredAuditRecord[]): readonly StoredAuditRecord[] {
  return records.filter(({ event }) => event === 'StopRequested');
}

/** The end of the link to the console by which a mail names a job or session. */
function pageOf(arn: string): string {
  const [, rest = ''] = /\/(.*)$/.exec(arn) ?? [];
  return arn.includes(':session:') ? `/sessions/${rest}/files` : `/runs/${rest.replace(/\/\d{5}$/, '')}`;
}

/** A call that was not throttled: those cost nothing, and are repeated. */
function isStopCall({ operation, errorName }: History['requests'][number]): boolean {
  return STOPS.includes(operation) && errorName !== 'ThrottlingException';
}

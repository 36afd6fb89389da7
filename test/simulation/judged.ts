import type { StoredAuditRecord } from '../../lambda/model.ts';
import type { Rule } from '../../lambda/rules/rules.ts';
import { MINUTE, SECOND } from '../../lambda/time.ts';
import type { History } from './history.ts';

/** Between a decision and its call: the slowest reply, some times. */
const IN_BETWEEN = 30 * SECOND;

/**
 * Why a stop by rule was wrong, judged once more by what really ran in the account and by none of AutoStop's own code; undefined
 * when it was right.
 */
export function misjudged(rule: Rule, record: StoredAuditRecord, begin: number, history: History) {
  const { jobs, sessions } = history;
  const { subject } = record;
  const moment = Date.parse(record.at);
  const { created, started } = timesOf(subject, history);
  const wasQueued = started === undefined || started > begin - IN_BETWEEN;
  const minutes = minutesOf(subject, moment, history);
  const against = (isRight: boolean, figure: number | string) =>
    isRight ? undefined : `${subject} was stopped at ${record.at} by rule ${rule.id}: ${figure}`;
  switch (rule.type) {
    case 'job-duration':
      return against(minutes > rule.maxMinutes + extended(subject, begin, history), minutes);
    case 'stalled':
      return against(minutes >= rule.maxMinutes, minutes);
    case 'run-minutes': {
      const own = jobs.filter((arn) => runOf(arn) === runOf(subject));
      const used = own.reduce((sum, arn) => sum + minutesOf(arn, moment, history), 0);
      return against(used > rule.maxMinutes, used);
    }
    case 'queue-age':
      return against(wasQueued && moment - created > rule.maxMinutes * MINUTE, (moment - created) / MINUTE);
    case 'window': {
      const { graceMinutes, allow } = rule;
      const end = Math.max(...allow.map(({ to }) => minuteOf(to)));
      return against((moment / MINUTE) % 1_440 > end + graceMinutes, record.at);
    }
    case 'superseded': {
      const isNewer = (run: string) =>
        groupOf(run, history) === groupOf(runOf(subject), history) &&
        timesOf(run, history).created - timesOf(runOf(subject), history).created > 5 * MINUTE &&
        jobs.some((arn) => runOf(arn) === run && !((timesOf(arn, history).stopped ?? moment) < begin));
      return against(history.runs.some(isNewer), 'no newer run of its key was in flight');
    }
    case 'budget': {
      const items = [...jobs, ...sessions];
      const used = items.reduce((sum, arn) => sum + minutesOf(arn, moment, history), 0);
      const limit = 'minutes' in rule.limit ? rule.limit.minutes : Number.POSITIVE_INFINITY;
      const isSpent = used + items.length > limit;
      const isWorstCase = rule.thresholds.some(({ basis }) => basis === 'worst-case');
      return against(isSpent || (isWorstCase && wasQueued), used);
    }
    default:
      return against(false, 'nobody can judge it a second time');
  }
}

interface Times {
  readonly created: number;
  readonly started?: number;
  readonly stopped?: number;
}

function timesOf(arn: string, { show }: History): Times {
  const { created, started, stopped } = show(arn);
  const at = (seconds: unknown) => (seconds === undefined ? undefined : Number(seconds) * SECOND);
  const times = { started: at(started), stopped: at(stopped) };
  return {
    created: Number(created) * SECOND,
    ...Object.fromEntries(Object.entries(times).filter(([, one]) => one !== undefined)),
  };
}

function minutesOf(arn: string, moment: number, history: History): number {
  const { started, stopped = moment } = timesOf(arn, history);
  return started === undefined ? 0 : Math.max(0, Math.min(moment, stopped) - started) / MINUTE;
}

/** Minutes by which messages had extended the limit of a job or session before a moment. */
export function extended(arn: string, before: number, { extensions }: History): number {
  const own = extensions.filter(({ target, from }) => [arn, runOf(arn)].includes(target) && from < before);
  return own.reduce((sum, { minutes }) => sum + minutes, 0);
}

/** The run of a job; a session stands for itself. */
export function runOf(arn: string): string {
  return arn.includes(':job:') ? arn.replace(':job:', ':run:').replace(/\/\d{5}$/, '') : arn;
}

/** Runs of one project with one key: `run-<key>-<number>`. */
function groupOf(run: string, { show }: History): string {
  return `${run.split(/[:/]/)[6]} ${String(show(run).name).split('-')[1]}`;
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

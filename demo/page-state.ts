import type { Job, RemoteAccessSession, Run } from '@aws-sdk/client-device-farm';
import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import { parseArn } from '../lambda/arn.ts';
import { minutesOf, readControls } from '../lambda/controls/controls.ts';
import { toJob, toProject, toRun, toSession } from '../lambda/device-farm/translate.ts';
import { Diagnostics } from '../lambda/diagnostics.ts';
import type { Decision, StoredAuditRecord, WorkItem } from '../lambda/model.ts';
import { formatMinutes, formatUsd, MICRO_PER_USD } from '../lambda/money.ts';
import { matchesItem } from '../lambda/policy/match.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { decide } from '../lambda/rules/decide.ts';
import { extendedBy, minutesRun } from '../lambda/rules/rule.ts';
import type { AuditTrail } from '../lambda/store/audit-trail.ts';
import { FirstSeen, jobItems, sessionItem } from '../lambda/sweep/inventory-items.ts';
import type { BudgetUsage } from '../lambda/sweep/report.ts';
import { isRecord } from '../lambda/text.ts';
import { iso, MINUTE, utcDay } from '../lambda/time.ts';
import type { LocalAws } from './aws/local-aws.ts';
import { isSummary } from './check-day.ts';
import { commandFor } from './outside.ts';

/** Real seconds between two sweeps while the demo stays. */
export const PACES = { pause: Number.POSITIVE_INFINITY, slow: 20, normal: 5, fast: 1 } as const;

export type Pace = keyof typeof PACES;

/** What the page and the course of the demo share. */
export interface Course {
  /** The day has been shown and checked: from now on anybody may order and set the pace. */
  isStaying: boolean;
  pace: Pace;
}

/** What the page shows of. */
export interface Shown {
  readonly aws: LocalAws;
  readonly policy: Policy;
  readonly course: Course;
}

/** What `GET /state` returns. Times are ISO 8601, of the virtual clock; lists are of its UTC day. */
export type PageState = Awaited<ReturnType<typeof readPageState>>;

/** Minutes for which work stays on the page after its stop was accepted. */
const STAYS_SHOWN = 10;
/** The records that the page shows, by their marks. */
const MARKS: Readonly<Record<string, string>> = {
  StopAccepted: 'stopped',
  WouldStop: 'would stop',
  StopHeld: 'kept',
  StopSkipped: 'skipped',
  StopFailed: 'failed',
};

/** Everything that the page shows, at one moment. */
export async function readPageState({ aws, policy, course }: Shown, audit: AuditTrail) {
  const now = aws.clock.now();
  const items = itemsIn(aws.emulator, aws.plan.account, now);
  const diagnostics = new Diagnostics();
  const [records, controls] = await Promise.all([
    audit.onDay(utcDay(now), (what) => diagnostics.note(what)),
    readControls({ audit }, { now, diagnostics }),
  ]);
  const context = { policy, now, budgets: [], histories: new Map(), exemptions: controls.exemptions };
  const extensions = minutesOf(controls.extensions, policy);
  const decisions = decide(items, { ...context, extensions, diagnostics });
  const stops = records.filter(({ event, subject }) => event in MARKS && !subject.includes(':run:'));
  const accepted = stops.filter(
    ({ event, at }) => event === 'StopAccepted' && Date.parse(at) > now - STAYS_SHOWN * MINUTE,
  );
  const sweeps = aws.invocations.flatMap(({ startedAt: at, result }) =>
    isSummary(result) && utcDay(at) === utcDay(now) ? [{ at, ...result }] : [],
  );
  return {
    at: iso(now),
    isStaying: course.isStaying,
    pace: course.pace,
    /** In JSON `null` while time stands still. */
    secondsPerSweep: PACES[course.pace],
    mode: policy.mode,
    pause: controls.pause?.reason ?? null,
    problems: [...diagnostics.problems, ...(sweeps.at(-1)?.problems ?? [])],
    command: commandFor(aws, 'status'),
    inFlight: items.length,
    work: workIn(decisions, accepted, { policy, now, extensions }),
    budgets: (sweeps.at(-1)?.usage ?? []).map((budget) => budgetLine(budget, sweeps)),
    stops: stopsIn(stops),
    mails: aws.topics.messages
      .filter(({ topicArn }) => topicArn === aws.plan.output('NotificationTopicArn'))
      .filter(({ at }) => utcDay(at) === utcDay(now))
      .map(({ messageId: id, at, subject = '', message: text }) => ({ id, at: iso(at), subject, text }))
      .toReversed(),
  };
}

/** Everything in flight, as a sweep sees it; without a request, so that the page takes no share of the API rate. */
function itemsIn(emulator: DeviceFarmEmulator, accountId: string, now: number): readonly WorkItem[] {
  const { jobs, runs, sessions } = emulator.billed(now);
  const viewOf = (arn: string) => ({
    project: toProject(shown(emulator, parseArn(arn)?.projectArn ?? '')),
    accountId,
    firstSeen: new FirstSeen({ runningSince: {} }, now),
    now,
  });
  const isInFlight = ({ status, created = now }: { readonly status: string; readonly created?: number }) =>
    status !== 'COMPLETED' && created <= now;
  return [
    ...[...runs.keys()]
      .map((arn) => toRun(shown<Run>(emulator, arn)))
      .filter(isInFlight)
      .flatMap((run) => {
        const own = [...jobs.keys()].filter((arn) => parseArn(arn)?.runArn === run.arn);
        return jobItems(
          run,
          own.map((arn) => toJob(shown<Job>(emulator, arn))),
          viewOf(run.arn),
        );
      }),
    ...[...sessions.keys()]
      .map((arn) => toSession(shown<RemoteAccessSession>(emulator, arn)))
      .filter(isInFlight)
      .map((session) => sessionItem(session, viewOf(session.arn))),
  ];
}

/** An item as the SDK gives it: its times are dates. */
function shown<T extends object>(emulator: DeviceFarmEmulator, arn: string): T {
  const item = emulator.show(arn);
  const members = Object.entries(isRecord(item) ? item : {}).map(([name, value]) =>
    ['created', 'started', 'stopped'].includes(name) && typeof value === 'number'
      ? [name, new Date(value * 1_000)]
      : [name, value],
  );
  return Object.fromEntries(members);
}

type Limits = Parameters<typeof meterOf>[1];

/** Runs and sessions, each with its work: what is in flight, and at the end what was stopped just now. */
function workIn(decisions: readonly Decision[], accepted: readonly StoredAuditRecord[], limits: Limits) {
  const stopped = new Map(accepted.map((record) => [record.subject, record]));
  const inFlight = new Set(decisions.map(({ item }) => item.arn));
  const lines = [
    ...decisions.map((decision) => {
      const { item } = decision;
      const stop = stopped.get(item.arn);
      return {
        arn: item.arn,
        runArn: item.run?.arn ?? null,
        project: item.project.name,
        name: item.run?.name ?? item.name,
        device: item.device,
        created: item.created === undefined ? '' : iso(item.created),
        status: item.status,
        billing: item.billing,
        canStop: item.phase === 'queued' || item.phase === 'started',
        ...meterOf(item, limits),
        ...(stop ? { mark: 'stopping', reason: stop.reason } : markOf(decision)),
      };
    }),
    ...accepted
      .filter(({ subject }) => !inFlight.has(subject))
      .map(({ subject: arn, project = '', run, device = '', minutes, reason }) => ({
        arn,
        runArn: parseArn(arn)?.runArn ?? null,
        project,
        name: run ?? device,
        device,
        created: '',
        status: 'COMPLETED',
        billing: '',
        canStop: false,
        used: minutes?.total ?? 0,
        limit: null,
        meter: `${formatMinutes(minutes?.total ?? 0)} used`,
        mark: 'stopped',
        reason,
      })),
  ];
  const place = ({
    lines: own,
    project,
    name,
    arn,
  }: {
    readonly lines: typeof lines;
    readonly project: string;
    readonly name: string;
    readonly arn: string;
  }) => [own.some(({ canStop }) => canStop) ? 0 : 1, project, name, arn].join('\n');
  return grouped(lines, ({ runArn, arn }) => runArn ?? arn)
    .map(([arn, [first, ...more]]) => ({
      arn,
      project: first.project,
      name: first.name,
      created: first.created,
      lines: [first, ...more].toSorted((a, b) => (a.arn < b.arn ? -1 : 1)),
    }))
    .sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** What is decided on some work, where it is worth a word. */
function markOf({ action, exemption, reason }: Decision) {
  if (exemption !== undefined) return { mark: 'exempt', reason: reason() };
  if (action === 'keep') return { mark: '', reason: '' };
  return { mark: action === 'stop' ? 'over' : 'would stop', reason: reason() };
}

/** How far work is to the nearest of its limits, of the rules that are about minutes. */
function meterOf(
  item: WorkItem,
  {
    policy,
    now,
    extensions,
  }: Pick<Shown, 'policy'> & { readonly now: number; readonly extensions: ReadonlyMap<string, number> },
) {
  const { run, minutes, phase, created, timeoutMinutes } = item;
  const meters = policy.rules.flatMap((rule) => {
    if (!matchesItem(rule.match)(item)) return [];
    const trial = rule.mode === 'observe' ? ', on trial' : '';
    const meter = (used: number | undefined, limit: number, of = '') =>
      used === undefined
        ? []
        : [
            {
              used,
              limit,
              meter: `${formatMinutes(used)} of ${formatMinutes(limit)}${of} (${rule.id}${trial})`,
            },
          ];
    if (rule.type === 'job-duration')
      return meter(minutesRun(item, now), rule.maxMinutes + extendedBy(item, extensions));
    if (rule.type === 'run-minutes') return meter(run?.minutes.total, rule.maxMinutes, ' of the run');
    if (rule.type === 'queue-age' && phase === 'queued' && created !== undefined)
      return meter((now - created) / MINUTE, rule.maxMinutes, ' in the queue');
    return [];
  });
  const [nearest] = meters.toSorted((a, b) => b.used / b.limit - a.used / a.limit);
  const used = minutes.total;
  const timeout = timeoutMinutes === undefined ? '' : `, timeout ${formatMinutes(timeoutMinutes)}`;
  return nearest ?? { used, limit: null, meter: `${formatMinutes(used)}; no limit by a rule${timeout}` };
}

/** A budget of the last sweep, and where it stood at each sweep of the day. */
function budgetLine(
  { rule, period, unit, limit, spent, worstCase }: BudgetUsage,
  sweeps: readonly { readonly at: number; readonly usage: readonly BudgetUsage[] }[],
) {
  const text = (amount: number) =>
    unit === 'usd' ? formatUsd(amount * MICRO_PER_USD) : formatMinutes(amount);
  return {
    rule,
    period,
    limit,
    texts: {
      spent: text(spent),
      worstCase: text(worstCase),
      limit: `${text(limit)}${spent > limit ? ', exceeded' : ''}`,
    },
    points: sweeps.flatMap(({ at, usage }) =>
      usage
        .filter((one) => one.rule === rule && one.period === period)
        .map((one) => ({ at, spent: one.spent, worstCase: one.worstCase })),
    ),
  };
}

/** What became of work, the latest first: the jobs of one run at one moment and for one cause together. */
function stopsIn(records: readonly StoredAuditRecord[]) {
  const key = ({ event, subject, at, actor }: StoredAuditRecord) =>
    `${at} ${event} ${actor} ${parseArn(subject)?.runArn ?? subject}`;
  return grouped(records, key)
    .map(([id, [first, ...more]]) => ({
      id,
      at: first.at,
      mark: MARKS[first.event] ?? first.event,
      by: first.actor.startsWith('sns:') ? 'by order' : `rule ${first.rule ?? 'unknown'}`,
      names: [first.project, first.run].filter(Boolean).join(' / '),
      devices: [first, ...more]
        .flatMap(({ device }) => device ?? [])
        .sort()
        .join(', '),
      reasons: [...new Set([first, ...more].map(({ reason }) => reason))],
    }))
    .toReversed();
}

function grouped<T>(
  all: readonly T[],
  keyOf: (one: T) => string,
): readonly (readonly [string, readonly [T, ...T[]]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return [...groups];
}

import { phaseOf, type WorkItem } from '../lambda/model.ts';
import { parsePolicy } from '../lambda/policy/load.ts';
import { decide } from '../lambda/rules/decide.ts';
import { MINUTE } from '../lambda/time.ts';
import { budgetStates } from '../lambda/usage/budgets.ts';
import { historyKey } from '../lambda/usage/histories.ts';
import { printTable } from './print-table.ts';

const SIZES = [250, 10_000, 100_000] as const;
const ROUNDS = 7;
const NOW = Date.UTC(2030, 0, 9, 12);
const PREFIX = 'arn:aws:devicefarm:us-west-2:123456789012';
const PROJECTS = 200;
const JOBS_A_RUN = 5;
const DEVICES = ['Google Pixel 8', 'Samsung Galaxy S24', 'Apple iPhone 15', 'Apple iPad Air'];
const STATUSES = [
  'RUNNING',
  'RUNNING',
  'RUNNING',
  'PENDING',
  'PREPARING',
  'RUNNING',
  'PROCESSING',
  'RUNNING',
];

/** Every type of rule, with globs, exemptions, two budgets and limits that a few items in a hundred are above. */
const policy = parsePolicy({
  version: 1,
  mode: 'enforce',
  timezone: 'Europe/Berlin',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 117 },
    { id: 'long-tools', type: 'job-duration', maxMinutes: 90, match: { projects: ['tools-*', '*-spike'] } },
    { id: 'wide-runs', type: 'run-minutes', maxMinutes: 590, match: { runs: ['nightly-*', 'pr-*'] } },
    { id: 'stuck-queue', type: 'queue-age', maxMinutes: 118 },
    {
      id: 'office-hours',
      type: 'window',
      match: { work: 'sessions', projects: ['team-1*'] },
      allow: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '07:00', to: '20:00' }],
    },
    { id: 'old-builds', type: 'superseded', key: 'pr-{key}-{number}', match: { projects: ['team-*'] } },
    { id: 'no-progress', type: 'stalled', maxMinutes: 30 },
    { id: 'slower', type: 'elastic', percent: 300, match: { runs: ['nightly-*'] } },
    {
      id: 'day',
      type: 'budget',
      period: 'day',
      limit: { usd: 10_000_000 },
      thresholds: [
        { percent: 80, action: 'notify' },
        { percent: 100, action: 'stop-queued', basis: 'worst-case' },
      ],
    },
    {
      id: 'tools',
      type: 'budget',
      period: 'month',
      limit: { meteredMinutes: 100_000_000 },
      match: { projects: ['tools-*'], billing: 'metered' },
      thresholds: [{ percent: 100, action: 'stop-all' }],
    },
  ],
  exemptions: ['release-*', 'tools-7', 'team-19*', '*-demo', 'spike-?'].map((glob, index) => ({
    id: `exempt-${index}`,
    match: { projects: [glob], runs: ['nightly-*'] },
    until: '2030-02-01T00:00:00Z',
    owner: 'mobile',
    reason: 'release',
  })),
});

/** Decisions a second on one core, against a loop that only compares one number of each item. */
export function benchDecisions(): void {
  const rows = SIZES.flatMap((size) => {
    const items = workItems(size);
    const context = contextOf(items);
    const decided = () => decide(items, context);
    const cases: readonly (readonly [string, () => unknown])[] = [
      ['baseline: one number compared', () => items.filter(({ minutes }) => minutes.total > 117).length],
      ['decided', decided],
      ['decided, each reason read', () => decided().reduce((all, { reason }) => all + reason().length, 0)],
    ];
    return cases.map(([name, run]) => {
      const ms = median(Array.from({ length: ROUNDS }, () => timeOf(run)));
      return [name, String(size), ms.toFixed(2), Math.round((size / ms) * 1_000).toLocaleString('en')];
    });
  });
  printTable(`Decisions under a policy of ${policy.rules.length} rules, median of ${ROUNDS}`, [
    ['case', 'work items', 'CPU ms', 'a second'],
    ...rows,
  ]);
  const sample = workItems(10_000);
  const decisions = decide(sample, contextOf(sample));
  const count = (action: string) => decisions.filter((one) => one.action === action).length;
  console.log(`  of 10,000 items: keep ${count('keep')}, observe ${count('observe')}, stop ${count('stop')}`);
}

function contextOf(items: readonly WorkItem[]) {
  const histories = new Map(
    items.flatMap(({ project, run, device }) =>
      run ? [[historyKey(project.arn, run.name, device), [20, 24, 28, 32, 36, 40]] as const] : [],
    ),
  );
  return { policy, now: NOW, budgets: budgetStates(policy, [], NOW), histories, exemptions: [] };
}

function workItems(count: number): readonly WorkItem[] {
  let run: WorkItem['run'];
  return Array.from({ length: count }, (_, index) => {
    const project = index % PROJECTS;
    const group = Math.floor(index / JOBS_A_RUN);
    const id = `p${group % PROJECTS}`;
    const isSession = group % 10 === 9;
    const age = ((group * 37) % 120) * MINUTE;
    const status = STATUSES[index % STATUSES.length] ?? 'RUNNING';
    const started = status === 'RUNNING' ? NOW - age : undefined;
    const used = status === 'RUNNING' ? age / MINUTE : 0;
    const minutes = { total: used, metered: used, unmetered: 0 };
    if (index % JOBS_A_RUN === 0)
      run = {
        arn: `${PREFIX}:run:${id}/r${group}`,
        name: group % 2 === 0 ? `nightly-${group % 50}` : `pr-${group}-${group % 7}`,
        minutes: { total: used * JOBS_A_RUN, metered: used * JOBS_A_RUN, unmetered: 0 },
        devices: JOBS_A_RUN,
      };
    const arn = isSession
      ? `${PREFIX}:session:${id}/s${index}/00000`
      : `${PREFIX}:job:${id}/r${group}/${String(index % JOBS_A_RUN).padStart(5, '0')}`;
    return {
      arn,
      kind: isSession ? 'session' : 'job',
      name: 'work',
      device: DEVICES[index % DEVICES.length] ?? '',
      project: { arn: `${PREFIX}:project:${id}`, name: nameOf(group % PROJECTS) },
      ...(!isSession && run && { run, testType: 'APPIUM_NODE' }),
      status,
      phase: phaseOf(status),
      platform: index % DEVICES.length < 2 ? 'ANDROID' : 'IOS',
      created: NOW - age,
      usageAt: NOW - age,
      ...(started !== undefined && { runningSince: started, runningSinceSource: 'reported' }),
      billing: project % 4 === 0 ? 'unmetered' : 'metered',
      minutes,
      ...(!isSession &&
        status === 'RUNNING' && { progress: { since: NOW - (age % (31 * MINUTE)), rose: true } }),
    } satisfies WorkItem;
  });
}

function nameOf(project: number): string {
  return project % 10 === 0 ? `tools-${project}` : `team-${project}`;
}

/** Milliseconds of CPU time: others may use the machine. */
function timeOf(run: () => unknown): number {
  const begin = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import type { FaultKind } from '../../emulator/faults.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import type { RuleInput } from '../../lambda/rules/rules.ts';
import { MINUTE } from '../../lambda/time.ts';
import type { Chance } from './chance.ts';

/** An enforcing or observing policy with a few rules of any kind. */
export function anyPolicy(chance: Chance): Partial<PolicyInput> {
  const rules = chance.some(RULES, 0.5).map((make) => make(chance));
  return {
    mode: chance.happens(0.85) ? 'enforce' : 'observe',
    timezone: 'UTC',
    rules: rules.length > 0 ? rules : [duration(chance)],
    safety: {
      maxStopsPerHour: chance.pick([2, 1_000, 1_000]),
      breaker: { percentOfActive: chance.pick([25, 100, 100]), minimumActive: 4 },
    },
    manualStop: {
      ...(chance.happens(0.7) && {
        budgets: [{ name: 'Test Budget', stop: chance.pick(['queued', 'all']) }],
      }),
      ...(chance.happens(0.7) && {
        alarms: [{ name: 'device-farm-burn', stop: chance.pick(['queued', 'all']) }],
      }),
    },
    ...(chance.happens(0.2) && {
      exemptions: [
        {
          id: 'release',
          match: { runs: ['run-1*'] },
          until: '2030-01-01T00:00:00Z',
          owner: 'mobile',
          reason: 'release',
        },
      ],
    }),
  };
}

const duration = (chance: Chance): RuleInput => ({
  id: 'long',
  type: 'job-duration',
  maxMinutes: chance.pick([10, 20, 60]),
  ...(chance.happens(0.5) && { warnMinutes: 5 }),
});

const RULES: readonly ((chance: Chance) => RuleInput)[] = [
  duration,
  (chance) => ({ id: 'run', type: 'run-minutes', maxMinutes: chance.pick([30, 90]) }),
  () => ({ id: 'queue', type: 'queue-age', maxMinutes: 15 }),
  (chance) => ({
    id: 'day',
    type: 'budget',
    period: 'day',
    limit: { minutes: chance.pick([60, 200]) },
    thresholds: [
      { percent: 50, action: 'notify' },
      { percent: 100, action: 'stop-all' },
      ...(chance.happens(0.5)
        ? [{ percent: 100, basis: 'worst-case' as const, action: 'stop-queued' as const }]
        : []),
    ],
  }),
  () => ({ id: 'newer', type: 'superseded', key: 'run-{key}-{number}', match: { runs: ['run-*'] } }),
  () => ({ id: 'stuck', type: 'stalled', maxMinutes: 25 }),
  (chance) => ({
    id: 'hours',
    type: 'window',
    allow: [{ from: '00:00', to: chance.pick(['12:12', '12:18']) }],
    graceMinutes: 1,
  }),
];

/** What runs in the account: adds projects, runs and sessions, and knows what can be named in an order. */
export class Load {
  readonly projects: readonly string[];
  readonly runs: string[] = [];
  readonly jobs: string[] = [];
  readonly sessions: string[] = [];
  /** Runs with a tag that exempts them for longer than a story lasts. */
  readonly tagged: string[] = [];
  readonly #emulator: DeviceFarmEmulator;
  readonly #chance: Chance;

  constructor(emulator: DeviceFarmEmulator, chance: Chance) {
    this.#emulator = emulator;
    this.#chance = chance;
    this.projects = Array.from({ length: 1 + chance.below(3) }, (_, index) =>
      emulator.addProject({ name: `project-${index}` }),
    );
  }

  addRun(created: number): void {
    const chance = this.#chance;
    const jobs = Array.from({ length: 1 + chance.below(3) }, () => ({
      testMinutes: chance.pick([5, 18, 58, 62, 120]),
      ...(chance.happens(0.1) && { status: 'PENDING_DEVICE' as const }),
    }));
    const isTagged = chance.happens(0.05);
    const run = this.#emulator.addRun({
      ...(isTagged && { tags: { 'autostop:exempt-until': '2026-08-09T00:00:00Z' } }),
      project: chance.pick(this.projects),
      name: `run-${chance.below(3)}-${this.runs.length}`,
      billingMethod: chance.pick(['METERED', 'METERED', 'UNMETERED']),
      created,
      jobs,
    });
    this.runs.push(run.arn);
    if (isTagged) this.tagged.push(run.arn);
    this.jobs.push(...run.jobs);
  }

  addSession(created: number): void {
    const chance = this.#chance;
    const sessionMinutes = chance.pick([10, Number.POSITIVE_INFINITY]);
    this.sessions.push(
      this.#emulator.addSession({
        project: chance.pick(this.projects),
        name: `session-${this.sessions.length}`,
        created,
        sessionMinutes,
      }),
    );
  }

  /** Work that begins now; at the begin of the story also work that began up to `before` minutes ago. */
  grow(now: number, most: number, before = 0): void {
    const chance = this.#chance;
    const created = () => now - chance.below(before + 1) * MINUTE;
    for (let count = chance.below(most + 1); count > 0; count -= 1) this.addRun(created());
    if (chance.happens(0.3)) this.addSession(created());
  }

  any(): string {
    return this.#chance.pick([...this.jobs, ...this.runs, ...this.sessions]);
  }
}

/** Something that goes wrong with Device Farm for a while. */
export function anyFault(chance: Chance): FaultKind & { readonly operation: string; readonly times: number } {
  const times = 1 + chance.below(6);
  const reads = [
    'ListProjects',
    'ListRuns',
    'ListJobs',
    'ListRemoteAccessSessions',
    'GetJob',
    'GetRun',
  ] as const;
  const stops = ['StopJob', 'StopRun', 'StopRemoteAccessSession'] as const;
  const any = [...reads, ...stops, '*'] as const;
  return chance.pick([
    { kind: 'error', name: 'ThrottlingException', operation: chance.pick(any), times: times * 3 },
    { kind: 'error', name: 'InternalServiceException', operation: chance.pick(any), times },
    { kind: 'html', operation: chance.pick(any), times },
    { kind: 'closed', when: chance.pick(['before', 'after']), operation: chance.pick(any), times },
    { kind: 'error', name: 'ServiceAccountException', operation: chance.pick(stops), times },
    { kind: 'ignoredStop', operation: '*', times },
    { kind: 'shuffledPage', operation: chance.pick(['ListRuns', 'ListJobs']), times },
    { kind: 'duplicatedItems', operation: chance.pick(['ListRuns', 'ListJobs']), times },
    { kind: 'repeatedToken', operation: 'ListRuns', times },
    { kind: 'emptyReply', operation: chance.pick(any), times },
    { kind: 'missingMembers', members: ['status'], operation: chance.pick(reads), times },
  ]);
}

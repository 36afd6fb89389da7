import { describe, expect, it } from 'vitest';
import { SweepFailedError } from '../../../../lambda/core/errors.ts';
import type { Policy, PolicyInput } from '../../../../lambda/core/policy/schema.ts';
import {
  ACCOUNT,
  BEGIN,
  type Guard,
  type GuardOptions,
  startGuard,
} from '../../../harness/guard-in-process.ts';
import {
  AUDIT_TABLE,
  queries,
  STATE_TABLE,
  textIn,
  touches,
  writesEvent,
} from '../../../harness/table-service.ts';
import { addJob, addSession, shown } from '../../../harness/work.ts';

type RuleInput = PolicyInput['rules'][number];

const LONG_JOBS: RuleInput = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 };
const DAY_IN_USD: RuleInput = {
  id: 'day',
  type: 'budget',
  period: 'day',
  limit: { usd: 10 },
  thresholds: [
    { percent: 50, action: 'notify' },
    { percent: 100, action: 'stop-all' },
  ],
};
/** For waves of stops that are meant. */
const NO_BREAKER = { breaker: { percentOfActive: 100 } };
const EXEMPTION = {
  id: 'release',
  match: { runs: ['release-*'] },
  until: '2026-12-01T00:00:00Z',
  owner: 'mobile',
  reason: 'store release',
};

/** A guard with one job 75 minutes old, which is too long. */
async function guardWithLongJob(options: GuardOptions = {}, job: Parameters<typeof addJob>[1] = {}) {
  const guard = await startGuard(options);
  const work = addJob(guard, job);
  guard.pass(75);
  return { guard, ...work };
}

/** One job that has run for 75 minutes of 150 and one of which all 150 are to come, at 13:15 of a day of 24 hours. */
function spendOfToday(whose: { readonly project: string | null; readonly projectArn: string | null }) {
  const minutes = { spent: 75, committed: 300, forecast: expect.closeTo((75 * 24) / 13.25, 6) };
  const usd = { spent: 12.75, committed: 51, forecast: expect.closeTo((12.75 * 24) / 13.25, 4) };
  return { ...whose, kind: 'day', period: '2026-08-07', minutes, usd, incomplete: false };
}

const subjects = (guard: Guard) => guard.topic.messages.map(({ subject }) => subject);

describe('sweep', () => {
  it('stops what is over a limit, leaves the rest alone, and says all of it in its summary', async () => {
    const { guard, arn, project } = await guardWithLongJob();
    addJob(guard, {}, { project, name: 'short' });

    const summary = await guard.sweep({ sweepId: 's1' });

    expect(summary).toEqual({
      sweepId: 's1',
      mode: 'enforce',
      policyVersion: 'test-policy',
      projects: 1,
      activeRuns: 2,
      activeItems: 2,
      wouldStop: [],
      stopped: [arn],
      alreadyStopping: [],
      failed: [],
      heldBack: [],
      confirmed: [],
      partial: false,
      problems: [],
      usage: [],
      spend: [
        spendOfToday({ project: null, projectArn: null }),
        spendOfToday({ project: 'mobile', projectArn: project }),
      ],
      account: {
        trial: { total: 1000, remaining: 0 },
        unmeteredSlots: { jobs: { ANDROID: 0, IOS: 0 }, sessions: { ANDROID: 0, IOS: 0 } },
      },
      idleSlots: [],
      estimateError: { count: 0, minutes: 0, absoluteMinutes: 0 },
      lessons: [],
    });
    expect((await guard.trail(arn))[0]?.reason).toBe(
      'ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs)',
    );
    guard.journal.expectStopsExplained();
  });

  it('stops nothing again in a second sweep, and confirms', async () => {
    const { guard, arn } = await guardWithLongJob({}, { teardownMinutes: 7 });
    await guard.sweep();
    guard.pass(5);

    const stopping = await guard.sweep();
    guard.pass(5);
    const ended = await guard.sweep();

    expect(stopping).toMatchObject({ stopped: [], confirmed: [], activeItems: 1 });
    expect(ended).toMatchObject({ stopped: [], confirmed: [arn], activeItems: 0 });
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
    expect(await guard.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted', 'StopConfirmed']);
  });

  it('stops everything once when two sweeps and a manual stop come at once', async () => {
    const { guard, project } = await guardWithLongJob();
    const created = BEGIN;
    const arns = [1, 2, 3, 4, 5, 6].map(() => addJob(guard, {}, { project, created }).arn);
    const order = { action: 'stop', target: 'account', confirm: ACCOUNT };

    await Promise.allSettled([
      guard.sweep(),
      guard.sweep({ in: guard.container() }),
      guard.send(order, { in: guard.container() }),
    ]);

    expect(arns.map((arn) => guard.journal.requestsFor(arn).length)).toEqual(arns.map(() => 1));
    guard.journal.expectStopsExplained();
  });

  it('keeps below the rate of stop calls', async () => {
    const { guard, project } = await guardWithLongJob({ policy: { safety: NO_BREAKER } });
    for (let count = 1; count < 40; count += 1) addJob(guard, {}, { project, created: BEGIN });

    const summary = await guard.sweep();

    expect(summary.stopped).toHaveLength(40);
    expect(guard.emulator.requests.filter(({ errorName }) => errorName !== undefined)).toEqual([]);
  });

  it('stops a session, and queued work that waits too long', async () => {
    const rules: RuleInput[] = [LONG_JOBS, { id: 'queue', type: 'queue-age', maxMinutes: 30 }];
    const { guard, arn } = await guardWithLongJob({ policy: { rules } }, { status: 'PENDING_CONCURRENCY' });
    const session = addSession(guard, { created: BEGIN });

    const summary = await guard.sweep();

    expect([...summary.stopped].sort()).toEqual([arn, session].sort());
    guard.journal.expectStopsExplained();
  });

  it('does not stop for duration at first sight when the start is not reported, but later', async () => {
    const { guard, arn } = await guardWithLongJob({}, { testMinutes: 149, override: { started: undefined } });

    const first = await guard.sweep();
    guard.pass(60);
    const atLimit = await guard.sweep();
    guard.pass(1);
    const over = await guard.sweep();

    expect([first.stopped, atLimit.stopped, over.stopped]).toEqual([[], [], [arn]]);
  });
});

describe('sweep: what it may do', () => {
  it.each([
    { what: 'the policy', policy: { mode: 'observe' as const } },
    { what: 'the rule', policy: { rules: [{ ...LONG_JOBS, mode: 'observe' as const }] } },
  ])('records once what it would stop when $what only observes', async ({ policy }) => {
    const { guard, arn } = await guardWithLongJob({ policy });

    const first = await guard.sweep();
    guard.pass(5);
    const second = await guard.sweep();

    expect([first.wouldStop, second.wouldStop]).toEqual([[arn], [arn]]);
    expect(guard.journal.stops()).toEqual([]);
    expect(await guard.trail(arn)).toMatchObject([
      { event: 'WouldStop', rule: 'long-jobs', mode: 'observe' },
    ]);
    expect(subjects(guard)).toEqual(['Device Farm auto-stop: would stop 1']);
  });

  it('keeps what is exempt, and says by which exemption', async () => {
    const guard = await startGuard({ policy: { exemptions: [EXEMPTION] } });
    addJob(guard, {}, { name: 'release-7' });
    guard.pass(75);

    const summary = await guard.sweep();

    expect(summary).toMatchObject({ stopped: [], wouldStop: [], activeItems: 1 });
    expect(guard.lines).toContainEqual(
      expect.objectContaining({
        message: 'decision',
        details: expect.objectContaining({ exemption: 'release' }),
      }),
    );
  });

  it('stops metered work over a budget in usd, and never unmetered work', async () => {
    const guard = await startGuard({ policy: { rules: [DAY_IN_USD] } });
    const metered = addJob(guard);
    const unmetered = addJob(guard, {}, { project: metered.project, billingMethod: 'UNMETERED' });
    guard.pass(75);

    const summary = await guard.sweep();

    expect(summary.stopped).toEqual([metered.arn]);
    expect(shown(guard, unmetered.arn)).toBe('RUNNING');
    expect(summary.usage).toMatchObject([{ rule: 'day', unit: 'usd', limit: 10, incomplete: false }]);
    expect(summary.usage[0]?.spent).toBeCloseTo(75 * 0.17, 1);
  });

  it('tells each threshold of a budget once', async () => {
    const guard = await startGuard({ policy: { rules: [DAY_IN_USD] } });
    addJob(guard);
    guard.pass(31);

    await guard.sweep();
    guard.pass(5);
    await guard.sweep();

    expect(subjects(guard)).toEqual(['Device Farm budget day is above 50 %']);
  });

  it('keeps the items of a rule that throws, reports it, and goes on', async () => {
    const { guard } = await guardWithLongJob();
    const unknown = { id: 'new', type: 'not-known-yet', match: {} };
    const policy = { ...guard.policy, rules: [...guard.policy.rules, unknown] } as unknown as Policy;

    const summary = await guard.sweep({ policy });

    expect(summary).toMatchObject({ stopped: [], activeItems: 1 });
    expect(summary.problems).toEqual([expect.stringContaining('a rule failed, the item is kept')]);
  });
});

describe('sweep: what it tells', () => {
  it('publishes one digest when something was stopped, and nothing when all is quiet', async () => {
    const { guard, arn } = await guardWithLongJob();
    await guard.sweep();
    guard.pass(5);
    await guard.sweep();
    guard.pass(5);

    await guard.sweep();

    expect(subjects(guard)).toEqual(['Device Farm auto-stop: stopped 1']);
    expect(guard.topic.messages[0]?.message).toContain(`mobile: ran 75 min on Google Pixel 8`);
    expect(guard.topic.messages[0]?.message).toContain(arn);
  });

  it('counts itself, and what it did', async () => {
    const { guard } = await guardWithLongJob();

    await guard.sweep();

    expect(guard.metrics).toEqual([
      {
        sweepsEnded: 1,
        partialSweeps: 0,
        failedStops: 0,
        escalatedStops: 0,
        accessDenied: 0,
        stops: 1,
        wouldStop: 0,
        activeItems: 1,
        estimateErrorMinutes: 0,
      },
    ]);
  });

  it('leaves a record of each sweep', async () => {
    const { guard, arn } = await guardWithLongJob();

    await guard.sweep({ sweepId: 's1' });

    expect(await guard.trail('sweep#2026-08-07')).toMatchObject([
      {
        id: '2026-08-07T13:15:00.000Z#s1',
        event: 'SweepCompleted',
        details: { counts: { stopped: 1, activeItems: 1 }, stopped: [arn] },
      },
    ]);
  });

  it('counts a stop that has no effect as failed until it has', async () => {
    const { guard, arn } = await guardWithLongJob({}, { testMinutes: 140 });
    guard.emulator.faults.add({ kind: 'stuckStop', operation: 'StopJob' });
    await guard.sweep();
    guard.pass(11);

    const summary = await guard.sweep();

    expect(summary.problems).toEqual([expect.stringMatching(new RegExp(`${arn}: .*11 min ago.*STOPPING`))]);
    expect(guard.metrics.at(-1)).toMatchObject({ failedStops: 1 });
  });
});

describe('sweep: in which order', () => {
  it('stops queued work first, then what can still cost most', async () => {
    const rules: RuleInput[] = [LONG_JOBS, { id: 'queue', type: 'queue-age', maxMinutes: 30 }];
    const guard = await startGuard({ policy: { rules } });
    const project = guard.emulator.addProject();
    const queued = addJob(guard, { status: 'PENDING_DEVICE' }, { project });
    const farFromIt = addJob(guard, {}, { project });
    const nearItsEnd = addJob(guard, { testMinutes: 78 }, { project, jobTimeoutMinutes: 80 });
    guard.pass(75);

    await guard.sweep();

    const order = guard.emulator.requests.filter(({ operation }) => operation === 'GetJob');
    expect(order.map(({ input }) => input.arn)).toEqual([queued.arn, farFromIt.arn, nearItsEnd.arn]);
  });

  it('does not call a stop overdue that it has just asked for again', async () => {
    const { guard, arn } = await guardWithLongJob();
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob', times: 1 });
    await guard.sweep();
    guard.pass(11);

    const summary = await guard.sweep();

    expect(summary).toMatchObject({ stopped: [arn], problems: [] });
    expect(guard.metrics.at(-1)).toMatchObject({ failedStops: 0 });
  });
});

describe('sweep: when something fails', () => {
  it('throws only when it could do nothing at all', async () => {
    const { guard } = await guardWithLongJob();
    guard.emulator.faults.add({ kind: 'html', operation: 'ListProjects' });

    const swept = guard.sweep();

    await expect(swept).rejects.toThrow(SweepFailedError);
  });

  it('reports a stop that was denied, and makes it when it is granted', async () => {
    const { guard, arn } = await guardWithLongJob();
    const fault = { kind: 'error', name: 'AccessDeniedException', operation: 'StopJob', times: 1 } as const;
    guard.emulator.faults.add(fault);

    const denied = await guard.sweep();
    guard.pass(5);
    const granted = await guard.sweep();

    expect(denied.failed).toEqual([{ arn, error: expect.stringContaining('AccessDeniedException') }]);
    expect(guard.metrics[0]).toMatchObject({ failedStops: 1, accessDenied: 1, stops: 0 });
    expect(granted.stopped).toEqual([arn]);
    guard.journal.expectStopsExplained();
  });

  it('one stop that fails keeps no other from being made', async () => {
    const { guard, arn, project } = await guardWithLongJob();
    const other = addJob(guard, {}, { project, created: BEGIN });
    guard.emulator.faults.add({ kind: 'html', operation: 'GetJob', match: arn });

    const summary = await guard.sweep();

    expect(summary.failed.map((failure) => failure.arn)).toEqual([arn]);
    expect(summary.stopped).toEqual([other.arn]);
  });

  it('stops nothing without its audit trail, and says so', async () => {
    const { guard, arn } = await guardWithLongJob();
    const error = { name: 'AccessDeniedException', status: 400 };
    guard.tables.fail({ match: ({ table }) => table === AUDIT_TABLE, error });

    const summary = await guard.sweep();

    expect(guard.journal.requestsFor(arn)).toEqual([]);
    expect(guard.journal.stops()).toEqual([]);
    expect(summary).toMatchObject({ stopped: [], failed: [], partial: true });
    expect(summary.heldBack).toEqual([{ arn, why: 'pauses and exemptions could not be read' }]);
    expect(summary.problems).toContainEqual(
      expect.stringMatching(
        new RegExp(`^pauses and exemptions could not be read; this sweep stops nothing: .*${AUDIT_TABLE}`),
      ),
    );
    expect(guard.metrics.at(-1)).toMatchObject({
      stops: 0,
      failedStops: 0,
      partialSweeps: 1,
      accessDenied: 4,
    });
  });

  it('stops nothing whose intent cannot be written, and says so', async () => {
    const { guard, arn } = await guardWithLongJob();
    const error = { name: 'AccessDeniedException', status: 400 };
    guard.tables.fail({ match: writesEvent('StopRequested'), error });

    const summary = await guard.sweep();

    expect(guard.journal.requestsFor(arn)).toEqual([]);
    expect(guard.journal.stops()).toEqual([]);
    expect(summary.failed).toEqual([{ arn, error: expect.stringContaining(AUDIT_TABLE) }]);
    expect(summary).toMatchObject({ stopped: [], heldBack: [] });
    expect(guard.metrics.at(-1)).toMatchObject({ failedStops: 1, accessDenied: 1 });
  });

  it('judges by the other rules without its ledger, and stops nothing for a budget', async () => {
    const { guard, arn, project } = await guardWithLongJob({ policy: { rules: [LONG_JOBS, DAY_IN_USD] } });
    const short = addJob(guard, {}, { project });
    guard.pass(10);
    guard.tables.fail({ match: (call) => queries('ledger#2026-08-07')(call) });

    const summary = await guard.sweep();

    expect(summary).toMatchObject({ stopped: [arn], usage: [], partial: true });
    expect(shown(guard, short.arn)).toBe('RUNNING');
    expect(summary.problems).toEqual([expect.stringContaining('budgets could not be tallied')]);
  });

  it('stops what it must although its whole state table fails to remember', async () => {
    const { guard } = await guardWithLongJob();
    guard.tables.fail({ match: queries('project') });
    guard.tables.fail({ match: queries('open-stop') });
    guard.tables.fail({ match: touches('PutItem', 'project') });

    const summary = await guard.sweep();

    expect(summary.stopped).toHaveLength(1);
    expect(summary.partial).toBe(true);
    expect(summary.problems).toHaveLength(3);
  });

  it.each([STATE_TABLE, AUDIT_TABLE])('counts access to %s that was denied', async (table) => {
    const guard = await startGuard({ policy: { mode: 'observe' } });
    addJob(guard);
    guard.pass(75);
    const error = { name: 'AccessDeniedException', status: 400 };
    guard.tables.fail({ match: (call) => call.table === table, error });

    await guard.sweep();

    expect(guard.metrics.at(-1)?.accessDenied).toBeGreaterThan(0);
  });

  it('tells every would-be stop once although one of them could not be recorded at first', async () => {
    const { guard, arn, project } = await guardWithLongJob({ policy: { mode: 'observe' } });
    const other = addJob(guard, {}, { project, created: BEGIN });
    const isOther = (call: Parameters<typeof textIn>[0]) => textIn(call, 'subject') === other.arn;
    guard.tables.fail({ match: (call) => writesEvent('WouldStop')(call) && isOther(call), times: 1 });

    const first = await guard.sweep();
    guard.pass(5);
    await guard.sweep();

    expect(first.partial).toBe(true);
    const told = guard.topic.messages.map(({ message }) =>
      [arn, other.arn].filter((one) => message.includes(one)),
    );
    expect(told).toEqual([[arn], [other.arn]]);
  });

  it('ends although nobody can be told', async () => {
    const { guard, arn } = await guardWithLongJob();
    guard.topic.answer = async () => ({ kind: 'closed' });
    guard.tables.fail({ match: writesEvent('SweepCompleted') });

    const summary = await guard.sweep();

    expect(summary.stopped).toEqual([arn]);
    expect(
      guard.lines.filter(({ level }) => level === 'error').map(({ details }) => details.problem),
    ).toEqual([
      expect.stringContaining('sweep could not be recorded'),
      expect.stringContaining('digest could not be published'),
    ]);
  });

  it('counts that it may not publish', async () => {
    const { guard } = await guardWithLongJob();
    guard.topic.answer = async () => ({
      kind: 'http',
      status: 403,
      headers: {},
      body: '<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>',
    });

    await guard.sweep();

    expect(guard.metrics.at(-1)).toMatchObject({ sweepsEnded: 1, accessDenied: 1 });
  });

  it('holds back what it has no time for, and goes on in the next sweep', async () => {
    const { guard, project } = await guardWithLongJob({ policy: { safety: NO_BREAKER } });
    for (let count = 1; count < 10; count += 1) addJob(guard, {}, { project, created: BEGIN });
    const msLeft = () => (guard.journal.stops().length < 4 ? 100_000 : 14_000);

    const first = await guard.sweep({ msLeft });
    guard.pass(5);
    const second = await guard.sweep();

    expect(first.partial).toBe(true);
    expect(first.heldBack.length).toBeGreaterThan(0);
    expect([...first.stopped, ...second.stopped]).toHaveLength(10);
    guard.journal.expectStopsExplained();
  });

  it('leaves stops unconfirmed that it has no time for, and says so', async () => {
    const { guard } = await guardWithLongJob();
    await guard.sweep();
    guard.pass(5);
    const [timely, late] = [100_000, 14_000];
    const msLeft = () => (guard.tables.calls.some(queries('open-stop')) ? late : timely);
    guard.tables.calls.length = 0;

    const summary = await guard.sweep({ msLeft });

    expect(summary.confirmed).toEqual([]);
    expect(summary.problems).toContain('no time was left to confirm all stops; the next sweep goes on');
  });

  it('sees the rest and says that it is partial when one project cannot be read', async () => {
    const { guard, arn } = await guardWithLongJob();
    const hidden = addJob(guard, {}, { created: BEGIN });
    guard.emulator.faults.add({
      kind: 'error',
      name: 'AccessDeniedException',
      operation: 'ListRuns',
      match: hidden.project,
    });

    const summary = await guard.sweep();

    expect(summary).toMatchObject({ stopped: [arn], partial: true });
    expect(guard.metrics.at(-1)).toMatchObject({ partialSweeps: 1, accessDenied: 1 });
  });
});

import { describe, expect, it } from 'vitest';
import { BEGIN, startGuard } from '../../harness/guard-in-process.ts';
import { queries } from '../../harness/table-service.ts';
import { addJob } from '../../harness/work.ts';

const NO_RULE = { rules: [{ id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 1_000 }] };
const SLOTS = {
  unmeteredAutomation: { ANDROID: 1, IOS: 0 },
  unmeteredRemoteAccess: { ANDROID: 0, IOS: 0 },
};

type Started = Awaited<ReturnType<typeof startGuard>>;

const readings = ({ emulator }: Started) =>
  emulator.requests.filter(({ operation }) => operation === 'GetAccountSettings').length;

describe('the settings of the account', () => {
  it('are read at most once an hour, whichever container asks', async () => {
    const guard = await startGuard({ policy: NO_RULE });

    const counts: number[] = [];
    for (const minutes of [0, 5, 54, 1, 59, 1]) {
      guard.pass(minutes);
      await guard.sweep({ in: guard.container() });
      counts.push(readings(guard));
    }

    expect(counts).toEqual([1, 1, 1, 2, 2, 3]);
  });

  it('give the timeout of jobs whose run and project set none', async () => {
    const account = { defaultJobTimeoutMinutes: 90, trialMinutes: { total: 1000, remaining: 954.1 } };
    const guard = await startGuard({ policy: NO_RULE, emulator: { account } });
    // 0 is none. The emulator itself shows the account's where nothing else is set.
    const project = guard.emulator.addProject({ override: { defaultJobTimeoutMinutes: 0 } });
    addJob(guard, {}, { project, override: { jobTimeoutMinutes: 0 } });
    guard.pass(10);

    const { spend, account: shown } = await guard.sweep();

    expect(spend[0]).toMatchObject({ project: null, minutes: { spent: 10, committed: 90 } });
    expect(shown?.trial).toEqual({ total: 1000, remaining: 954.1 });
  });

  it('are told and do without when they cannot be read, and old ones are used', async () => {
    const guard = await startGuard({ policy: NO_RULE });
    await guard.sweep();
    guard.pass(60);
    const denied = { operation: 'GetAccountSettings', kind: 'error', name: 'AccessDeniedException' } as const;
    guard.emulator.faults.add(denied);

    const summary = await guard.sweep();

    expect(summary.problems).toEqual([
      expect.stringContaining('settings of the account could not be read: AccessDeniedException'),
    ]);
    expect(summary.partial).toBe(false);
    expect(summary.account).not.toBeNull();
    expect(guard.metrics.at(-1)).toMatchObject({ accessDenied: 1 });
  });

  it('are read from the service when the state table does not answer', async () => {
    const guard = await startGuard({ policy: NO_RULE });
    guard.tables.fail({ match: queries('account') });

    const summary = await guard.sweep();

    expect(summary.account).not.toBeNull();
    expect(summary.problems).toEqual([expect.stringContaining('remembered of the account')]);
  });
});

describe('metered work beside idle unmetered slots', () => {
  it('is told once a day for each project, in one message', async () => {
    const guard = await startGuard({ policy: NO_RULE, emulator: { slots: SLOTS } });
    addJob(guard, { testMinutes: 3_000 }, { jobTimeoutMinutes: 3_000 });
    addJob(guard, { testMinutes: 3_000 }, { jobTimeoutMinutes: 3_000 });

    const told: number[] = [];
    for (const minutes of [5, 5, 12 * 60, 60]) {
      guard.pass(minutes);
      await guard.sweep();
      told.push(guard.topic.messages.length);
    }

    expect(told).toEqual([1, 1, 2, 2]);
    expect(guard.topic.messages[0]).toMatchObject({
      subject: 'Device Farm: metered work beside idle unmetered slots',
      message: expect.stringContaining(
        '1 metered job on ANDROID in project "mobile" while 1 of 1 unmetered slots for jobs is idle',
      ),
    });
  });

  it('is no news while the slots are in use', async () => {
    const guard = await startGuard({ policy: NO_RULE, emulator: { slots: SLOTS } });
    const { project } = addJob(guard);
    addJob(guard, {}, { project, billingMethod: 'UNMETERED' });
    guard.pass(5);

    const summary = await guard.sweep();

    expect(summary.idleSlots).toEqual([]);
    expect(guard.topic.messages).toEqual([]);
  });
});

describe('the error of the estimates', () => {
  it('is what the last look in flight missed, summed in the summary and as a metric', async () => {
    const guard = await startGuard({ policy: NO_RULE });
    addJob(guard, { testMinutes: 18, setupMinutes: 1, teardownMinutes: 1 });
    guard.pass(18);
    await guard.sweep();
    guard.pass(5);
    await guard.sweep();
    guard.pass(15);

    const summary = await guard.sweep();

    expect(summary.estimateError).toEqual({ count: 1, minutes: 2, absoluteMinutes: 2 });
    expect(guard.metrics.at(-1)).toMatchObject({ estimateErrorMinutes: 2 });
    expect((await guard.ports.ledger.between(BEGIN, guard.clock.now()))[0]).toMatchObject({
      estimateError: 2,
    });
  });
});

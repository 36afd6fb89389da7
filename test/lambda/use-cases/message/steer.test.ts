import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../../../lambda/core/policy/schema.ts';
import { ACCOUNT, BEGIN, type Guard, startGuard } from '../../../harness/guard-in-process.ts';
import { AUDIT_TABLE, queries, STATE_TABLE, writesEvent } from '../../../harness/table-service.ts';
import { addJob, shown } from '../../../harness/work.ts';

const BUDGET_TEXT = readFileSync(
  new URL('../../../golden/budgets-notification.txt', import.meta.url),
  'utf8',
);
const BUDGETS = { budgets: [{ name: 'Test Budget', stop: 'all' as const }] };
const hours = (count: number) => new Date(BEGIN + count * 3_600_000).toISOString();
const EXEMPTION = {
  id: 'release',
  match: { runs: ['release-*'] },
  until: hours(1_000),
  owner: 'mobile',
  reason: 'store release',
};
const overBudget = (ignoreExemptions: boolean) => ({
  id: 'daily',
  type: 'budget' as const,
  period: 'day' as const,
  limit: { usd: 1 },
  ignoreExemptions,
  thresholds: [{ percent: 100, action: 'stop-all' as const }],
});

/** A guard with one job that is RUNNING for 75 minutes, with a limit of 60. */
async function guardWithLongJob(policy: Partial<PolicyInput> = {}, name = 'nightly') {
  const guard = await startGuard({ policy });
  const work = addJob(guard, {}, { name });
  guard.pass(75);
  return { guard, ...work };
}

const heldOf = async (guard: Guard, arn: string) =>
  (await guard.trail(arn)).filter(({ event }) => event === 'StopHeld');

/** Fails the reads of pauses and exemptions, and nothing else. */
const failSteering = (guard: Guard, times?: number) =>
  guard.tables.fail({
    match: ({ table, operation, input }) =>
      table === AUDIT_TABLE && operation === 'Query' && JSON.stringify(input).includes('begins_with'),
    ...(times !== undefined && { times }),
  });

const tagReads = ({ emulator }: Guard) =>
  emulator.requests.filter(({ operation }) => operation === 'ListTagsForResource');

describe('a message that steers', () => {
  it.each([
    ['pause', {}, 'GuardPaused', { until: hours(24) }],
    ['resume', {}, 'GuardResumed', {}],
    ['exempt', { target: 'run', until: hours(5) }, 'ExemptionGranted', { until: hours(5) }],
    ['unexempt', { target: 'run' }, 'ExemptionRevoked', {}],
  ])('%s is its audit record, answered once', async (action, extra, event, details) => {
    const guard = await startGuard();
    const target = 'target' in extra ? addJob(guard).run : undefined;
    const order = { action, ...extra, target, reason: 'release', requestedBy: 'ada' };

    const results = [await guard.send(order, { id: 'm1' }), await guard.send(order, { id: 'm1' })];

    expect(results).toMatchObject([{ status: 'steered' }, { status: 'doneBefore' }]);
    const words = 'ada asked by message: release';
    expect(await guard.trail('guard')).toMatchObject([
      {
        id: `${event}#m1`,
        event,
        actor: 'sns:m1',
        reason: expect.stringContaining(words),
        details: { ...details, words, ...(target && { target }) },
      },
    ]);
    expect(guard.topic.messages).toHaveLength(1);
  });

  it('is answered when the topic failed at first, under the same record', async () => {
    const guard = await startGuard();
    guard.tables.fail({
      match: ({ table, operation }) => table === STATE_TABLE && operation === 'PutItem',
      times: 1,
    });

    await expect(guard.send({ action: 'pause' }, { id: 'm1' })).rejects.toThrow();
    const second = await guard.send({ action: 'pause' }, { id: 'm1' });

    expect(second).toMatchObject({ status: 'steered' });
    expect(await guard.eventsOf('guard')).toEqual(['GuardPaused']);
  });

  it.each([
    { late: 'resume', order: { action: 'pause' }, target: false },
    { late: 'unexempt', order: { action: 'exempt', until: hours(5) }, target: true },
  ])('$late takes back nothing that was sent after it, however late it comes', async (row) => {
    const { guard, run, arn } = await guardWithLongJob();
    const sentAt = guard.clock.now();
    const target = row.target ? { target: run } : {};
    guard.pass(1);
    await guard.send({ ...row.order, ...target });
    guard.pass(2);

    await guard.send({ action: row.late, ...target }, { sentAt });
    const kept = await guard.sweep();
    await guard.send({ action: row.late, ...target });
    const free = await guard.sweep();

    expect([kept.stopped, free.stopped]).toEqual([[], [arn]]);
  });

  it('is rejected beyond what the policy allows', async () => {
    const { guard, run } = await guardWithLongJob({ manualStop: { maxExemptHours: 2 } });

    const result = await guard.send({ action: 'exempt', target: run, until: hours(4) });

    expect(result).toMatchObject({ status: 'rejected' });
    expect((await guard.sweep()).stopped).toHaveLength(1);
  });
});

describe('a pause', () => {
  it('holds the stops of rules, says so once, and lets them go on when it is over', async () => {
    const { guard, arn } = await guardWithLongJob();
    await guard.send({ action: 'pause', until: hours(2), requestedBy: 'ada' });

    const sweeps = [await guard.sweep(), await guard.sweep()];

    const why = `paused until ${hours(2)} (ada asked by message)`;
    for (const sweep of sweeps) {
      expect(sweep).toMatchObject({ stopped: [], heldBack: [{ arn, why }], partial: false });
    }
    expect(await heldOf(guard, arn)).toMatchObject([
      {
        id: 'StopHeld#long-jobs#paused',
        rule: 'long-jobs',
        reason: `${why}; otherwise: ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs)`,
      },
    ]);
    expect(guard.topic.messages.map(({ subject }) => subject)).toEqual([
      'Device Farm auto-stop: pause',
      'Device Farm auto-stop: held back 1',
    ]);
    expect(guard.journal.stops()).toEqual([]);
    guard.pass(45);
    expect((await guard.sweep()).stopped).toEqual([arn]);
  });

  it('ends with resume', async () => {
    const { guard, arn } = await guardWithLongJob();
    await guard.send({ action: 'pause' });
    await guard.sweep();
    guard.pass(1);
    await guard.send({ action: 'resume' });

    const sweep = await guard.sweep();

    expect(sweep.stopped).toEqual([arn]);
    expect(await guard.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted', 'StopHeld']);
  });

  it('holds messages of AWS, and no order of a person', async () => {
    const { guard, arn, run } = await guardWithLongJob({ manualStop: BUDGETS });
    await guard.send({ action: 'pause' });

    const byAws = await guard.send(BUDGET_TEXT);
    const heldByThen = await guard.trail(arn);
    const byPerson = await guard.send({ action: 'stop', target: run });

    expect(byAws).toMatchObject({ status: 'done', stopped: [], heldBack: [arn] });
    expect(heldByThen).toMatchObject([
      {
        event: 'StopHeld',
        rule: 'budget:Test Budget',
        reason: expect.stringMatching(/^paused until .*; otherwise: /),
      },
    ]);
    expect(guard.topic.messages[1]).toMatchObject({
      subject: 'Device Farm manual stop: 0 stopped, 1 held back',
      message: expect.stringMatching(
        /Held back \(1\):\n- .*: paused until .*kept for 7 days.*after the pause/,
      ),
    });
    expect(byPerson).toMatchObject({ stopped: [arn] });
  });

  describe('keeps what a message of AWS ordered', () => {
    /** A paused guard without rules that matter that has heard a budget's alert; the pause ends after two hours. */
    async function pausedGuard(policy: Partial<PolicyInput> = {}, name = 'nightly') {
      const rules = [{ id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 1_000 }];
      const guard = await startGuard({ policy: { rules, manualStop: BUDGETS, ...policy } });
      const forHours = { testMinutes: 1_000 };
      const work = addJob(guard, forHours, { name, jobTimeoutMinutes: 1_000 });
      guard.pass(5);
      await guard.send({ action: 'pause', until: hours(2) });
      const answered = await guard.send(BUDGET_TEXT, { id: 'alert' });
      return { guard, answered, ...work };
    }

    it('for the sweeps after resume, and stops nothing before', async () => {
      const { guard, arn } = await pausedGuard();
      const during = await guard.sweep();
      guard.pass(1);
      await guard.send({ action: 'resume' });

      const after = await guard.sweep();

      expect(during).toMatchObject({
        stopped: [],
        heldBack: [{ arn, why: expect.stringMatching(/^paused/) }],
      });
      expect(after.stopped).toEqual([arn]);
      expect((await guard.trail(arn)).filter(({ event }) => event === 'StopRequested')).toMatchObject([
        { actor: 'schedule', rule: 'budget:Test Budget', reason: expect.stringContaining('Test Budget') },
      ]);
      expect(await heldOf(guard, arn)).toHaveLength(1);
      expect(await guard.ports.heldOrders.all()).toEqual([]);
      guard.journal.expectStopsExplained();
    });

    it('for the sweeps after the end of the pause, within the cap', async () => {
      const { guard, arn, project } = await pausedGuard({ safety: { maxStopsPerHour: 1 } });
      const later = { testMinutes: 1_000 };
      const created = guard.clock.now() - 60_000;
      const other = addJob(guard, later, { project, created, jobTimeoutMinutes: 1_000 });
      await guard.send(BUDGET_TEXT, { id: 'second' });
      guard.pass(119);

      const sweeps = [await guard.sweep(), await guard.sweep()];
      guard.pass(60);
      sweeps.push(await guard.sweep());

      expect(sweeps.map(({ stopped }) => stopped.length)).toEqual([1, 0, 1]);
      expect(sweeps.flatMap(({ stopped }) => stopped).toSorted()).toEqual([arn, other.arn].toSorted());
      expect(sweeps[1]?.heldBack).toMatchObject([{ why: expect.stringMatching(/^held by the cap/) }]);
    });

    it('but nothing exempt, and nothing that became exempt meanwhile', async () => {
      const { guard, answered, arn, run } = await pausedGuard({ exemptions: [EXEMPTION] }, 'release-1');
      const open = addJob(guard, { testMinutes: 1_000 }, { created: guard.clock.now() - 60_000 });
      const second = await guard.send(BUDGET_TEXT, { id: 'second' });
      await guard.send({ action: 'exempt', target: open.run, until: hours(5) });
      guard.pass(1);
      await guard.send({ action: 'resume' });

      const sweep = await guard.sweep();

      expect(answered).toEqual({ status: 'done', stopped: [], wouldStop: [] });
      expect(second).toMatchObject({ heldBack: [open.arn] });
      expect(sweep).toMatchObject({ stopped: [], heldBack: [] });
      expect([run, arn].every((one) => guard.journal.requestsFor(one).length === 0)).toBe(true);
      expect((await heldOf(guard, open.arn)).map(({ id }) => id)).toEqual([
        'StopHeld#budget:Test Budget#exempt',
        'StopHeld#budget:Test Budget#paused',
      ]);
    });

    it('also when the delivery that kept it died before it answered', async () => {
      const { guard, arn } = await pausedGuard();
      guard.tables.fail({ match: writesEvent('StopHeld'), times: 1 });
      const other = addJob(guard, { testMinutes: 1_000 }, { created: guard.clock.now() - 60_000 });
      await expect(guard.send(BUDGET_TEXT, { id: 'second' })).rejects.toThrow();

      const again = await guard.send(BUDGET_TEXT, { id: 'second' });

      expect(again).toMatchObject({ status: 'done', stopped: [] });
      const kept = (await guard.ports.heldOrders.all()).map((order) => order.arn);
      expect(kept.toSorted()).toEqual([arn, other.arn].toSorted());
      expect(await heldOf(guard, other.arn)).toHaveLength(1);
    });
  });

  it('lets rules in observe mode record', async () => {
    const { guard, arn } = await guardWithLongJob({ mode: 'observe' });
    await guard.send({ action: 'pause' });

    const sweep = await guard.sweep();

    expect(sweep).toMatchObject({ wouldStop: [arn], heldBack: [] });
    expect(await guard.eventsOf(arn)).toEqual(['WouldStop']);
  });
});

describe('an exemption', () => {
  /** The ways to be exempt, each with what the record of a saved item says. */
  const WAYS = [
    { way: 'policy', says: /^kept by exemption release until .*; otherwise: ran 75 min/ },
    { way: 'message on the run', says: /^kept by exemption message:m1 until .*\(ada asked by message\)/ },
    { way: 'message on the project', says: /^kept by exemption message:m1 until / },
    { way: 'tag on the run', says: /^kept by tag autostop:exempt-until of arn:.*:run:/ },
    { way: 'tag on the project', says: /^kept by tag autostop:exempt-until of arn:.*:project:/ },
  ] as const;
  type Way = (typeof WAYS)[number]['way'];

  /** A long job that is exempt that way until the hour 5. */
  async function exemptJob(way: Way, policy: Partial<PolicyInput> = {}) {
    const tags = { 'autostop:exempt-until': hours(5) };
    const guard = await startGuard({
      policy: { ...policy, ...(way === 'policy' && { exemptions: [{ ...EXEMPTION, until: hours(5) }] }) },
    });
    const project = guard.emulator.addProject({
      name: 'mobile',
      ...(way === 'tag on the project' && { tags }),
    });
    const work = addJob(
      guard,
      { testMinutes: 1_000 },
      { project, name: 'release-1', jobTimeoutMinutes: 1_000, ...(way === 'tag on the run' && { tags }) },
    );
    guard.pass(75);
    if (way.startsWith('message')) {
      const target = way === 'message on the run' ? work.run : project;
      await guard.send({ action: 'exempt', target, until: hours(5), requestedBy: 'ada' }, { id: 'm1' });
    }
    return { guard, ...work };
  }

  it.each(WAYS)(
    'by $way keeps an item from a rule until its end, and is recorded once',
    async ({ way, says }) => {
      const { guard, arn } = await exemptJob(way);

      const sweeps = [await guard.sweep(), await guard.sweep()];

      for (const sweep of sweeps) expect(sweep).toMatchObject({ stopped: [], heldBack: [], partial: false });
      expect(await guard.trail(arn)).toMatchObject([
        {
          id: 'StopHeld#long-jobs#exempt',
          event: 'StopHeld',
          rule: 'long-jobs',
          reason: expect.stringMatching(says),
        },
      ]);
      guard.pass(5 * 60 - 75);
      expect((await guard.sweep()).stopped).toEqual([arn]);
    },
  );

  it.each(WAYS)('by $way keeps a stop of a message of AWS from being asked for again', async ({ way }) => {
    const rules = [{ id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 1_000 }];
    const guard = await startGuard({ policy: { rules, manualStop: BUDGETS } });
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });
    const { arn, run, project } = addJob(guard, { testMinutes: 1_000 }, { name: 'release-1' });
    guard.pass(1);
    await guard.send(BUDGET_TEXT);
    const target = way.endsWith('project') ? project : run;
    if (way.startsWith('message')) await guard.send({ action: 'exempt', target, until: hours(5) });
    const tags = {
      of: async (of: string) => {
        const value: Readonly<Record<string, string>> =
          way.startsWith('tag') && of === target ? { 'autostop:exempt-until': hours(5) } : {};
        return { state: 'found', value } as const;
      },
    };
    const policy = way === 'policy' ? { ...guard.policy, exemptions: [EXEMPTION] } : guard.policy;
    guard.pass(15);

    const exempt = await guard.sweep({ policy, in: { ...guard, ports: { ...guard.ports, tags } } });
    const asked = guard.journal.requestsFor(arn).length;
    guard.pass(5);
    await guard.sweep({ policy: { ...guard.policy, exemptions: [] } });

    expect(exempt).toMatchObject({ stopped: [], failed: [] });
    expect(asked).toBe(1);
    expect(guard.journal.requestsFor(arn)).toHaveLength(way.startsWith('message') ? 1 : 2);
  });

  it.each(WAYS)('by $way holds against a budget unless that ignores exemptions', async ({ way }) => {
    const { guard, arn } = await exemptJob(way, { rules: [overBudget(false)] });
    const first = await guard.sweep();

    const ignoring = await guard.sweep({ policy: { ...guard.policy, ...(await ignoringPolicy(guard)) } });

    expect(first.stopped).toEqual([]);
    expect(ignoring.stopped).toEqual([arn]);
    const [requested] = await guard.trail(arn);
    expect(requested).toMatchObject({
      event: 'StopRequested',
      rule: 'daily',
      reason: expect.stringMatching(/rule daily\); it ignores what would keep this: (exemption|tag) /),
    });
  });

  it.each(WAYS)('by $way holds against wide orders and messages of AWS, no narrow order', async ({ way }) => {
    const { guard, arn, project, run } = await exemptJob(way, { manualStop: BUDGETS });

    const wide = [
      await guard.send(BUDGET_TEXT),
      await guard.send({ action: 'stop', target: project }, { id: 'wide' }),
      await guard.send({ action: 'stop', target: 'account', confirm: ACCOUNT }, { id: 'wider' }),
    ];
    const held = await heldOf(guard, arn);
    const narrow = await guard.send({ action: 'stop', target: run });

    expect(wide).toMatchObject(Array(3).fill({ status: 'done', stopped: [] }));
    expect(held.map(({ id }) => id)).toEqual([
      'StopHeld#budget:Test Budget#exempt',
      'StopHeld#sns:wide#exempt',
      'StopHeld#sns:wider#exempt',
    ]);
    expect(held.every(({ reason }) => /^kept by (exemption|tag) .*; otherwise: /.test(reason))).toBe(true);
    expect(narrow).toMatchObject({ stopped: [arn] });
  });

  it.each(WAYS)('by $way does not hold against a wide order that ignores exemptions', async ({ way }) => {
    const { guard, arn, project } = await exemptJob(way);

    const result = await guard.send({ action: 'stop', target: project, ignoreExemptions: true });

    expect(result).toMatchObject({ stopped: [arn] });
    expect((await guard.trail(arn))[0]?.reason).toBe('asked by message (exempt work too)');
    expect(tagReads(guard)).toEqual([]);
  });

  it.each(WAYS)('by $way makes no WouldStop and no StopHeld in observe mode', async ({ way }) => {
    const { guard, arn } = await exemptJob(way, { mode: 'observe' });

    const sweep = await guard.sweep();

    expect(sweep.wouldStop).toEqual([]);
    expect(await guard.trail(arn)).toEqual([]);
  });

  it('by message is revoked by message', async () => {
    const { guard, arn, run } = await exemptJob('message on the run');
    await guard.sweep();
    guard.pass(1);
    await guard.send({ action: 'unexempt', target: run });

    const sweep = await guard.sweep();

    expect(sweep.stopped).toEqual([arn]);
  });

  it('that was granted between two deliveries of a message holds at the second', async () => {
    const { guard, arn, run } = await guardWithLongJob({ manualStop: BUDGETS });
    guard.emulator.faults.add({
      operation: 'StopJob',
      kind: 'error',
      name: 'ServiceAccountException',
      times: 9,
    });
    guard.emulator.faults.add({
      operation: 'StopRun',
      kind: 'error',
      name: 'ServiceAccountException',
      times: 9,
    });
    await expect(guard.send(BUDGET_TEXT, { id: 'm1' })).rejects.toThrow();
    guard.emulator.faults.clear();
    await guard.send({ action: 'exempt', target: run, until: hours(5) });

    const again = await guard.send(BUDGET_TEXT, { id: 'm1' });

    expect(again).toMatchObject({ status: 'done', stopped: [] });
    expect(shown(guard, arn)).toBe('RUNNING');
  });
});

describe('tags', () => {
  it('are read only of what would be stopped, once per run and project and sweep', async () => {
    const guard = await startGuard();
    const project = guard.emulator.addProject({ name: 'mobile' });
    const jobs = [{ testMinutes: 120 }, { testMinutes: 120 }];
    const runs = [guard.emulator.addRun({ project, jobs }), guard.emulator.addRun({ project, jobs })];
    guard.pass(75);
    addJob(guard);

    await guard.sweep();

    expect(
      tagReads(guard)
        .map(({ input }) => input.ResourceARN)
        .toSorted(),
    ).toEqual([project, ...runs.map(({ arn }) => arn)].toSorted());
  });

  it('are read also of what comes to its turn because others are exempt', async () => {
    const guard = await startGuard({
      policy: {
        rules: [
          {
            id: 'daily',
            type: 'budget',
            period: 'day',
            limit: { meteredMinutes: 400 },
            thresholds: [{ percent: 100, basis: 'committed', action: 'stop-queued' }],
          },
        ],
      },
    });
    const project = guard.emulator.addProject({ name: 'mobile' });
    const tags = { 'autostop:exempt-until': hours(5) };
    const queued = (minutesAgo: number, extra = {}) =>
      addJob(
        guard,
        { status: 'PENDING_DEVICE' },
        { project, created: guard.clock.now() - minutesAgo * 60_000, ...extra },
      );
    const [oldest, second, , newest] = [queued(40), queued(30), queued(20, { tags }), queued(10, { tags })];

    const sweep = await guard.sweep();

    expect(sweep.stopped.toSorted()).toEqual([oldest?.arn, second?.arn].toSorted());
    expect(tagReads(guard)).toHaveLength(5);
    expect(await guard.eventsOf(newest?.arn ?? '')).toEqual(['StopHeld']);
  });

  it('that cannot be read keep the item, and make the sweep partial', async () => {
    const { guard, arn, run } = await guardWithLongJob();
    guard.emulator.faults.add({
      operation: 'ListTagsForResource',
      kind: 'error',
      name: 'AccessDeniedException',
      times: 1,
    });

    const sweep = await guard.sweep();

    expect(sweep).toMatchObject({ stopped: [], partial: true });
    expect(sweep.problems).toEqual([expect.stringMatching(/^tags of .* could not be read \(AccessDenied/)]);
    expect(guard.metrics.at(-1)).toMatchObject({ accessDenied: 1 });
    expect(await heldOf(guard, arn)).toMatchObject([
      { reason: expect.stringContaining('could not be read') },
    ]);
    expect(shown(guard, run)).toBe('RUNNING');
    expect((await guard.sweep()).stopped).toEqual([arn]);
  });

  it('that are no time keep the item, and are reported', async () => {
    const guard = await startGuard();
    const tags = { 'autostop:exempt-until': 'next week' };
    const { arn } = addJob(guard, {}, { tags });
    guard.pass(75);

    const sweep = await guard.sweep();

    expect(sweep).toMatchObject({ stopped: [], partial: false });
    expect(sweep.problems).toEqual([expect.stringContaining('is "next week"; write an ISO 8601 time')]);
    expect(await guard.eventsOf(arn)).toEqual(['StopHeld']);
  });
});

describe('pauses and exemptions that cannot be read', () => {
  it('stop nothing by rules; the sweep says so and goes on', async () => {
    const { guard, arn } = await guardWithLongJob();
    const repair = failSteering(guard);

    const sweep = await guard.sweep();

    expect(sweep).toMatchObject({
      stopped: [],
      heldBack: [{ arn, why: 'pauses and exemptions could not be read' }],
      partial: true,
    });
    expect(sweep.problems.join()).toContain('this sweep stops nothing');
    expect(guard.journal.stops()).toEqual([]);
    repair();
    expect((await guard.sweep()).stopped).toEqual([arn]);
  });

  it('record no would-be stops', async () => {
    const { guard, arn } = await guardWithLongJob({ mode: 'observe' });
    failSteering(guard);

    await guard.sweep();

    expect(await guard.trail(arn)).toEqual([]);
  });

  it('stop nothing by messages of AWS, which come again', async () => {
    const { guard, arn } = await guardWithLongJob({ manualStop: BUDGETS });
    failSteering(guard, 2);

    await expect(guard.send(BUDGET_TEXT, { id: 'm1' })).rejects.toThrow(/could not be read/);
    expect(guard.journal.stops()).toEqual([]);
    const again = await guard.send(BUDGET_TEXT, { id: 'm1' });

    expect(again).toMatchObject({ stopped: [arn] });
  });

  it('do not keep a person from naming a run', async () => {
    const { guard, arn, run } = await guardWithLongJob();
    failSteering(guard);

    const result = await guard.send({ action: 'stop', target: run });

    expect(result).toMatchObject({ stopped: [arn] });
  });
});

describe('what a sweep reads of the subject guard', () => {
  it('leaves out commands and thresholds', async () => {
    const guard = await startGuard();
    await guard.send({ action: 'pause' });

    await guard.sweep();

    const asked = guard.tables.calls.filter(queries('guard')).map(({ input }) => input);
    const prefixes = asked.map(({ ExpressionAttributeValues: values }) => Object(values)[':sort']?.S);
    expect(prefixes.toSorted()).toEqual(['Exemption', 'Guard']);
    expect(asked).toMatchObject(asked.map(() => ({ ConsistentRead: true })));
  });
});

async function ignoringPolicy(guard: Guard) {
  const { rules } = guard.policy;
  return {
    rules: rules.map((rule) => (rule.type === 'budget' ? { ...rule, ignoreExemptions: true } : rule)),
  };
}

import { readFileSync } from 'node:fs';
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../../../lambda/core/policy/schema.ts';
import { ACCOUNT, BEGIN, type Guard, startGuard } from '../../../harness/guard-in-process.ts';
import { queries, STATE_TABLE } from '../../../harness/table-service.ts';
import { addJob, shown } from '../../../harness/work.ts';

const ALARM = readFileSync(new URL('../../../golden/cloudwatch-alarm.json', import.meta.url), 'utf8');
const ALARM_NAME = String(JSON.parse(ALARM).AlarmName);
const EVERYTHING = { action: 'stop', target: 'account', confirm: ACCOUNT };
const LONG_JOBS = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 } as const;
const BREAKER = { percentOfActive: 50, minimumActive: 4, holdMinutes: 30 };
const NO_BREAKER = { ...BREAKER, percentOfActive: 100 };

const capped = (maxStopsPerHour: number, others: Partial<PolicyInput> = {}): Partial<PolicyInput> => ({
  safety: { maxStopsPerHour, breaker: NO_BREAKER },
  ...others,
});

/** Jobs that are RUNNING until they are stopped; each with a shorter timeout than the one before, so that this is their rank. */
function addRunaways(guard: Guard, count: number, name = 'runaway'): readonly string[] {
  const project = guard.emulator.addProject({ name: 'mobile' });
  return Array.from({ length: count }, (_, index) => {
    const jobTimeoutMinutes = 5_000 - index;
    return addJob(guard, { status: 'RUNNING' }, { project, name, jobTimeoutMinutes }).arn;
  });
}

/** Sweeps every five minutes until that many minutes have passed. */
async function sweepFor(guard: Guard, minutes: number) {
  const summaries = [];
  for (let passed = 0; passed < minutes; passed += 5) {
    guard.pass(5);
    summaries.push(await guard.sweep());
  }
  return summaries;
}

/** Times of the stop requests that the service accepted, in minutes since the beginning. */
function stopMinutes(guard: Guard): readonly number[] {
  return guard.journal.stops().map(({ request }) => (request.at - BEGIN) / 60_000);
}

const subjects = (guard: Guard) => guard.topic.messages.map(({ subject }) => subject);
const heldRecords = async (guard: Guard, arn: string) =>
  (await guard.trail(arn)).filter(({ event }) => event === 'StopHeld');

describe('the cap of stops per hour', () => {
  it('lets the best-ranked stops happen and holds the rest, explained and told once', async () => {
    const guard = await startGuard({ policy: capped(2) });
    const arns = addRunaways(guard, 5);
    guard.pass(75);

    const first = await guard.sweep();
    guard.pass(5);
    const second = await guard.sweep();

    expect(first.stopped).toEqual(arns.slice(0, 2));
    expect(first.heldBack.map(({ arn }) => arn)).toEqual(arns.slice(2));
    expect(first.partial).toBe(false);
    expect(second).toMatchObject({ stopped: [], failed: [] });
    expect(second.heldBack).toHaveLength(3);
    expect(await heldRecords(guard, arns[2] ?? '')).toMatchObject([
      {
        id: 'StopHeld#long-jobs#cap',
        rule: 'long-jobs',
        reason: expect.stringMatching(/all 2 stops of the rolling hour are used .*ran 75 min .*limit 60 min/),
      },
    ]);
    expect(subjects(guard)).toEqual(['Device Farm auto-stop: stopped 2, held back 3']);
  });

  it('stops everything in the end, nothing twice, and never more in any hour', async () => {
    const guard = await startGuard({ policy: capped(3) });
    const arns = addRunaways(guard, 10);
    guard.pass(70);

    await sweepFor(guard, 245);

    const minutes = stopMinutes(guard);
    expect(arns.map((arn) => guard.journal.requestsFor(arn).length)).toEqual(arns.map(() => 1));
    expect(guard.journal.stops().map(({ arn }) => arn)).toEqual(arns);
    for (const from of minutes)
      expect(minutes.filter((at) => at >= from && at < from + 60).length).toBeLessThanOrEqual(3);
    guard.journal.expectStopsExplained();
  });

  it('is one for all sweeps at once', async () => {
    const guard = await startGuard({ policy: capped(3) });
    const arns = addRunaways(guard, 8);
    guard.pass(75);

    await Promise.all([
      guard.sweep(),
      guard.sweep({ in: guard.container() }),
      guard.sweep({ in: guard.container() }),
    ]);
    const afterwards = guard.journal.stops().length;
    await sweepFor(guard, 180);

    expect(afterwards).toBeGreaterThan(0);
    expect(afterwards).toBeLessThanOrEqual(3);
    expect(arns.map((arn) => guard.journal.requestsFor(arn).length)).toEqual(arns.map(() => 1));
    guard.journal.expectStopsExplained();
  });

  it('counts a stop that somebody else is asking for at this moment, and has not made', async () => {
    const guard = await startGuard({ policy: capped(1) });
    const [arn = ''] = addRunaways(guard, 1);
    guard.pass(75);
    await guard.ports.allowance.take(1, 1, 240_000);
    await guard.ports.openStops.open({
      arn,
      kind: 'job',
      attempt: 1,
      requestedAt: guard.clock.now(),
      actor: 'schedule',
    });

    const summary = await guard.sweep();

    expect(summary).toMatchObject({ stopped: [], heldBack: [{ arn }] });
    expect(guard.journal.stops()).toEqual([]);
  });

  it('does not count a stop that is asked for again', async () => {
    const guard = await startGuard({ policy: capped(1) });
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob', times: 1 });
    const [arn = ''] = addRunaways(guard, 1);
    guard.pass(75);

    const first = await guard.sweep();
    guard.pass(11);
    const second = await guard.sweep();

    expect([first.stopped, second.stopped]).toEqual([[arn], [arn]]);
    expect(second.heldBack).toEqual([]);
  });

  it('gives the place of a stop that failed to the next in rank', async () => {
    const guard = await startGuard({ policy: capped(2) });
    const arns = addRunaways(guard, 4);
    const [failing = ''] = arns;
    guard.emulator.faults.add({ kind: 'html', operation: 'GetJob', match: failing });
    guard.pass(75);

    const summary = await guard.sweep();

    expect(summary.failed.map(({ arn }) => arn)).toEqual([failing]);
    expect(summary.stopped).toEqual(arns.slice(1, 3));
    expect(summary.heldBack.map(({ arn }) => arn)).toEqual(arns.slice(3));
  });

  it('does not count orders of people, nor limit them', async () => {
    const guard = await startGuard({ policy: capped(2) });
    const arns = addRunaways(guard, 6);

    await guard.send({ action: 'stop', target: arns[0] });
    guard.pass(75);
    const swept = await guard.sweep();
    const ordered = await guard.send(EVERYTHING);

    expect(swept.stopped).toEqual(arns.slice(1, 3));
    expect(ordered).toEqual({ status: 'done', stopped: arns.slice(3), wouldStop: [] });
    expect(arns.map((arn) => guard.journal.requestsFor(arn).length)).toEqual(arns.map(() => 1));
  });

  it('lets no more than a further hour go when the state is lost', async () => {
    const guard = await startGuard({ policy: capped(2) });
    addRunaways(guard, 9);
    guard.pass(75);
    await guard.sweep();

    await loseState(guard);
    await sweepFor(guard, 55);

    expect(guard.journal.stops()).toHaveLength(4);
    guard.journal.expectStopsExplained();
  });

  it('that cannot be read holds everything, says so, and goes on later', async () => {
    const guard = await startGuard({ policy: capped(2) });
    const arns = addRunaways(guard, 2);
    guard.pass(75);
    const repair = guard.tables.fail({ match: queries('stop-allowance') });

    const blind = await guard.sweep();
    repair();
    guard.pass(5);
    const seeing = await guard.sweep();

    expect(blind).toMatchObject({ stopped: [], partial: true });
    expect(blind.problems.join()).toContain('could not be read');
    expect(await heldRecords(guard, arns[0] ?? '')).toHaveLength(1);
    expect(seeing.stopped).toEqual(arns);
  });
});

describe('the cap and a message of AWS', () => {
  const manualStop: PolicyInput['manualStop'] = { alarms: [{ name: ALARM_NAME, stop: 'all' }] };
  const policy = capped(2, { manualStop, rules: [{ ...LONG_JOBS, maxMinutes: 10_000 }] });
  const rule = `alarm:${ALARM_NAME}`;

  it('stops what there is room for; the sweeps do the rest, once each', async () => {
    const guard = await startGuard({ policy });
    const arns = addRunaways(guard, 5);

    const result = await guard.send(ALARM);
    const [early] = await sweepFor(guard, 5);
    await sweepFor(guard, 150);

    expect(result).toMatchObject({ status: 'done', stopped: arns.slice(0, 2), heldBack: arns.slice(2) });
    expect(early?.stopped).toEqual([]);
    expect(guard.journal.stops().map(({ arn }) => arn)).toEqual(arns);
    expect(await heldRecords(guard, arns[4] ?? '')).toMatchObject([
      { id: `StopHeld#${rule}#cap`, rule, reason: expect.stringMatching(/all 2 stops of the rolling hour/) },
    ]);
    expect((await guard.trail(arns[4] ?? ''))[0]).toMatchObject({
      event: 'StopRequested',
      actor: 'schedule',
      rule,
    });
    expect(await guard.ports.heldOrders.all()).toEqual([]);
    guard.journal.expectStopsExplained();
  });

  it('shares the hour with the rules', async () => {
    const guard = await startGuard({ policy: { ...policy, rules: [LONG_JOBS] } });
    addRunaways(guard, 5);
    guard.pass(75);
    await guard.sweep();

    const result = await guard.send(ALARM);

    expect(result).toMatchObject({ stopped: [], heldBack: { length: 3 } });
    expect(guard.journal.stops()).toHaveLength(2);
  });

  it('leaves alone what became exempt meanwhile, and what only observes', async () => {
    const guard = await startGuard({ policy });
    const arns = addRunaways(guard, 3, 'release-7');
    await guard.send(ALARM);
    guard.pass(65);
    const exemption = {
      id: 'release',
      match: { runs: ['release-*'] },
      until: '2026-12-01T00:00:00Z',
      owner: 'mobile',
      reason: 'store release',
    };

    const exempt = await guard.sweep({ policy: { ...guard.policy, exemptions: [exemption] } });
    const observing = await guard.sweep({ policy: { ...guard.policy, mode: 'observe' } });

    expect([exempt.stopped, observing.stopped]).toEqual([[], []]);
    expect(shown(guard, arns[2] ?? '')).toBe('RUNNING');
    expect(await guard.ports.heldOrders.all()).toHaveLength(1);
  });

  it('keeps an order that comes in the middle of a sweep, for work that it has not seen', async () => {
    const guard = await startGuard({ policy });
    const project = guard.emulator.addProject({ name: 'mobile' });
    const late: string[] = [];
    const farm = {
      ...guard.ports.farm,
      async *sessions(projectArn: string) {
        yield* guard.ports.farm.sessions(projectArn);
        const created = guard.clock.now() - 1;
        late.push(addJob(guard, { status: 'RUNNING' }, { project, created, jobTimeoutMinutes: 5_000 }).arn);
        await guard.send({ action: 'pause' });
        await guard.send(ALARM);
        await guard.send({ action: 'resume' });
      },
    };

    const during = await guard.sweep({ in: { ...guard, ports: { ...guard.ports, farm } } });
    const after = await guard.sweep();

    expect(during.stopped).toEqual([]);
    expect(late).toHaveLength(1);
    expect(after.stopped).toEqual(late);
  });

  it('forgets an order whose work has ended by itself', async () => {
    const guard = await startGuard({ policy });
    addRunaways(guard, 2);
    const { arn } = addJob(guard, { testMinutes: 20 }, { jobTimeoutMinutes: 30 });
    await guard.send(ALARM);
    const before = await guard.ports.heldOrders.all();

    await sweepFor(guard, 70);

    expect(before.map((order) => order.arn)).toEqual([arn]);
    expect(await guard.ports.heldOrders.all()).toEqual([]);
    expect(guard.journal.requestsFor(arn)).toEqual([]);
  });
});

describe('the breaker', () => {
  const policy: Partial<PolicyInput> = { safety: { breaker: BREAKER } };

  it('holds a sudden wave for its hold time, explained, told once, and then all of it goes', async () => {
    const guard = await startGuard({ policy });
    await guard.sweep();
    const arns = addRunaways(guard, 6);
    guard.pass(62);

    const opened = await guard.sweep();
    const held = await sweepFor(guard, 25);
    const [released] = await sweepFor(guard, 5);
    await sweepFor(guard, 10);

    expect(opened).toMatchObject({ stopped: [], failed: [], partial: false });
    expect(opened.heldBack.map(({ arn }) => arn).toSorted()).toEqual([...arns].toSorted());
    expect(held.flatMap(({ stopped }) => stopped)).toEqual([]);
    expect(released?.stopped).toEqual(arns);
    expect(subjects(guard)).toEqual([
      'Device Farm auto-stop: breaker open, 6 newly over',
      'Device Farm auto-stop: held back 6',
      'Device Farm auto-stop: stopped 6',
    ]);
    expect(await heldRecords(guard, arns[0] ?? '')).toMatchObject([
      {
        id: 'StopHeld#long-jobs#breaker',
        reason: expect.stringMatching(
          /^held by the breaker until 2026-08-07T13:32:00.000Z: at 2026-08-07T13:02:00.000Z 6 of 6 in flight were newly over a limit; at most 3 may be \(50 %\); otherwise: ran 62 min/,
        ),
      },
    ]);
    guard.journal.expectStopsExplained();
  });

  it('lets a few through without opening', async () => {
    const guard = await startGuard({ policy });
    const arns = addRunaways(guard, 2);
    guard.pass(62);
    addRunaways(guard, 3, 'young');

    const summary = await guard.sweep();

    expect(summary).toMatchObject({ stopped: arns, heldBack: [] });
  });

  it('goes on under the cap', async () => {
    const guard = await startGuard({ policy: { safety: { breaker: BREAKER, maxStopsPerHour: 4 } } });
    const arns = addRunaways(guard, 6);
    guard.pass(62);
    await guard.sweep();

    await sweepFor(guard, 30);
    const first = guard.journal.stops().length;
    await sweepFor(guard, 65);

    expect(first).toBe(4);
    expect(guard.journal.stops().map(({ arn }) => arn)).toEqual(arns);
    expect((await heldRecords(guard, arns[5] ?? '')).map(({ id }) => id)).toEqual([
      'StopHeld#long-jobs#breaker',
      'StopHeld#long-jobs#cap',
    ]);
  });

  it('does not hold budgets or orders', async () => {
    const rules: PolicyInput['rules'] = [
      LONG_JOBS,
      {
        id: 'young-budget',
        type: 'budget',
        period: 'day',
        limit: { minutes: 1 },
        match: { runs: ['young'] },
        thresholds: [{ percent: 100, action: 'stop-all' }],
      },
    ];
    const guard = await startGuard({ policy: { ...policy, rules } });
    const arns = addRunaways(guard, 6);
    guard.pass(60);
    const [young = ''] = addRunaways(guard, 1, 'young');
    guard.pass(2);

    const opened = await guard.sweep();
    const ordered = await guard.send({ action: 'stop', target: arns[0] });

    expect(opened.stopped).toEqual([young]);
    expect(opened.heldBack).toHaveLength(6);
    expect(ordered).toMatchObject({ status: 'done', stopped: [arns[0]] });
  });

  it('does not hold what a message of AWS ordered before', async () => {
    const manualStop: PolicyInput['manualStop'] = { alarms: [{ name: ALARM_NAME, stop: 'all' }] };
    const guard = await startGuard({ policy: { safety: { breaker: BREAKER }, manualStop } });
    const arns = addRunaways(guard, 6);
    await guard.send({ action: 'pause' });
    await guard.send(ALARM);
    guard.pass(62);
    await guard.send({ action: 'resume' });

    const summary = await guard.sweep();

    expect(summary).toMatchObject({ stopped: arns, heldBack: [] });
    expect((await guard.trail(arns[0] ?? ''))[0]?.rule).toBe(`alarm:${ALARM_NAME}`);
  });

  it('opens once for two sweeps that come at once', async () => {
    const guard = await startGuard({ policy });
    addRunaways(guard, 6);
    guard.pass(62);

    const both = await Promise.all([guard.sweep(), guard.sweep({ in: guard.container() })]);

    expect(both.flatMap(({ stopped }) => stopped)).toEqual([]);
    expect(subjects(guard).filter((subject) => subject?.includes('breaker'))).toHaveLength(1);
  });

  it('holds anew when its memory is lost, and loses no stop', async () => {
    const guard = await startGuard({ policy });
    const arns = addRunaways(guard, 6);
    guard.pass(62);
    await guard.sweep();
    guard.pass(20);
    await loseState(guard);

    const again = await guard.sweep();
    await sweepFor(guard, 30);

    expect(again.stopped).toEqual([]);
    expect(guard.journal.stops().map(({ arn }) => arn)).toEqual(arns);
    guard.journal.expectStopsExplained();
  });

  it('that could not be told is told by the next sweep', async () => {
    const guard = await startGuard({ policy });
    addRunaways(guard, 6);
    guard.pass(62);
    const repair = guard.tables.fail({ match: ({ input }) => JSON.stringify(input).includes('breaker#') });

    await guard.sweep();
    repair();
    await sweepFor(guard, 5);

    expect(subjects(guard)).toContain('Device Farm auto-stop: breaker open, 6 newly over');
  });

  it('that cannot be read holds the stops of its rules and says so', async () => {
    const guard = await startGuard({ policy });
    const [arn = ''] = addRunaways(guard, 1);
    guard.pass(62);
    const repair = guard.tables.fail({ match: queries('breaker') });

    const blind = await guard.sweep();
    repair();
    const [seeing] = await sweepFor(guard, 5);

    expect(blind).toMatchObject({ stopped: [], partial: true });
    expect(blind.heldBack).toEqual([{ arn, why: expect.stringContaining('could not be read') }]);
    expect(seeing?.stopped).toEqual([arn]);
  });
});

/** Empties the state table, as though it had been lost. */
async function loseState({ dynamo }: Guard): Promise<void> {
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: STATE_TABLE }));
  for (const { pk, sk } of Items) {
    if (pk && sk) await dynamo.send(new DeleteItemCommand({ TableName: STATE_TABLE, Key: { pk, sk } }));
  }
}

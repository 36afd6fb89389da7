import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { RunSeed } from '../../emulator/seeding/seeds.ts';
import { MICRO_PER_USD } from '../../lambda/money.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import type { SweepSummary } from '../../lambda/sweep/report.ts';
import { savingsOf } from '../../lambda/usage/savings.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { BEGIN } from '../support/begin.ts';
import { STATE_TABLE } from '../support/table-service.ts';

const MINUTE = 60_000;
const HANGS = { testMinutes: Number.POSITIVE_INFINITY };
const IN_A_DAY = new Date(BEGIN + 24 * 60 * MINUTE).toISOString();
/** Nothing waits for a rate here, so that sweeps at the same moments read the same. */
const UNHURRIED = { throttle: false, pageSize: 100 };

type Rule = PolicyInput['rules'][number];
type Budget = Extract<Rule, { type: 'budget' }>;

function budget(id: string, limit: Budget['limit'], period: Budget['period'] = 'day'): Budget {
  return { id, type: 'budget', period, limit, thresholds: [{ percent: 100, action: 'stop-all' }] };
}

/** Sweeps every five minutes, beginning now. */
async function sweepFor(auto: TestAutoStop, minutes: number): Promise<readonly SweepSummary[]> {
  const begin = auto.clock.now();
  const summaries: SweepSummary[] = [];
  for (let passed = 0; passed < minutes; passed += 5) {
    summaries.push(await auto.sweep());
    auto.clock.advanceTo(begin + (passed + 5) * MINUTE);
  }
  return summaries;
}

async function loseState({ dynamo }: TestAutoStop): Promise<void> {
  const TableName = STATE_TABLE;
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName }));
  for (const { pk = { S: '' }, sk = { S: '' } } of Items)
    await dynamo.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
}

/** All records of the audit trail about work, in the order of the work. */
async function recordsOf({ services, deadline }: TestAutoStop) {
  deadline.begin(() => MINUTE);
  const records = await services.audit.onDay(new Date(BEGIN).toISOString().slice(0, 10));
  return records.filter(({ subject }) => subject.startsWith('arn:'));
}

function stopped({ emulator }: TestAutoStop): readonly string[] {
  const stops = emulator.requests.filter(({ operation, changed }) => operation.startsWith('Stop') && changed);
  return stops.map(({ input }) => String(input.arn)).toSorted();
}

describe.each(['settled', 'live'] as const)('with counters that are %s in flight', (counters) => {
  /** Work of each kind of billing, all RUNNING for 40 minutes, with setup and preparation left out. */
  function seedEachKind({ emulator }: TestAutoStop) {
    const project = emulator.addProject({ name: 'mobile' });
    const created = BEGIN - 40 * MINUTE;
    const job = { prepareMinutes: 0, setupMinutes: 0, testMinutes: 140 };
    const device = { name: 'Lab Pixel', fleetType: 'PRIVATE' as const };
    const add = (run: Partial<RunSeed>) =>
      emulator.addRun({ project, created, jobs: [job], ...run }).jobs[0] ?? '';
    return {
      metered: add({}),
      unmetered: add({ billingMethod: 'UNMETERED' }),
      privateDevice: add({ jobs: [{ ...job, device }] }),
      untold: add({ override: { billingMethod: undefined } }),
      session: emulator.addSession({ project, created, prepareMinutes: 0 }),
    };
  }

  it('metered, unmetered and private minutes are counted apart, and only metered work is stopped for money', async () => {
    const rules = [
      budget('dollars', { usd: 10 }),
      budget('metered', { meteredMinutes: 10_000 }),
      budget('all', { minutes: 10_000 }),
    ];
    const auto = await startAutoStop({ policy: { rules }, emulator: { counters } });
    const { metered, session } = seedEachKind(auto);

    const { usage } = await auto.sweep();

    // Three of the five are or count as metered: a job, a session, and the job whose run does not tell.
    expect(usage).toMatchObject([
      { rule: 'dollars', unit: 'usd', spent: expect.closeTo(3 * 40 * 0.17, 1) },
      { rule: 'metered', unit: 'meteredMinutes', spent: expect.closeTo(3 * 40, 0) },
      { rule: 'all', unit: 'minutes', spent: expect.closeTo(5 * 40, 0) },
    ]);
    expect(stopped(auto)).toEqual([metered, session].toSorted());
  });

  it('no money is recorded for what is not metered', async () => {
    const rules: Rule[] = [{ id: 'long', type: 'job-duration', maxMinutes: 30 }];
    const auto = await startAutoStop({ policy: { rules }, emulator: { counters } });
    const { metered, unmetered, privateDevice } = seedEachKind(auto);

    await sweepFor(auto, 10);

    const confirmed = (await recordsOf(auto)).filter(({ event }) => event === 'StopConfirmed');
    const moneyOf = (arn: string) => confirmed.find(({ subject }) => subject === arn)?.money;
    expect([moneyOf(unmetered), moneyOf(privateDevice)]).toEqual([0, 0]);
    expect(moneyOf(metered)).toBeGreaterThan(40 * 0.17 * MICRO_PER_USD);
  });
});

describe('the savings of a month', () => {
  it('add up from the audit trail alone, count nothing that ended by itself, and are what was left to the timeouts', async () => {
    const rules: Rule[] = [
      { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
      { id: 'stuck-queue', type: 'queue-age', maxMinutes: 30 },
    ];
    const policy = { pricePerMeteredMinute: 0.2, rules };
    const auto = await startAutoStop({ policy, emulator: UNHURRIED });
    const [mobile, web] = ['mobile', 'web'].map((name) => auto.emulator.addProject({ name }));
    const add = (project = '', more: Partial<RunSeed> = {}) =>
      auto.emulator.addRun({ project, created: BEGIN - 65 * MINUTE, jobs: [HANGS], ...more });
    const [endsByItself, deaf] = [add(mobile, { jobs: [{ testMinutes: 65.5 }] }), add(web)];
    for (const match of [endsByItself, deaf].flatMap(({ arn, jobs }) => [arn, ...jobs]))
      auto.emulator.faults.add({ kind: 'ignoredStop', operation: '*', match });
    const pair = add(web, { jobs: [{ testMinutes: 140 }, { testMinutes: 145 }] });
    const queued = add(mobile, { jobs: [{ status: 'PENDING_DEVICE' }] });
    const ordered = add(web, { created: BEGIN - 10 * MINUTE });
    const metered = [add(mobile), pair, queued, ordered].flatMap(({ jobs }) => jobs);
    const unmetered = add(web, { billingMethod: 'UNMETERED' }).jobs;

    await sweepFor(auto, 5);
    await auto.send({ action: 'stop', target: ordered.arn });
    await loseState(auto);
    await sweepFor(auto, 60);

    const { total, byRule, byProject } = savingsOf(await recordsOf(auto));
    expect(total).toMatchObject({ stops: 8, confirmed: 6, finishedByThemselves: 1, escalated: 1 });
    expect(byRule.map(({ rule, confirmed }) => [rule, confirmed])).toEqual([
      ['long-jobs', 4],
      ['stuck-queue', 1],
      [null, 1],
    ]);
    for (const parts of [byRule, byProject])
      expect(parts.reduce((sum, { atMost }) => sum + atMost.money, 0)).toBe(total.atMost.money);
    const { jobs: billed } = auto.emulator.billed();
    const left = (jobs: readonly string[]) =>
      jobs.reduce((sum, arn) => {
        const { metered = 0, unmetered = 0 } = billed.get(arn) ?? {};
        return sum + 150 - metered - unmetered;
      }, 0);
    expect(total.atMost.minutes).toBeCloseTo(left(metered) + left(unmetered), 0);
    expect(total.atMost.money / MICRO_PER_USD).toBeCloseTo(left(metered) * 0.2, 0);
  });
});

describe('a state table that is lost in the middle of a month', () => {
  /** Budgets are almost used up when the state is lost: whatever counted anything twice would stop all. */
  const POLICY: Partial<PolicyInput> = {
    timezone: 'Europe/Berlin',
    rules: [
      { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
      budget('daily', { usd: 125 }),
      budget('monthly', { usd: 300 }, 'month'),
    ],
    exemptions: [
      { id: 'release', match: { runs: ['release-*'] }, until: IN_A_DAY, owner: 'mobile', reason: 'release' },
    ],
  };

  /** A week of settled work, work that has only just ended, and work in flight; the same every time. */
  function seedWork({ emulator }: TestAutoStop) {
    const [mobile, web] = [emulator.addProject({ name: 'mobile' }), emulator.addProject({ name: 'web' })];
    const run = (project: string, name: string, ago: number, minutes: readonly number[], more = {}) => {
      const jobs = minutes.map((testMinutes) => ({ testMinutes, teardownMinutes: 2 }));
      return emulator.addRun({ project, name, created: BEGIN - ago * MINUTE, jobs, ...more });
    };
    for (let index = 0; index < 12; index += 1) {
      run(index % 2 ? mobile : web, `build-${index}`, 120 + index * 700, [10 + index, 5]);
      run(mobile, `slot-${index}`, 300 + index * 900, [20], { billingMethod: 'UNMETERED' });
    }
    emulator.addSession({ project: web, created: BEGIN - 200 * MINUTE, sessionMinutes: 25 });
    run(web, 'just-ended', 25, [18, 2]);
    run(mobile, 'half', 20, [6, 110]);
    run(web, 'slots', 20, [90], { billingMethod: 'UNMETERED' });
    emulator.addSession({ project: mobile, created: BEGIN - 10 * MINUTE, sessionMinutes: 45 });
    const [, , ...exempt] = [
      run(web, 'long', 50, [Number.POSITIVE_INFINITY]),
      run(mobile, 'stopping', 66, [Number.POSITIVE_INFINITY]),
      run(mobile, 'release-7', 75, [Number.POSITIVE_INFINITY]),
      run(mobile, 'soak', 75, [Number.POSITIVE_INFINITY]),
    ];
    return { mobile, exempt };
  }

  /** Two hours and a half, with and without the loss. */
  async function live(losesState: boolean) {
    const auto = await startAutoStop({ policy: POLICY, emulator: UNHURRIED, apiShare: 0.9 });
    const { exempt } = seedWork(auto);
    await auto.send({ action: 'exempt', target: exempt[1]?.arn, until: IN_A_DAY });
    await sweepFor(auto, 5);
    if (losesState) await loseState(auto);
    const summaries = await sweepFor(auto, 150);
    return {
      exempt: exempt.flatMap(({ jobs }) => jobs),
      stopped: stopped(auto),
      summaries: summaries.map(({ sweepId: _, policyVersion: __, estimateError: ___, ...rest }) => rest),
      story: (await recordsOf(auto)).map(({ subject, id, rule, minutes, money, seconds, avoided }) =>
        JSON.stringify({ subject, id, rule, minutes, money, seconds, avoided }),
      ),
    };
  }

  it('changes nothing of what is counted and done from the next sweep on', async () => {
    const [kept, lost] = [await live(false), await live(true)];

    expect(lost.summaries[0]?.usage).toMatchObject([
      { rule: 'daily', incomplete: false, spent: expect.any(Number) },
      { rule: 'monthly', incomplete: false },
    ]);
    expect(lost.summaries[0]?.usage[0]?.spent).toBeGreaterThan(20);
    expect(lost.summaries).toEqual(kept.summaries);
    expect(lost.story.toSorted()).toEqual(kept.story.toSorted());
    expect(lost.stopped).toEqual(kept.stopped);
    expect(lost.stopped.length).toBeGreaterThan(2);
    expect(lost.stopped.filter((arn) => lost.exempt.includes(arn))).toEqual([]);
  });

  it('makes usage incomplete while a project cannot be listed, and nothing is stopped for it', async () => {
    const auto = await startAutoStop({ policy: POLICY, emulator: UNHURRIED, apiShare: 0.9 });
    const { mobile } = seedWork(auto);
    const whole = await auto.sweep();
    await loseState(auto);
    const name = 'InternalServiceException';
    const fault = auto.emulator.faults.add({ kind: 'error', operation: 'ListRuns', name, match: mobile });

    auto.clock.advance(5 * MINUTE);
    const partial = await auto.sweep();
    fault.remove();
    auto.clock.advance(5 * MINUTE);
    const rebuilt = await auto.sweep();

    const incomplete = ({ usage, spend }: SweepSummary) =>
      new Set([...usage, ...spend].map((one) => one.incomplete));
    expect(incomplete(partial)).toEqual(new Set([true]));
    expect(partial).toMatchObject({ partial: true, stopped: [] });
    expect(partial.usage[0]?.spent).toBeLessThan(whole.usage[0]?.spent ?? 0);
    expect(incomplete(rebuilt)).toEqual(new Set([false]));
    expect(rebuilt.usage[0]?.spent).toBeGreaterThan(whole.usage[0]?.spent ?? 0);
  });
});

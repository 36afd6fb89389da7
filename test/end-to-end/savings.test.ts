import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import { type Savings, savingsOf } from '../../lambda/core/spend/savings.ts';
import type { RunSeed } from '../../emulator/seeding/seeds.ts';
import { deployGuard } from './deploy-guard.ts';
import { type Guard, MINUTE, START } from './start-guard.ts';

const PRICE = 0.2;
const TIMEOUT = 150;
const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  pricePerMeteredMinute: PRICE,
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    { id: 'stuck-queue', type: 'queue-age', maxMinutes: 30 },
  ],
};

/** Work that is stopped in every way, and what becomes of it. */
function seedWork({ emulator }: Guard) {
  const [mobile, web] = [emulator.addProject({ name: 'mobile' }), emulator.addProject({ name: 'web' })];
  const add = (project: string, more: Partial<RunSeed> = {}) =>
    emulator.addRun({
      project,
      created: START - 65 * MINUTE,
      jobs: [{ testMinutes: Number.POSITIVE_INFINITY }],
      ...more,
    });
  const pair = [{ testMinutes: 140 }, { testMinutes: 145 }];
  const [endsByItself, deaf] = [add(mobile, { jobs: [{ testMinutes: 65.5 }] }), add(web)];
  for (const { arn, jobs } of [endsByItself, deaf])
    for (const match of [arn, ...jobs]) emulator.faults.add({ kind: 'ignoredStop', operation: '*', match });
  return {
    metered: [add(mobile), add(web, { jobs: pair })].flatMap(({ jobs }) => jobs),
    unmetered: add(web, { billingMethod: 'UNMETERED' }).jobs,
    queued: add(mobile, { jobs: [{ status: 'PENDING_DEVICE' }] }).jobs,
    manual: add(web, { created: START - 10 * MINUTE }),
    endsByItself,
    deaf,
  };
}

const sumOf = (parts: readonly Savings[]): Savings => {
  const add = (key: keyof Savings) => parts.reduce((total, part) => total + part[key], 0);
  return {
    stops: add('stops'),
    confirmed: add('confirmed'),
    finishedByThemselves: add('finishedByThemselves'),
    escalated: add('escalated'),
    avoidedMinutes: Math.round(add('avoidedMinutes') * 100) / 100,
    avoidedMoney: add('avoidedMoney'),
    withoutMoney: add('withoutMoney'),
  };
};

/** Minutes that were left to the timeouts of these jobs when they ended. */
function leftOf({ emulator }: Guard, jobs: readonly string[]): number {
  const { jobs: billed } = emulator.billed();
  return jobs.reduce((total, arn) => {
    const { metered = 0, unmetered = 0 } = billed.get(arn) ?? {};
    return total + TIMEOUT - metered - unmetered;
  }, 0);
}

describe('the savings of a month, through the bundles', () => {
  it('add up from the audit trail alone, count nothing that ended by itself, and are what was left to the timeouts', async () => {
    const guard = await deployGuard(POLICY);
    const { metered, unmetered, queued, manual } = seedWork(guard);

    for (let passed = 0; passed <= 60; passed += 5) {
      await guard.sweep();
      if (passed === 0) await guard.publish({ action: 'stop', target: manual.arn });
      if (passed === 5) await guard.loseState();
      guard.clock.advance(5 * MINUTE);
    }

    const { total, byRule, byProject } = savingsOf(await guard.trail());
    expect(total).toMatchObject({
      stops: 8,
      confirmed: 6,
      finishedByThemselves: 1,
      escalated: 1,
      withoutMoney: 0,
    });
    expect(sumOf(byRule)).toEqual(total);
    expect(sumOf(byProject)).toEqual(total);
    expect(byRule.map(({ rule, confirmed }) => [rule, confirmed])).toEqual([
      ['long-jobs', 4],
      ['stuck-queue', 1],
      [null, 1],
    ]);
    const paid = leftOf(guard, [...metered, ...queued, ...manual.jobs]);
    expect(total.avoidedMinutes).toBeCloseTo(paid + leftOf(guard, unmetered), 0);
    expect(total.avoidedMoney / 1_000_000).toBeCloseTo(paid * PRICE, 0);
  });
});

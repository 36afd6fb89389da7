import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../lambda/core/decision.ts';
import type { Policy } from '../../../../lambda/core/policy/schema.ts';
import { decide } from '../../../../lambda/core/rules/decide.ts';
import type { BudgetState } from '../../../../lambda/core/spend/budget-state.ts';
import type { WorkItem } from '../../../../lambda/core/work-item.ts';
import { budgetRule, budgetState, hour, item, metered, minute, now, policy } from '../samples.ts';

const longJobs = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 } as const;
const wideRuns = { id: 'wide-runs', type: 'run-minutes', maxMinutes: 60 } as const;
const stuckQueue = { id: 'stuck-queue', type: 'queue-age', maxMinutes: 60 } as const;
const exemption = {
  id: 'release',
  match: { runs: ['nightly'] },
  until: '2026-12-01T00:00:00Z',
  owner: 'mobile',
  reason: 'store release',
};

function decideOne(work: WorkItem, own: Policy, budgets: readonly BudgetState[] = []): Decision {
  const [decision, ...others] = decide([work], { policy: own, budgets, now }).decisions;
  if (!decision || others.length > 0) throw new Error(`${others.length + 1} decisions: expected one`);
  return decision;
}

/** An item of which a rule cannot read the device. */
function broken(facts: Partial<WorkItem> = {}): WorkItem {
  return Object.defineProperty({ ...item(facts) }, 'device', {
    get: () => {
      throw new Error('no such device');
    },
  });
}

describe('decide', () => {
  it('stops what a rule is over on, and says which rule and why', () => {
    const decision = decideOne(item(), policy([wideRuns, longJobs]));

    expect(decision).toMatchObject({
      action: 'stop',
      rule: 'wide-runs',
      reason: 'run "nightly" used 75 min on 1 device; limit 60 min (rule wide-runs)',
      only: 'any',
    });
    expect(decision.verdicts.map(({ rule, verdict }) => [rule, verdict])).toEqual([
      ['wide-runs', 'over'],
      ['long-jobs', 'over'],
    ]);
  });

  it('keeps what is within every rule, and says how far', () => {
    const decision = decideOne(
      item({ runningSince: now - 5 * minute, minutes: metered(5) }),
      policy([longJobs, stuckQueue]),
    );

    expect(decision).toMatchObject({
      action: 'keep',
      reason: 'ran 5 min on Google Pixel 8; limit 60 min (rule long-jobs)',
    });
    expect(decision.rule).toBeUndefined();
  });

  it('keeps what no rule is about', () => {
    const decision = decideOne(item(), policy([{ ...longJobs, match: { projects: ['web'] } }]));

    expect(decision).toMatchObject({ action: 'keep', reason: 'no rule applies' });
  });

  it('lets a stop hold for queued work only when all its rules say so', () => {
    const queued = item({ status: 'PENDING', created: now - 2 * hour });

    const decisions = [policy([stuckQueue]), policy([stuckQueue, wideRuns])].map((own) =>
      decideOne(queued, own),
    );

    expect(decisions.map(({ rule, only }) => [rule, only])).toEqual([
      ['stuck-queue', 'queued'],
      ['wide-runs', 'any'],
    ]);
  });

  it.each([
    {
      what: 'a status that it does not know',
      work: item({ status: 'NEW' }),
      reason: 'kept: status "NEW" is not known',
    },
    { what: 'a missing status', work: item({ status: '' }), reason: 'kept: status "" is not known' },
    {
      what: 'an ARN that cannot be read',
      work: item({ arn: 'odd', phase: 'unknown' }),
      reason: 'kept: "odd" is not the ARN of a job or session',
    },
    { what: 'what is stopping', work: item({ status: 'STOPPING' }), reason: 'is stopping already' },
  ])('keeps $what, whatever the rules say', ({ work, reason }) => {
    const all = policy([longJobs, wideRuns, stuckQueue, budgetRule({ ignoreExemptions: true })]);

    const decision = decideOne(work, all, [budgetState({ spent: 1_000 })]);

    expect(decision).toMatchObject({ action: 'keep', reason, verdicts: [] });
  });

  it('keeps the item of a rule that throws, says so, and goes on with the others', () => {
    const { decisions, problems } = decide([broken(), item()], {
      policy: policy([longJobs]),
      budgets: [],
      now,
    });

    expect(decisions.map(({ action, reason }) => [action, reason])).toEqual([
      ['keep', 'kept: a rule failed (Error: no such device)'],
      ['stop', expect.stringContaining('ran 75 min')],
    ]);
    expect(problems).toEqual([
      expect.stringMatching(/a rule failed, the item is kept: Error: no such device$/),
    ]);
  });
});

describe('decide in observe mode', () => {
  it.each([
    { mode: 'observe', ruleMode: undefined, action: 'would-stop' },
    { mode: 'observe', ruleMode: 'enforce', action: 'would-stop' },
    { mode: 'enforce', ruleMode: 'observe', action: 'would-stop' },
    { mode: 'enforce', ruleMode: undefined, action: 'stop' },
  ] as const)('policy $mode, rule $ruleMode: $action', ({ mode, ruleMode, action }) => {
    const decision = decideOne(item(), policy([{ ...longJobs, mode: ruleMode }], { mode }));

    expect(decision.action).toBe(action);
  });

  it('names the rule that may stop, not the one that only observes', () => {
    const decision = decideOne(item(), policy([{ ...wideRuns, mode: 'observe' }, longJobs]));

    expect(decision).toMatchObject({ action: 'stop', rule: 'long-jobs' });
  });

  it('stops no more than the rule that may stop says', () => {
    const queued = item({ status: 'PENDING' });

    const decision = decideOne(queued, policy([{ ...wideRuns, mode: 'observe' }, stuckQueue]));

    expect(decision).toMatchObject({ action: 'stop', rule: 'stuck-queue', only: 'queued' });
  });
});

describe('decide on exempt work', () => {
  const exempt = { exemptions: [exemption] };

  it('keeps it, and says what would have happened', () => {
    const decision = decideOne(item(), policy([longJobs], exempt));

    expect(decision).toMatchObject({
      action: 'keep',
      exemption: 'release',
      reason:
        'kept by exemption release until 2026-12-01T00:00:00Z (mobile); otherwise: ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs)',
    });
  });

  it('says nothing of an exemption that was not needed', () => {
    const decision = decideOne(item(), policy([{ ...longJobs, maxMinutes: 90 }], exempt));

    expect(decision.exemption).toBeUndefined();
    expect(decision.reason).not.toContain('exemption');
  });

  it.each([
    ['2026-11-25T12:00:00.001Z', 'keep'],
    ['2026-11-25T12:00:00Z', 'stop'],
  ])('no longer than the exemption lasts: until %s is %s', (until, action) => {
    const decision = decideOne(item(), policy([longJobs], { exemptions: [{ ...exemption, until }] }));

    expect(decision.action).toBe(action);
  });

  it('stops it by a budget that ignores exemptions, and by nothing else', () => {
    const over = [budgetState({ spent: 150 })];
    const [strict, mild] = [budgetRule({ ignoreExemptions: true }), budgetRule()];

    const decisions = [strict, mild].map((rule) =>
      decideOne(
        item(),
        policy([longJobs, rule], exempt),
        over.map((state) => ({ ...state, rule })),
      ),
    );

    expect(decisions.map(({ action, rule, exemption }) => [action, rule, exemption])).toEqual([
      ['stop', 'team-budget', undefined],
      ['keep', undefined, 'release'],
    ]);
  });
});

describe('decide, whatever it is given', () => {
  const status = fc.constantFrom(
    ...['PENDING', 'PENDING_DEVICE', 'PREPARING', 'RUNNING', 'PROCESSING', 'STOPPING', 'NEW', ''],
  );
  const mode = fc.constantFrom('observe', 'enforce');
  const anyItem = fc
    .record({
      status,
      age: fc.nat(600),
      ran: fc.nat(300),
      billing: fc.constantFrom('metered', 'unmetered', 'unknown'),
      name: fc.constantFrom('nightly', 'release'),
    })
    .map(({ status, age, ran, billing, name }) =>
      item({
        status,
        created: now - age * minute,
        billing,
        minutes: metered(ran),
        ...(status === 'RUNNING' ? { runningSince: now - ran * minute } : {}),
        run: { arn: 'run', name, minutes: metered(ran), devices: 1 },
      }),
    );
  const anyPolicy = fc
    .record({
      mode,
      modes: fc.array(fc.option(mode, { nil: undefined }), { minLength: 3, maxLength: 3 }),
      limit: fc.integer({ min: 1, max: 300 }),
      isExempt: fc.boolean(),
    })
    .map(({ mode, modes, limit, isExempt }) =>
      policy(
        [longJobs, wideRuns, stuckQueue].map((rule, index) => ({
          ...rule,
          maxMinutes: limit,
          mode: modes[index],
        })),
        { mode, exemptions: isExempt ? [exemption] : [] },
      ),
    );

  it('decides each item once, in order, and stops only by a rule that is over and may', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 10 }), anyPolicy, (items, own) => {
        const { decisions, problems } = decide(items, { policy: own, budgets: [], now });

        expect(decisions.map((decision) => decision.item)).toEqual(items);
        expect(problems).toEqual([]);
        for (const { item, action, rule, reason, verdicts } of decisions) {
          expect(reason).not.toBe('');
          if (action === 'keep') continue;
          const cause = verdicts.find((one) => one.rule === rule && one.verdict === 'over');
          expect(cause).toMatchObject({ reason, mode: action === 'stop' ? 'enforce' : 'observe' });
          expect(['queued', 'started']).toContain(item.phase);
          expect(own.exemptions.length > 0 && item.run?.name === 'nightly').toBe(false);
          if (action === 'stop') expect(own.mode).toBe('enforce');
        }
      }),
    );
  });

  it('stops in enforce mode exactly what it would stop in observe mode', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 10 }), anyPolicy, (items, own) => {
        const rules = own.rules.map((rule) => ({ ...rule, mode: undefined }));
        const stopped = (mode: 'observe' | 'enforce') =>
          decide(items, { policy: { ...own, mode, rules }, budgets: [], now })
            .decisions.filter(({ action }) => action !== 'keep')
            .map(({ item, rule, reason, only }) => ({ arn: item.arn, rule, reason, only }));

        expect(stopped('enforce')).toEqual(stopped('observe'));
      }),
    );
  });
});

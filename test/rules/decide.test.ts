import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Mode, WorkItem } from '../../lambda/model.ts';
import { NO_MINUTES } from '../../lambda/money.ts';
import type { Exemption } from '../../lambda/policy/exemption.ts';
import { decide } from '../../lambda/rules/decide.ts';
import type { RuleInput } from '../../lambda/rules/rules.ts';
import { HOUR, MINUTE } from '../../lambda/time.ts';
import type { BudgetState } from '../../lambda/usage/budgets.ts';
import { historyKey } from '../../lambda/usage/histories.ts';
import { item, jobArn, metered, NOW, projectArn, runArn } from '../support/samples.ts';
import { budgetInput, budgetLimit, budgetState, decideAll, policy, statesOf } from './samples.ts';

const longJobs: RuleInput = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 };
const wideRuns: RuleInput = { id: 'wide-runs', type: 'run-minutes', maxMinutes: 60 };
const stuckQueue: RuleInput = { id: 'stuck-queue', type: 'queue-age', maxMinutes: 60 };
const exemption = {
  id: 'release',
  match: { runs: ['nightly'] },
  until: '2026-12-01T00:00:00Z',
  owner: 'mobile',
  reason: 'store release',
};

/** What is decided of one item; the sentence is made. */
function decideOne(
  work: WorkItem,
  own: ReturnType<typeof policy>,
  {
    budgets = [],
    exemptions = [],
  }: { budgets?: readonly BudgetState[]; exemptions?: readonly Exemption[] } = {},
) {
  const [decision, ...others] = decide([work], {
    policy: own,
    budgets,
    now: NOW,
    histories: new Map(),
    exemptions,
  });
  if (!decision || others.length > 0) throw new Error(`${others.length + 1} decisions: expected one`);
  const { action, rule, scope, exemption: keptBy, verdicts } = decision;
  return { action, rule, scope, exemption: keptBy, verdicts, reason: decision.reason() };
}

/** An item of which a rule cannot read the ARN of its run. */
function broken(facts: Partial<WorkItem> = {}): WorkItem {
  return Object.defineProperty({ ...item(facts) }, 'runningSince', {
    get: () => {
      throw new Error('no such clock <b>');
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
      scope: 'any',
    });
    expect(decision.verdicts.map(({ rule, verdict }) => [rule, verdict])).toEqual([
      ['wide-runs', 'over'],
      ['long-jobs', 'over'],
    ]);
  });

  it('keeps what is within every rule, says how far, and has every verdict', () => {
    const work = item({ runningSince: NOW - 5 * MINUTE, minutes: metered(5) });

    const decision = decideOne(work, policy([longJobs, stuckQueue]));

    expect(decision).toMatchObject({
      action: 'keep',
      rule: undefined,
      reason: 'ran 5 min on Google Pixel 8; limit 60 min (rule long-jobs)',
      scope: 'any',
    });
    expect(decision.verdicts.map(({ rule, verdict, reason }) => [rule, verdict, reason()])).toEqual([
      ['long-jobs', 'within', 'ran 5 min on Google Pixel 8; limit 60 min (rule long-jobs)'],
      ['stuck-queue', 'notApplicable', 'is RUNNING, not queued'],
    ]);
  });

  it('says of each rule that applies how far the work is within it', () => {
    const work = item({ runningSince: NOW - 5 * MINUTE, minutes: metered(5) });

    expect(decideOne(work, policy([longJobs, stuckQueue, { ...wideRuns, maxMinutes: 80 }])).reason).toBe(
      'ran 5 min on Google Pixel 8; limit 60 min (rule long-jobs); run "nightly" used 75 min on 1 device; limit 80 min (rule wide-runs)',
    );
  });

  it('keeps what no rule is about', () => {
    const decision = decideOne(item(), policy([{ ...longJobs, match: { projects: ['web'] } }]));

    expect(decision).toMatchObject({ action: 'keep', reason: 'no rule applies' });
    expect(decision.verdicts[0]?.reason()).toBe('does not match this rule');
  });

  it('lets a stop hold for queued work only when all rules that are over say so', () => {
    const queued = item({ status: 'PENDING', created: NOW - 2 * HOUR });

    const decisions = [policy([stuckQueue]), policy([stuckQueue, wideRuns])].map((own) =>
      decideOne(queued, own),
    );

    expect(decisions.map(({ rule, scope }) => [rule, scope])).toEqual([
      ['stuck-queue', 'queued'],
      ['wide-runs', 'any'],
    ]);
  });

  it.each([
    ['a status that is not known', item({ status: 'NEW' }), 'kept: status "NEW" is not known'],
    ['a missing status', item({ status: '' }), 'kept: status "" is not known'],
    [
      'an ARN of somewhere else',
      item({ arn: 'odd\u001b', phase: 'unknown' }),
      'kept: "odd." is not the ARN of a job or session of this account and project',
    ],
    ['a stop under way', item({ status: 'STOPPING' }), 'is stopping already'],
  ])('keeps work with %s, whatever the rules say', (_, work, reason) => {
    const all = policy([longJobs, wideRuns, stuckQueue, budgetInput({ ignoreExemptions: true })]);

    const decision = decideOne(work, all, { budgets: [budgetState({ spent: 1_000 })] });

    expect(decision).toMatchObject({ action: 'keep', reason, scope: 'any', verdicts: [] });
  });

  it('keeps the item of a rule that throws, reports it, and goes on with the others', () => {
    const notes: string[] = [];

    const decisions = decide([broken(), item()], {
      policy: policy([longJobs]),
      budgets: [],
      histories: new Map(),
      exemptions: [],
      now: NOW,
      diagnostics: { note: (text) => notes.push(text) },
    });

    expect(decisions.map(({ action, reason }) => [action, reason()])).toEqual([
      ['keep', 'kept: a rule failed (Error: no such clock .b.)'],
      ['stop', expect.stringContaining('ran 75 min')],
    ]);
    expect(notes).toEqual([
      expect.stringMatching(/a rule failed, the item is kept: Error: no such clock \.b\.$/),
    ]);
  });
});

describe('the modes', () => {
  it.each([
    { mode: 'observe', ruleMode: undefined, action: 'observe' },
    { mode: 'observe', ruleMode: 'enforce', action: 'observe' },
    { mode: 'observe', ruleMode: 'observe', action: 'observe' },
    { mode: 'enforce', ruleMode: 'observe', action: 'observe' },
    { mode: 'enforce', ruleMode: 'enforce', action: 'stop' },
    { mode: 'enforce', ruleMode: undefined, action: 'stop' },
  ] as const)('policy $mode, rule $ruleMode: $action', ({ mode, ruleMode, action }) => {
    const decision = decideOne(item(), policy([{ ...longJobs, mode: ruleMode }], { mode }));

    expect(decision.action).toBe(action);
    expect(decision.verdicts.map((verdict) => verdict.mode)).toEqual([
      action === 'stop' ? 'enforce' : 'observe',
    ]);
  });

  it('name the rule that may stop, not the one on trial', () => {
    const own = policy([{ ...wideRuns, mode: 'observe' }, longJobs]);

    expect(decideOne(item(), own)).toMatchObject({ action: 'stop', rule: 'long-jobs' });
    expect(decideOne(item(), { ...own, mode: 'observe' })).toMatchObject({
      action: 'observe',
      rule: 'long-jobs',
    });
  });

  it('let a rule on trial widen no stop', () => {
    const queued = item({ status: 'PENDING' });

    const decision = decideOne(queued, policy([{ ...wideRuns, mode: 'observe' }, stuckQueue]));

    expect(decision).toMatchObject({ action: 'stop', rule: 'stuck-queue', scope: 'queued' });
  });
});

describe('exempt work', () => {
  const exempt = { exemptions: [exemption] };

  it('is kept, and the reason says what would have happened', () => {
    expect(decideOne(item(), policy([longJobs], exempt))).toMatchObject({
      action: 'keep',
      exemption: 'release',
      reason:
        'kept by exemption release until 2026-12-01T00:00:00Z (mobile); otherwise: ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs)',
    });
  });

  it('has no exemption in its decision when none was needed', () => {
    const decision = decideOne(item(), policy([{ ...longJobs, maxMinutes: 90 }], exempt));

    expect(decision.exemption).toBeUndefined();
    expect(decision.reason).not.toContain('exemption');
  });

  it.each([
    ['2026-11-25T12:00:00.001Z', 'keep'],
    ['2026-11-25T12:00:00Z', 'stop'],
  ])('is exempt no longer than the exemption lasts: until %s it is %s', (until, action) => {
    const own = policy([longJobs], { exemptions: [{ ...exemption, until }] });

    expect(decideOne(item(), own).action).toBe(action);
  });

  it('may be exempt by a message or a tag too', () => {
    const byMessage = { id: 'message:1', target: projectArn(), until: NOW + 1, why: 'a message of ada' };

    const decision = decideOne(item(), policy([longJobs]), { exemptions: [byMessage] });

    expect(decision).toMatchObject({ action: 'keep', exemption: 'message:1' });
    expect(decision.reason).toMatch(/^kept by a message of ada; otherwise: ran 75 min/);
  });

  it('is kept when Device Farm does not say what the exemption asks', () => {
    const own = policy([longJobs], { exemptions: [{ ...exemption, match: { platforms: ['IOS'] } }] });

    const actions = [undefined, 'IOS', 'ANDROID'].map(
      (platform) => decideOne(item({ platform }), own).action,
    );

    expect(actions).toEqual(['keep', 'keep', 'stop']);
  });

  it('is stopped by a budget that ignores exemptions, and by nothing else', () => {
    const decisions = [true, false].map((ignoreExemptions) => {
      const facts = { ignoreExemptions };
      const budgets = [budgetState({ spent: 150, rule: budgetLimit(facts) })];
      return decideOne(item(), policy([longJobs, budgetInput(facts)], exempt), { budgets });
    });

    expect(decisions.map(({ action, rule, exemption: keptBy }) => [action, rule, keptBy])).toEqual([
      ['stop', 'team-budget', undefined],
      ['keep', undefined, 'release'],
    ]);
    expect(decisions[0]?.reason).toContain('; it ignores what would keep this: exemption release until');
  });
});

describe('whatever is in flight', () => {
  const mode = fc.constantFrom<Mode>('observe', 'enforce');
  const anyItem = fc
    .record({
      status: fc.constantFrom(
        'PENDING',
        'PENDING_DEVICE',
        'PREPARING',
        'RUNNING',
        'PROCESSING',
        'STOPPING',
        'NEW',
        '',
      ),
      age: fc.nat(600),
      ran: fc.nat(300),
      billing: fc.constantFrom('metered', 'unmetered', 'unknown'),
      name: fc.constantFrom('nightly', 'a-1', 'a-2', 'a-3', 'b-1'),
      project: fc.constantFrom('p1', 'p2'),
    })
    .map(({ status, age, ran, billing, name, project }) =>
      item({
        status,
        created: NOW - age * MINUTE,
        usageAt: NOW - age * MINUTE,
        billing,
        minutes: metered(ran),
        ...(status === 'RUNNING' ? { runningSince: NOW - ran * MINUTE } : {}),
        project: { arn: projectArn(project), name: project },
        platform: 'ANDROID',
        testType: 'APPIUM_NODE',
        run: { arn: runArn(name, project), name, minutes: metered(ran), devices: 1 },
      }),
    );
  const anyItems = fc
    .array(anyItem, { maxLength: 10 })
    .map((items) =>
      items.map((one, index) => ({ ...one, arn: jobArn(String(index), one.run?.name, one.project.name) })),
    );
  const worstCase = (id: string, minutes: number, match = {}): RuleInput =>
    budgetInput({
      id,
      match,
      limit: { minutes },
      thresholds: [{ percent: 100, basis: 'worst-case', action: 'stop-queued' }],
    });
  const anyPolicy = fc
    .record({
      mode,
      modes: fc.array(fc.option(mode, { nil: undefined }), { minLength: 7, maxLength: 7 }),
      limit: fc.integer({ min: 1, max: 300 }),
      most: fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 3, maxLength: 3 }),
      isExempt: fc.boolean(),
    })
    .map(({ mode: all, modes, limit, most: [a = 1, b = 1, c = 1], isExempt }) =>
      policy(
        [
          { ...longJobs, maxMinutes: limit } as RuleInput,
          { ...wideRuns, maxMinutes: limit } as RuleInput,
          { ...stuckQueue, maxMinutes: limit } as RuleInput,
          { id: 'old', type: 'superseded' as const, key: '{key}-{number}' },
          worstCase('all', a),
          worstCase('p1', b, { projects: ['p1'] }),
          budgetInput({
            id: 'spent',
            limit: { minutes: c },
            thresholds: [{ percent: 100, action: 'stop-queued' }],
          }),
        ].map((rule, index) => ({ ...rule, mode: modes[index] })),
        { mode: all, exemptions: isExempt ? [exemption] : [] },
      ),
    );

  it('each item is decided once, in order, and stopped only by a rule that is over and may', () => {
    fc.assert(
      fc.property(anyItems, anyPolicy, (items, own) => {
        const decisions = decideAll(items, own);

        expect(decisions.map((decision) => decision.item)).toEqual(items);
        for (const { item: work, action, rule, reason, verdicts } of decisions) {
          expect(reason()).not.toBe('');
          if (action === 'keep') continue;
          const cause = verdicts.find((one) => one.rule === rule && one.verdict === 'over');
          expect(cause?.mode).toBe(action === 'stop' ? 'enforce' : 'observe');
          expect(['queued', 'started']).toContain(work.phase);
          expect(own.exemptions.length > 0 && work.run?.name === 'nightly').toBe(false);
          if (action === 'stop') expect(own.mode).toBe('enforce');
        }
      }),
    );
  });

  it('a policy would stop in observe mode exactly what it stops in enforce mode', () => {
    fc.assert(
      fc.property(anyItems, anyPolicy, (items, own) => {
        const outcome = (all: Mode) =>
          decideAll(items, { ...own, mode: all }).map(({ action, rule, scope, reason }) => ({
            isOver: action !== 'keep',
            rule,
            scope,
            reason: reason(),
          }));

        expect(outcome('observe')).toEqual(outcome('enforce'));
      }),
    );
  });

  it('rules on trial change nothing of what the others stop', () => {
    fc.assert(
      fc.property(anyItems, anyPolicy, (items, own) => {
        const enforcing = { ...own, mode: 'enforce' as const };
        const [without, with_] = [own.rules.filter((rule) => rule.mode !== 'observe'), own.rules].map(
          (rules) =>
            decideAll(items, { ...enforcing, rules })
              .filter(({ action }) => action === 'stop')
              .map(({ item: work, rule, reason }) => [work.arn, rule, reason()]),
        );

        expect(with_).toEqual(without);
      }),
    );
  });

  it('deciding again decides the same, also with what is stopped by then', () => {
    fc.assert(
      fc.property(anyItems, anyPolicy, (items, own) => {
        const first = decideAll(items, own);
        const stopped = new Set(
          first.filter(({ action }) => action === 'stop').map(({ item: work }) => work.arn),
        );
        const later = items.map(
          (one): WorkItem => (stopped.has(one.arn) ? { ...one, status: 'STOPPING', phase: 'stopping' } : one),
        );

        const again = decideAll(items, own);

        expect(again.map(({ action, rule }) => [action, rule])).toEqual(
          first.map(({ action, rule }) => [action, rule]),
        );
        expect(
          decideAll(later, own)
            .filter(({ item: work }) => stopped.has(work.arn))
            .every(({ action }) => action === 'keep'),
        ).toBe(true);
      }),
    );
  });

  it('decides 20,000 items without a sentence for those that are within', () => {
    let sentences = 0;
    const device = {
      get: () => {
        sentences += 1;
        return 'Google Pixel 8';
      },
    };
    const items = Array.from({ length: 20_000 }, () => {
      const work = item({ runningSince: NOW - MINUTE, minutes: NO_MINUTES });
      return Object.defineProperty({ ...work }, 'device', device);
    });
    const own = policy([
      longJobs,
      stuckQueue,
      { id: 'hours', type: 'window', allow: [{ from: '07:00', to: '20:00' }] },
      { id: 'still', type: 'stalled', maxMinutes: 30 },
      budgetInput(),
    ]);
    const budgets = statesOf(own, []);

    const decisions = decide(items, { policy: own, now: NOW, budgets, histories: new Map(), exemptions: [] });

    expect(decisions.every(({ action }) => action === 'keep')).toBe(true);
    expect(sentences).toBe(0);
    expect(decisions[0]?.reason()).toContain('Google Pixel 8');
  });
});

describe('every type of rule', () => {
  it.each<[RuleInput, Partial<WorkItem>, RegExp]>([
    [longJobs, {}, /^ran 75 min/],
    [wideRuns, {}, /^run "nightly" used 75 min/],
    [stuckQueue, { status: 'PENDING' }, /^waited 120 min/],
    [
      { id: 'hours', type: 'window', allow: [{ from: '07:00', to: '11:00' }] },
      {},
      /^RUNNING on Google Pixel 8 at wed 12:00 in UTC/,
    ],
    [
      { id: 'still', type: 'stalled', maxMinutes: 30 },
      { progress: { since: NOW - 31 * MINUTE, rose: true } },
      /^no counter moved for 31 min/,
    ],
    [{ id: 'unusual', type: 'elastic', percent: 200, minimumHistory: 2 }, {}, /^ran 75 min; limit 40 min/],
    [budgetInput(), {}, /^150 min of 100 min spent/],
  ])('is asked: %o', (rule, facts, over) => {
    const [decision] = decide([item(facts)], {
      policy: policy([rule]),
      now: NOW,
      budgets: [budgetState({ spent: 150 })],
      histories: new Map([[historyKey(projectArn(), 'nightly', 'Google Pixel 8'), [20, 20]]]),
      exemptions: [],
    });

    expect(decision).toMatchObject({ action: 'stop', rule: rule.id });
    expect(decision?.reason()).toMatch(over);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision, Verdict } from '../../../../lambda/core/decision.ts';
import {
  type BreakerMemory,
  type BreakerView,
  breakerSentence,
  passBreaker,
  turnBreaker,
} from '../../../../lambda/core/safety/breaker.ts';
import { item, jobArn, minute, now, policy } from '../samples.ts';

const POLICY = policy(
  [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    { id: 'stuck', type: 'queue-age', maxMinutes: 60 },
    {
      id: 'team-budget',
      type: 'budget',
      period: 'day',
      limit: { usd: 50 },
      thresholds: [{ percent: 100, action: 'stop-all' }],
    },
  ],
  { safety: { breaker: { percentOfActive: 50, minimumActive: 4, holdMinutes: 30 } } },
);
const HOLD = 30 * minute;
const LAST_YEAR = { over: ['job:other/00000'] };

const verdict = (rule: string, others: Partial<Verdict> = {}): Verdict => ({
  rule,
  verdict: 'over',
  reason: `over (rule ${rule})`,
  mode: 'enforce',
  only: 'any',
  ignoresExemptions: false,
  ...others,
});

/** A stop because of these rules, the first one of them deciding. */
function stopOf(run: string, ...verdicts: readonly Verdict[]): Decision {
  const [first = verdict('long-jobs')] = verdicts;
  return {
    item: item({ arn: jobArn('00000', run) }),
    action: 'stop',
    rule: first.rule,
    reason: first.reason,
    only: first.only,
    verdicts: verdicts.length > 0 ? verdicts : [first],
  };
}

const stops = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => stopOf(`r${from + index}`));
const keep = (run: string): Decision => ({ ...stopOf(run), action: 'keep', verdicts: [] });

function view(decisions: readonly Decision[], others: Partial<BreakerView> = {}): BreakerView {
  return { decisions, active: decisions.length, complete: true, policy: POLICY, now, ...others };
}

/** What the breaker holds of its own sweep after this memory. */
function turned(memory: BreakerMemory, seen: BreakerView) {
  const after = turnBreaker(memory, seen);
  const wanted = seen.decisions.filter(({ action }) => action === 'stop');
  const { through, held } = passBreaker(wanted, after, seen.policy);
  const arns = (list: readonly Decision[]) => list.map(({ item: { arn } }) => arn);
  return { after, through: arns(through), held: arns(held) };
}

describe('the breaker', () => {
  it('opens when more than the percentage of what is in flight is newly over, and holds that', () => {
    const decisions = [...stops(4), keep('k1'), keep('k2'), keep('k3')];

    const { after, through, held } = turned(LAST_YEAR, view(decisions));

    expect(after.opening).toMatchObject({ at: now, newlyOver: 4, active: 7, allowed: 3 });
    expect(held).toHaveLength(4);
    expect(through).toEqual([]);
  });

  it('stays closed when just the percentage is newly over, rounded down', () => {
    const decisions = [...stops(3), keep('k1'), keep('k2'), keep('k3'), keep('k4')];

    const { after, through } = turned(LAST_YEAR, view(decisions));

    expect(after.opening).toBeUndefined();
    expect(through).toHaveLength(3);
  });

  it.each([
    { active: 3, opens: false },
    { active: 4, opens: true },
  ])('with $active in flight and all of them newly over opens: $opens', ({ active, opens }) => {
    const { after } = turned(LAST_YEAR, view(stops(active)));

    expect(after.opening !== undefined).toBe(opens);
  });

  it('counts what was over in the last complete sweep as known', () => {
    const before = turnBreaker(LAST_YEAR, view(stops(5), { active: 20 }));

    const { after, through } = turned(before, view(stops(6)));

    expect(after.opening).toBeUndefined();
    expect(through).toHaveLength(6);
  });

  it('compares with the last complete sweep, not with one that saw only a part', () => {
    const partly = turnBreaker(LAST_YEAR, view(stops(5), { active: 20, complete: false }));

    const { after } = turned(partly, view(stops(5)));

    expect(after.opening?.newlyOver).toBe(5);
  });

  it('knows what was over while the policy or its rule only observed', () => {
    const observed = stops(5).map(
      (stop): Decision => ({
        ...stop,
        action: 'would-stop',
        verdicts: [verdict('long-jobs', { mode: 'observe' })],
      }),
    );
    const before = turnBreaker(LAST_YEAR, view(observed));

    const { after } = turned(before, view(stops(5)));

    expect(before.opening).toBeUndefined();
    expect(after.opening).toBeUndefined();
  });

  it('without a memory counts everything as new, and so holds a wave at the first sweep', () => {
    const { held } = turned({}, view(stops(5)));

    expect(held).toHaveLength(5);
  });

  it('does not count budgets, and does not hold them while it is open', () => {
    const budget = stopOf('b1', verdict('team-budget'));
    const alone = Array.from({ length: 5 }, (_, index) => stopOf(`b${index}`, verdict('team-budget')));

    const { through } = turned(LAST_YEAR, view([...stops(5), budget]));
    const quiet = turned(LAST_YEAR, view(alone));

    expect(through).toEqual([budget.item.arn]);
    expect(quiet.after.opening).toBeUndefined();
  });

  it('lets work that is over a budget as well go for the sake of the budget', () => {
    const both = stopOf('r9', verdict('long-jobs'), verdict('team-budget', { only: 'queued' }));
    const after = turnBreaker(LAST_YEAR, view([...stops(5), both]));

    const { through } = passBreaker([both], after, POLICY);

    expect(through).toEqual([
      { ...both, rule: 'team-budget', reason: 'over (rule team-budget)', only: 'queued' },
    ]);
  });

  it('does not let a budget that only observes speak for a stop', () => {
    const both = stopOf('r9', verdict('long-jobs'), verdict('team-budget', { mode: 'observe' }));
    const after = turnBreaker(LAST_YEAR, view([...stops(5), both]));

    expect(passBreaker([both], after, POLICY).held).toEqual([both]);
  });

  it('holds also what comes while it is open, and lets go what was over before', () => {
    const before = turnBreaker(LAST_YEAR, view([stopOf('old')], { active: 20 }));
    const open = turnBreaker(before, view([stopOf('old'), ...stops(9)]));

    const { held, through } = turned(open, view([stopOf('old'), ...stops(10)], { now: now + minute }));

    expect(held).toHaveLength(10);
    expect(through).toEqual([stopOf('old').item.arn]);
  });

  it.each([
    { what: 'holds until the last moment', after: HOLD - 1, held: 5 },
    { what: 'lets all go on from the end of its hold', after: HOLD, held: 0 },
  ])('$what', ({ after, held }) => {
    const open = turnBreaker(LAST_YEAR, view(stops(5)));

    const later = turned(open, view(stops(5), { now: now + after }));

    expect(later.held).toHaveLength(held);
    expect(later.after.opening === undefined).toBe(held === 0);
  });

  it('after its hold can open again for what is new then, and for nothing else', () => {
    const open = turnBreaker(LAST_YEAR, view(stops(5)));

    const { after, held, through } = turned(open, view(stops(12), { now: now + HOLD }));

    expect(after.opening).toMatchObject({ at: now + HOLD, newlyOver: 7 });
    expect(held).toHaveLength(7);
    expect(through).toHaveLength(5);
  });

  it('lets go after the hold also when no sweep since has seen everything', () => {
    const open = turnBreaker({}, view(stops(5), { complete: false }));

    const { after, through } = turned(open, view(stops(5), { complete: false, now: now + HOLD }));

    expect(after.opening).toBeUndefined();
    expect(through).toHaveLength(5);
  });

  it('that cannot be read holds all but budgets', () => {
    const budget = stopOf('b', verdict('team-budget'));

    const { through, held } = passBreaker([...stops(2), budget], undefined, POLICY);

    expect(held).toEqual(stops(2));
    expect(through).toEqual([budget]);
  });

  it('turned twice by the same sweep gives the same', () => {
    const seen = view(stops(5));

    const once = turnBreaker(LAST_YEAR, seen);

    expect(turnBreaker(once, seen)).toEqual(once);
  });

  it('says its numbers and its end', () => {
    const { opening } = turnBreaker(LAST_YEAR, view(stops(5)));

    expect(opening && breakerSentence(opening, POLICY)).toBe(
      'held by the breaker until 2026-11-25T12:30:00.000Z: at 2026-11-25T12:00:00.000Z 5 of 5 in flight were newly over a limit; at most 2 may be (50 %)',
    );
  });

  it('whatever comes, loses no stop: held at most for its hold time, then let go for good', () => {
    const sweeps = fc.array(fc.record({ added: fc.nat(8), complete: fc.boolean(), idle: fc.nat(4) }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(sweeps, (course) => {
        let memory: BreakerMemory = {};
        const firstHeld = new Map<string, number>();
        let known = 0;
        course.forEach(({ added, complete, idle }, index) => {
          known += added;
          const at = now + index * 5 * minute;
          const decisions = [...stops(known), ...Array.from({ length: idle }, (_, one) => keep(`k${one}`))];

          const { after, held, through } = turned(memory, view(decisions, { complete, now: at }));

          for (const arn of held) firstHeld.set(arn, firstHeld.get(arn) ?? at);
          for (const arn of held) expect(at - (firstHeld.get(arn) ?? 0)).toBeLessThan(HOLD);
          expect(held.length + through.length).toBe(known);
          memory = after;
        });
      }),
    );
  });
});

import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../lambda/policy/schema.ts';
import { policySchemaFor } from '../../lambda/policy/schema.ts';
import { decide } from '../../lambda/rules/decide.ts';
import { type Fields, notApplicable, type RuleType } from '../../lambda/rules/rule.ts';
import { type AnyRuleType, isWatchedByBreaker, RULES, typeOf } from '../../lambda/rules/rules.ts';
import { item, NOW } from '../support/samples.ts';
import { policy } from './samples.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the types of rules', () => {
  it('have a name each, by which they are found', () => {
    const names = RULES.map(({ type }) => type);

    expect(new Set(names).size).toBe(8);
    expect(names.map((name) => typeOf(name).type)).toEqual(names);
  });

  it('are watched by the breaker where a wrong limit is over for everything at once', () => {
    const watched = (['job-duration', 'run-minutes', 'queue-age', 'stalled', 'elastic'] as const).map(
      (type) => isWatchedByBreaker({ type }),
    );
    const others = (['window', 'superseded', 'budget'] as const).map((type) => isWatchedByBreaker({ type }));

    expect([watched, others]).toEqual([Array(5).fill(true), Array(3).fill(false)]);
  });

  it('refuse a name that none of them has, and say where to add it', () => {
    expect(() => typeOf('nope')).toThrow('"nope" is no rule type; add it to RULES');
  });

  it('say what they stop in a sentence with their limits', () => {
    const own = policy([
      { id: 'a', type: 'job-duration', maxMinutes: 60 },
      { id: 'b', type: 'superseded', key: 'pr-{key}-{number}', match: { runs: ['pr-*'] } },
      {
        id: 'c',
        type: 'window',
        allow: [{ days: ['mon', 'tue', 'wed'], from: '07:00', to: '20:00' }],
        graceMinutes: 5,
      },
      {
        id: 'd',
        type: 'budget',
        period: 'day',
        limit: { usd: 50 },
        thresholds: [{ percent: 100, basis: 'worst-case', action: 'stop-queued' }],
      },
      { id: 'e', type: 'superseded', apartMinutes: 0 },
      { id: 'f', type: 'window', allow: [{ from: '07:00', to: '20:00' }], timezone: 'Asia/Tokyo' },
      {
        id: 'g',
        type: 'budget',
        period: 'week',
        limit: { meteredMinutes: 300 },
        thresholds: [
          { percent: 80, action: 'notify' },
          { percent: 100, action: 'stop-all' },
        ],
      },
      {
        id: 'h',
        type: 'budget',
        period: 'month',
        limit: { minutes: 600 },
        thresholds: [{ percent: 90, basis: 'forecast', action: 'notify' }],
      },
      { id: 'i', type: 'elastic', percent: 250, of: 8, minimumHistory: 4, floorMinutes: 15 },
      { id: 'j', type: 'run-minutes', maxMinutes: 400 },
      { id: 'k', type: 'queue-age', maxMinutes: 240 },
      { id: 'l', type: 'stalled', maxMinutes: 30 },
    ]);

    expect(own.rules.map((rule) => typeOf(rule.type).describe(rule))).toEqual([
      'a job or session that is RUNNING for more than 60 min',
      'a run when a newer run of the same key is in flight, created more than 5 min later; the key is the run\'s AUTOSTOP_KEY, else from its name by "pr-{key}-{number}"',
      'work in flight outside mon-wed 07:00-20:00, 5 min after the hours have ended',
      'more than $50 in a day: stop-queued above 100 % worst-case',
      "a run when a newer run of the same key is in flight, created more than 0 min later; the key is the run's AUTOSTOP_KEY",
      'work in flight outside mon-sun 07:00-20:00 (Asia/Tokyo)',
      'more than 300 metered minutes in a week: notify above 80 % spent, stop-all above 100 % spent',
      'more than 600 minutes in a month: notify above 90 % forecast',
      'a job that is RUNNING for more than 250 % of the median of the last 8 successful jobs of the same run name and device, and for more than 15 min; it needs 4 such jobs',
      'a run whose devices together used more than 400 min',
      'a job or session that is queued for more than 240 min',
      'a job that is RUNNING and has moved no counter for more than 30 min, once it was seen to move one',
    ]);
  });
});

describe('somebody who adds a rule', () => {
  const schema = ({ rule, z }: Fields) =>
    rule('old-os', 'A device with an old system.', { below: z.int().positive() });
  type OldOs = ReturnType<ReturnType<typeof schema>['parse']>;
  const oldOs: RuleType<OldOs> = {
    type: 'old-os',
    isWatchedByBreaker: false,
    schema,
    describe: ({ below }) => `a device with a system below ${below}`,
    judge: (rule, { now }) => {
      if (rule.below === 13) throw new Error('out of luck');
      return ({ device }) => {
        const version = /\d+$/.exec(device)?.[0];
        if (version === undefined) return notApplicable('does not say its version');
        const reason = () => `${device} is below ${rule.below} at ${now}`;
        return { verdict: Number(version) < rule.below ? 'over' : 'within', reason, scope: 'any' };
      };
    },
  };
  const ruleTypes = [...RULES, oldOs] as unknown as readonly AnyRuleType[]; // as RULES itself is known to others
  const parse = (below: number): Policy =>
    policySchemaFor(ruleTypes).parse({
      version: 1,
      mode: 'enforce',
      rules: [{ id: 'a', type: 'old-os', below }],
    });
  const decideAll = (own: Policy, ...devices: readonly string[]) =>
    decide(
      devices.map((device) => item({ device })),
      { policy: own, now: NOW, budgets: [], histories: new Map(), exemptions: [], ruleTypes },
    );

  it('writes one object: the policy takes it, and work is decided by it', () => {
    const decisions = decideAll(parse(10), 'Pixel 8', 'Pixel 10', 'Pixel');

    expect(decisions.map(({ action, rule }) => [action, rule])).toEqual([
      ['stop', 'a'],
      ['keep', undefined],
      ['keep', undefined],
    ]);
    expect(decisions[0]?.reason()).toBe(`Pixel 8 is below 10 at ${NOW}`);
  });

  it('gets its faults explained by the checker', () => {
    expect(() => parse(-1)).toThrow('below');
  });

  it('stops nothing by a rule that fails before it has seen any work', () => {
    const decisions = decideAll(parse(13), 'Pixel 8');

    expect(decisions.map(({ action, reason }) => [action, reason()])).toEqual([
      ['keep', 'kept: a rule failed (Error: out of luck)'],
    ]);
  });
});

describe('what is deployed', () => {
  it.each(['lambda/rules/decide.ts', 'lambda/policy/deployed.ts'])(
    'by %s holds neither the checker of policies nor its libraries',
    async (entry) => {
      const { metafile } = await build({
        entryPoints: [join(ROOT, entry)],
        bundle: true,
        write: false,
        metafile: true,
        platform: 'node',
        format: 'esm',
        absWorkingDir: ROOT,
      });

      const inputs = Object.keys(metafile.inputs);

      expect(inputs).toContain(entry);
      expect(
        inputs.filter((path) => /\/(zod|yaml|leven)\/|policy\/(fields|schema|load|faults)\.ts/.test(path)),
      ).toEqual([]);
    },
  );
});

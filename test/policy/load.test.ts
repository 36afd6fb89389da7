import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../lambda/policy/load.ts';
import { budgetWith, policyInput, policyWith, policyWithRule } from './arbitraries.ts';
import { faultsOf, refusalOf, textFaultsOf } from './refusal.ts';

const refusal = (input: unknown) => refusalOf(() => parsePolicy(input));
const exemption = { id: 'release', match: {}, until: '2026-12-01T00:00:00Z', owner: 'me', reason: 'release' };
const TOP_KEYS =
  'version, mode, timezone, pricePerMeteredMinute, rules, exemptions, tagExemption, safety, manualStop';

describe('parsePolicy', () => {
  it('fills in every default', () => {
    const policy = parsePolicy({ version: 1, rules: [budgetWith()] });

    expect(policy).toEqual({
      version: 1,
      mode: 'observe',
      timezone: 'UTC',
      pricePerMeteredMinute: 0.17,
      rules: [
        {
          id: 'budget',
          type: 'budget',
          match: {},
          period: 'day',
          limit: { usd: 50 },
          ignoreExemptions: false,
          thresholds: [{ percent: 100, basis: 'spent', action: 'stop-all' }],
        },
      ],
      exemptions: [],
      tagExemption: { maxDays: 7 },
      safety: {
        maxStopsPerHour: 200,
        breaker: { percentOfActive: 50, minimumActive: 10, holdMinutes: 30 },
        confirmWithinMinutes: 10,
        maxAttempts: 3,
      },
      manualStop: {
        budgets: [],
        alarms: [],
        maxExemptHours: 72,
        maxPauseHours: 24,
        maxExtendMinutes: 60,
        maxExtensions: 2,
      },
    });
  });

  it('takes every policy that a person may write, and its own result again', () => {
    fc.assert(
      fc.property(policyInput, (input) => {
        const policy = parsePolicy(input);

        expect(parsePolicy(policy)).toEqual(policy);
      }),
    );
  });

  it.each<[string, unknown, string]>([
    [
      'a number out of range',
      policyWithRule(budgetWith({ thresholds: [{ percent: 0, action: 'notify' }] })),
      'rules[0].thresholds[0].percent: found 0; allowed: a number above 0 and at most 1000',
    ],
    [
      'a time of day that is none',
      policyWithRule({ id: 'a', type: 'window', allow: [{ from: '7:00', to: '24:00' }] }),
      'rules[0].allow[0].from: found "7:00"; allowed: a time of day such as "07:00"',
    ],
    [
      'a time zone of a rule that is none',
      policyWithRule({
        id: 'a',
        type: 'window',
        allow: [{ from: '07:00', to: '24:00' }],
        timezone: 'Europe/Berln',
      }),
      'rules[0].timezone: found "Europe/Berln" (did you mean Europe/Berlin?); allowed: an IANA time zone such as UTC or Europe/Berlin',
    ],
    [
      'a pattern without a key',
      policyWithRule({ id: 'a', type: 'superseded', key: '*-{number}' }),
      'rules[0].key: found "*-{number}"; allowed: a pattern of at most 256 characters with {key} exactly once, such as "pr-{key}-{number}"',
    ],
    [
      'a history that is longer than what is looked at',
      policyWithRule({ id: 'a', type: 'elastic', percent: 150, of: 4, minimumHistory: 5 }),
      'rules[0].minimumHistory: found 5; allowed: a whole number of at least 2 and at most 20, and not above of',
    ],
    [
      'a missing key',
      policyWithRule({ id: 'a', type: 'queue-age' }),
      'rules[0].maxMinutes: found nothing; allowed: a number above 0 and at most 100000',
    ],
    [
      'an unknown key that is close to a known one',
      policyWithRule({ id: 'a', type: 'queue-age', maxMinutes: 1, mach: {} }),
      'rules[0].mach: found {} (unknown key, did you mean match?); allowed: the keys id, match, mode, type, maxMinutes',
    ],
    [
      'an unknown key like nothing known',
      policyWith({ webhook: 'https://example.com' }),
      `webhook: found "https://example.com" (unknown key); allowed: the keys ${TOP_KEYS}`,
    ],
    [
      'a key that objects have by themselves',
      policyWith(JSON.parse('{"__proto__": {"mode": "enforce"}}')),
      `__proto__: found {"mode":"enforce"} (unknown key); allowed: the keys ${TOP_KEYS}`,
    ],
    [
      'a key of a kind of rule that has no such key',
      policyWithRule({ id: 'a', type: 'queue-age', maxMinutes: 1, period: 'day' }),
      'rules[0].period: found "day" (unknown key); allowed: the keys id, match, mode, type, maxMinutes',
    ],
    [
      'a wrong type of rule',
      policyWithRule({ id: 'a', type: 'job_duration', maxMinutes: 1 }),
      'rules[0].type: found "job_duration" (did you mean job-duration?); allowed: job-duration, run-minutes, queue-age, window, superseded, stalled, elastic, budget',
    ],
    [
      'a rule without a type',
      policyWithRule({ id: 'a', maxMinutes: 1 }),
      'rules[0].type: found nothing; allowed: job-duration, run-minutes, queue-age, window, superseded, stalled, elastic, budget',
    ],
    [
      'a figure by its old name',
      policyWithRule(
        budgetWith({ thresholds: [{ percent: 100, basis: 'committed', action: 'stop-queued' }] }),
      ),
      'rules[0].thresholds[0].basis: found "committed" (write worst-case, its new name); allowed: spent, worst-case, forecast',
    ],
    [
      'a figure with a slip in it',
      policyWithRule(budgetWith({ thresholds: [{ percent: 100, basis: 'worstcase', action: 'notify' }] })),
      'rules[0].thresholds[0].basis: found "worstcase" (did you mean worst-case?); allowed: spent, worst-case, forecast',
    ],
    [
      'the old name of a figure where no figure stands',
      policyWith({ mode: 'committed' }),
      'mode: found "committed"; allowed: observe, enforce',
    ],
    [
      'what is neither true nor false',
      policyWithRule(budgetWith({ ignoreExemptions: 'yes' })),
      'rules[0].ignoreExemptions: found "yes"; allowed: true or false',
    ],
    [
      'an empty text',
      policyWith({ exemptions: [{ ...exemption, owner: '' }] }),
      'exemptions[0].owner: found ""; allowed: a text of 1 to 200 characters',
    ],
    [
      'an empty list',
      policyWithRule({ id: 'a', type: 'queue-age', maxMinutes: 1, match: { platforms: [] } }),
      'rules[0].match.platforms: found []; allowed: a list of at least 1 entries',
    ],
    [
      'a value where a list stands that may be empty',
      policyWith({ manualStop: { budgets: 'monthly' } }),
      'manualStop.budgets: found "monthly"; allowed: a list of at most 50 entries',
    ],
    [
      'a percentage below its least',
      policyWithRule({ id: 'a', type: 'elastic', percent: 99 }),
      'rules[0].percent: found 99; allowed: a number of at least 100 and at most 10000',
    ],
    [
      'a price below nothing',
      policyWith({ pricePerMeteredMinute: -1 }),
      'pricePerMeteredMinute: found -1; allowed: a number of at least 0 and at most 1000',
    ],
    [
      'a wrong limit in two units',
      policyWithRule(budgetWith({ limit: { usd: -1, minutes: 2 } })),
      'rules[0].limit: found {"usd":-1,"minutes":2}; allowed: exactly one of usd, meteredMinutes and minutes, such as { usd: 50 }',
    ],
    [
      'an unknown key that is no word',
      policyWithRule({ id: 'a', type: 'queue-age', maxMinutes: 1, 'max minutes': 1 }),
      'rules[0]["max minutes"]: found 1 (unknown key, did you mean maxMinutes?); allowed: the keys id, match, mode, type, maxMinutes',
    ],
    [
      'a function that a program passes',
      policyWith({ timezone: () => 'UTC' }),
      'timezone: found a function; allowed: an IANA time zone such as UTC or Europe/Berlin',
    ],
    [
      'an empty value in a mapping',
      policyWithRule(budgetWith({ limit: { usd: null, minutes: [1] } })),
      'rules[0].limit: found {"usd":null,"minutes":"..."}; allowed: exactly one of usd, meteredMinutes and minutes, such as { usd: 50 }',
    ],
    [
      'a forecast that stops',
      policyWithRule(budgetWith({ thresholds: [{ percent: 100, basis: 'forecast', action: 'stop-all' }] })),
      'rules[0].thresholds[0].action: found "stop-all" (a forecast stops nothing); allowed: notify, or the basis spent or worst-case',
    ],
    [
      'a negative limit',
      policyWithRule(budgetWith({ limit: { usd: -1 } })),
      'rules[0].limit.usd: found -1; allowed: a number above 0 and at most 10000000',
    ],
    [
      'a limit that is not a number',
      policyWithRule(budgetWith({ limit: { meteredMinutes: '300' } })),
      'rules[0].limit.meteredMinutes: found "300"; allowed: a number above 0 and at most 100000000',
    ],
    [
      'an empty limit',
      policyWithRule(budgetWith({ limit: {} })),
      'rules[0].limit: found {}; allowed: exactly one of usd, meteredMinutes and minutes, such as { usd: 50 }',
    ],
    [
      'a limit in two units',
      policyWithRule(budgetWith({ limit: { usd: 1, minutes: 2 } })),
      'rules[0].limit: found {"usd":1,"minutes":2}; allowed: exactly one of usd, meteredMinutes and minutes, such as { usd: 50 }',
    ],
    [
      'a limit that is no mapping',
      policyWithRule(budgetWith({ limit: 50 })),
      'rules[0].limit: found 50; allowed: exactly one of usd, meteredMinutes and minutes, such as { usd: 50 }',
    ],
    ['no rules', { version: 1, rules: [] }, 'rules: found []; allowed: a list of 1 to 100 entries'],
    ['another version', policyWith({ version: 2 }), 'version: found 2; allowed: 1'],
    [
      'an unknown time zone',
      policyWith({ timezone: 'Europe/Berln' }),
      'timezone: found "Europe/Berln" (did you mean Europe/Berlin?); allowed: an IANA time zone such as UTC or Europe/Berlin',
    ],
    [
      'an offset for a time zone',
      policyWith({ timezone: '+01:00' }),
      'timezone: found "+01:00"; allowed: an IANA time zone such as UTC or Europe/Berlin',
    ],
    [
      'an id with capitals',
      policyWithRule({ id: 'Long Jobs', type: 'queue-age', maxMinutes: 1 }),
      'rules[0].id: found "Long Jobs"; allowed: lower-case letters, digits and inner dashes, 1 to 64 long',
    ],
    [
      'a rule id that stands twice',
      policyWith({ rules: [budgetWith(), budgetWith({ id: 'other' }), budgetWith()] }),
      'rules[2].id: found "budget" (rules[0] has this id already); allowed: an id that no other entry of the list has',
    ],
    [
      'an exemption id that stands twice',
      policyWith({ exemptions: [exemption, exemption] }),
      'exemptions[1].id: found "release" (exemptions[0] has this id already); allowed: an id that no other entry of the list has',
    ],
    [
      'an exemption without a zone in its end',
      policyWith({ exemptions: [{ ...exemption, until: '2026-12-01T00:00:00' }] }),
      'exemptions[0].until: found "2026-12-01T00:00:00"; allowed: an ISO 8601 time with an offset, such as "2030-01-01T00:00:00Z"',
    ],
    [
      'a platform in small letters',
      policyWithRule({ id: 'a', type: 'queue-age', maxMinutes: 1, match: { platforms: ['android'] } }),
      'rules[0].match.platforms[0]: found "android" (did you mean ANDROID?); allowed: ANDROID, IOS',
    ],
    [
      'a rule that is no mapping',
      policyWithRule('job-duration'),
      'rules[0]: found "job-duration"; allowed: a mapping with the keys id, match, mode, type, maxMinutes, warnMinutes, allow, timezone, graceMinutes, key, apartMinutes, percent, of, minimumHistory, floorMinutes, period, limit, ignoreExemptions, thresholds',
    ],
    [
      'a whole number that is none',
      policyWith({ safety: { maxStopsPerHour: 0.5 } }),
      'safety.maxStopsPerHour: found 0.5; allowed: a whole number above 0',
    ],
    ['not a mapping', 5, `(policy): found 5; allowed: a mapping with the keys ${TOP_KEYS}`],
    ['nothing', undefined, `(policy): found nothing; allowed: a mapping with the keys ${TOP_KEYS}`],
  ])('refuses %s with the path, the value and what is allowed', (_, input, expected) => {
    const result = faultsOf(input);

    expect(result).toEqual([expected]);
  });

  it('tells all faults at once, one line each', () => {
    const input = {
      version: 1,
      timezone: 'Mars/Olympus',
      rules: [budgetWith({ limit: {} }), budgetWith({ period: 'year' }), 7],
      exemptions: [{ ...exemption, owner: '' }],
      safety: { maxAttempts: 1.5 },
    };

    const result = refusal(input);

    expect(result?.faults.map(({ path }) => path).sort()).toEqual([
      'exemptions[0].owner',
      'rules[0].limit',
      'rules[1].id',
      'rules[1].period',
      'rules[2]',
      'safety.maxAttempts',
      'timezone',
    ]);
    expect(result?.message.split('\n')).toHaveLength(7);
  });

  it('carries a stable name and code, and no cause', () => {
    const result = refusal({});

    expect(result).toMatchObject({ name: 'PolicyError', code: 'POLICY_INVALID' });
    expect(result).not.toHaveProperty('cause');
  });

  it('names the first entry that has an id, and says nothing of ids that are missing', () => {
    const twice = ['x', 'x', 'x'].map((id) => budgetWith({ id }));
    const without = [undefined, undefined].map((id) => budgetWith({ id }));

    expect(faultsOf(policyWith({ rules: twice })).map((line) => line.split(';')[0])).toEqual([
      'rules[1].id: found "x" (rules[0] has this id already)',
      'rules[2].id: found "x" (rules[0] has this id already)',
    ]);
    expect(faultsOf(policyWith({ rules: without })).map((line) => line.split(';')[0])).toEqual([
      'rules[0].id: found nothing',
      'rules[1].id: found nothing',
    ]);
  });

  it('shows the first 50 of 59 ids that stand twice, and counts the rest', () => {
    const result = faultsOf(policyWith({ rules: Array(60).fill(budgetWith()) }));

    expect(result.slice(49)).toEqual([
      expect.stringMatching(/^rules\[50\]\.id: found "budget"/),
      'and 9 more faults',
    ]);
  });

  it('lets an id stand once among the rules and once among the exemptions', () => {
    const result = refusal(
      policyWith({ rules: [budgetWith()], exemptions: [{ ...exemption, id: 'budget' }] }),
    );

    expect(result).toBeUndefined();
  });

  it.each([
    ['maxMinutes', 0, false],
    ['maxMinutes', 0.001, true],
    ['maxMinutes', 100_000, true],
    ['maxMinutes', 100_000.1, false],
    ['maxMinutes', Number.NaN, false],
    ['maxMinutes', Number.POSITIVE_INFINITY, false],
    ['id', 'a'.repeat(64), true],
    ['id', 'a'.repeat(65), false],
    ['id', '-a', false],
    ['id', 'a-', false],
  ])('holds the limits of a rule: %s %j is accepted: %j', (key, value, accepted) => {
    const rule = { id: 'a', type: 'run-minutes', maxMinutes: 1, [key]: value };

    const result = refusal(policyWithRule(rule));

    expect(result === undefined).toBe(accepted);
  });

  it.each([
    ['pricePerMeteredMinute', 0, true],
    ['pricePerMeteredMinute', -0.01, false],
    ['pricePerMeteredMinute', 1_000, true],
    ['pricePerMeteredMinute', 1_000.01, false],
    ['rules', Array.from({ length: 100 }, (_, index) => budgetWith({ id: `b${index}` })), true],
    ['rules', Array.from({ length: 101 }, (_, index) => budgetWith({ id: `b${index}` })), false],
    ['exemptions', Array.from({ length: 200 }, (_, index) => ({ ...exemption, id: `e${index}` })), true],
    ['exemptions', Array.from({ length: 201 }, (_, index) => ({ ...exemption, id: `e${index}` })), false],
    ['safety', { breaker: { percentOfActive: 100 } }, true],
    ['safety', { breaker: { percentOfActive: 100.1 } }, false],
    ['safety', { maxAttempts: 100 }, true],
    ['safety', { maxAttempts: 101 }, false],
    ['manualStop', { budgets: [{ name: 'monthly', stop: 'queued' }] }, true],
    ['manualStop', { alarms: [{ name: '', stop: 'all' }] }, false],
    ['manualStop', { maxExemptHours: 744, maxPauseHours: 0.5 }, true],
    ['manualStop', { maxExemptHours: 745 }, false],
    ['manualStop', { maxPauseHours: 745 }, false],
    ['manualStop', { maxPauseHours: 0 }, false],
    ['tagExemption', { maxDays: 0 }, true],
    ['tagExemption', { maxDays: 31 }, true],
    ['tagExemption', { maxDays: 31.1 }, false],
    ['tagExemption', { maxDays: -1 }, false],
    ['mode', 'enforce', true],
    ['mode', 'Enforce', false],
  ])('holds the limits of the policy: %s is accepted: %3$j', (key, value, accepted) => {
    const result = refusal(policyWith({ [key]: value }));

    expect(result === undefined).toBe(accepted);
  });

  it.each([
    [{ percent: 1_000, action: 'notify' }, true],
    [{ percent: 1_000.1, action: 'notify' }, false],
    [{ percent: 1, action: 'notify', basis: 'spent' }, true],
    [{ percent: 1, action: 'stop-queued', basis: 'worst-case' }, true],
    [{ percent: 1, action: 'notify', basis: 'forecast' }, true],
    [{ percent: 1, action: 'stop-queued', basis: 'forecast' }, false],
    [{ percent: 1, action: 'stop' }, false],
  ])('holds the limits of a threshold: %j is accepted: %j', (threshold, accepted) => {
    const result = refusal(policyWithRule(budgetWith({ thresholds: [threshold] })));

    expect(result === undefined).toBe(accepted);
  });

  it('accepts as the end of an exemption only what is a moment', () => {
    const until = fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.stringMatching(
        /^20[0-3]\d-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,9})?(Z|[+-][0-2]\d:[0-6]\d)$/,
      ),
    );
    fc.assert(
      fc.property(until, (text) => {
        const accepted = refusal(policyWith({ exemptions: [{ ...exemption, until: text }] })) === undefined;

        expect(accepted && Number.isNaN(Date.parse(text))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('shows hostile values on one short line', () => {
    const input = policyWith({ 'a\nb<b>': `\u001b[2J\u2028\u202e${'x'.repeat(10_000)}` });

    const result = faultsOf(input);

    expect(result).toHaveLength(1);
    expect(result[0]).not.toMatch(/[<>\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(result[0]?.length).toBeLessThan(350);
  });

  it('suggests the key with one letter missing, and nothing for what is no slip', () => {
    const hints = ['maxMinute', 'max_minutes', 'mxMinuts', 'webhook', 'x'.repeat(65)].map(
      (key) =>
        /\((.*)\)/.exec(
          faultsOf(policyWith({ rules: [{ id: 'a', type: 'queue-age', maxMinutes: 1, [key]: 1 }] }))[0] ?? '',
        )?.[1],
    );

    expect(hints.map((hint) => hint?.includes('did you mean maxMinutes?'))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('a policy with 20,000 unknown keys', () => {
  const unknown = Array.from({ length: 20_000 }, (_, index) => `key${index}`);

  it.each([
    ['value', () => faultsOf(policyWith(Object.fromEntries(unknown.map((key) => [key, 1]))))],
    [
      'text',
      () =>
        textFaultsOf(
          `${JSON.stringify(policyWith()).slice(0, -1)},\n${unknown.map((key) => `${key}: 1`).join(',\n')}}`,
        ),
    ],
  ])('as a %s shows the first 50 faults and counts the rest', (_, refuse) => {
    const result = refuse();

    expect(result).toHaveLength(51);
    expect(result[0]).toContain('key0: found 1 (unknown key)');
    expect(result[50]).toBe('and 19950 more faults');
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { JsonSchema } from '../../lambda/policy/json-schema.ts';
import { policySchemaFor } from '../../lambda/policy/schema.ts';
import { type AnyRuleType, RULES } from '../../lambda/rules/rules.ts';
import { budgetWith, policyWith, policyWithRule } from './arbitraries.ts';

/** Made anew in each test: the schema that AutoStop itself uses is made once, before any test runs. */
const schema = () => policySchemaFor(RULES as unknown as readonly AnyRuleType[]); // as `policySchema` itself does it
const accepts = (input: unknown) => schema().safeParse(input).success;
const jsonSchema = () => z.toJSONSchema(schema(), { io: 'input', target: 'draft-2020-12' }) as JsonSchema;

/** The schema without our own words, and these words by the key to which they belong. */
function apart(whole: JsonSchema): { readonly published: unknown; readonly words: Record<string, string> } {
  const words: Record<string, string> = {};
  const strip = (part: unknown, key: string): unknown => {
    if (Array.isArray(part)) return part.map((one) => strip(one, key));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).flatMap(([name, inner]) => {
        if (name === 'allowed' && typeof inner === 'string') words[key] = inner;
        return name === 'allowed' ? [] : [[name, strip(inner, name)]];
      }),
    );
  };
  return { published: strip(whole, ''), words };
}

const hours = (facts: object) => ({
  id: 'a',
  type: 'window',
  allow: [{ from: '07:00', to: '20:00', ...facts }],
});
const grace = (graceMinutes: number) => ({ ...hours({}), graceMinutes });
const elastic = (facts: object) => ({ id: 'a', type: 'elastic', percent: 200, ...facts });
const superseded = (facts: object) => ({ id: 'a', type: 'superseded', ...facts });
const duration = (facts: object) => ({ id: 'a', type: 'job-duration', maxMinutes: 60, ...facts });
const threshold = (facts: object) =>
  budgetWith({ thresholds: [{ percent: 100, action: 'notify', ...facts }] });
const windows = (count: number) => ({
  ...hours({}),
  allow: Array(count).fill({ from: '07:00', to: '20:00' }),
});
const thresholds = (count: number) =>
  budgetWith({ thresholds: Array(count).fill({ percent: 100, action: 'notify' }) });

describe('the schema that the rules make', () => {
  it('is what policy.schema.json publishes', () => {
    const committed = JSON.parse(readFileSync(new URL('../../policy.schema.json', import.meta.url), 'utf8'));

    expect(apart(jsonSchema()).published).toEqual(committed);
  });

  it('says in words what is allowed where keywords say too little', () => {
    const { words } = apart(jsonSchema());

    expect(words).toEqual({
      id: 'lower-case letters, digits and inner dashes, 1 to 64 long',
      until: 'an ISO 8601 time with an offset, such as "2030-01-01T00:00:00Z"',
      arn: 'the ARN of a CloudWatch alarm',
      timezone: 'an IANA time zone such as UTC or Europe/Berlin',
      from: 'a time of day such as "07:00"',
      to: 'a time of day such as "20:00", or "24:00"',
      warnMinutes: 'a number above 0 and below maxMinutes',
      key: 'a pattern of at most 256 characters with {key} exactly once, such as "pr-{key}-{number}"',
      minimumHistory: 'a whole number of at least 2 and at most 20, and not above of',
      limit: 'exactly one of usd, meteredMinutes and minutes, such as { usd: 50 }',
    });
  });

  it.each<[object, boolean]>([
    [hours({ from: '00:00' }), true],
    [hours({ from: '19:59' }), true],
    [hours({ from: '23:59' }), true],
    [hours({ from: '24:00' }), false],
    [hours({ from: '23:60' }), false],
    [hours({ from: '7:00' }), false],
    [hours({ from: 'x07:00' }), false],
    [hours({ from: '07:00x' }), false],
    [hours({ to: '00:00' }), true],
    [hours({ to: '19:59' }), true],
    [hours({ to: '23:59' }), true],
    [hours({ to: '24:00' }), true],
    [hours({ to: '24:01' }), false],
    [hours({ to: '25:00' }), false],
    [hours({ to: '20:60' }), false],
    [hours({ to: 'x20:00' }), false],
    [hours({ to: '20:00x' }), false],
    [hours({ days: ['mon', 'funday'] }), false],
    [grace(0), true],
    [grace(-0.1), false],
    [grace(1_440), true],
    [grace(1_440.1), false],
    [{ ...hours({}), timezone: 'Asia/Tokyo' }, true],
    [{ ...hours({}), timezone: 'Asia/Tokio' }, false],
    [elastic({ percent: 100 }), true],
    [elastic({ percent: 99.9 }), false],
    [elastic({ percent: 10_000 }), true],
    [elastic({ percent: 10_000.1 }), false],
    [elastic({ of: 20 }), true],
    [elastic({ of: 21 }), false],
    [elastic({ of: 2, minimumHistory: 2 }), true],
    [elastic({ of: 1, minimumHistory: 1 }), false],
    [elastic({ of: 20, minimumHistory: 20 }), true],
    [elastic({ of: 10, minimumHistory: 11 }), false],
    [elastic({ of: 10, minimumHistory: 10 }), true],
    [elastic({ minimumHistory: 1 }), false],
    [superseded({}), true],
    [superseded({ key: '{key}'.padEnd(256, 'x') }), true],
    [superseded({ key: '{key}'.padEnd(257, 'x') }), false],
    [superseded({ key: 'pr' }), false],
    [superseded({ apartMinutes: 0 }), true],
    [superseded({ apartMinutes: -0.1 }), false],
    [superseded({ apartMinutes: 1_440 }), true],
    [superseded({ apartMinutes: 1_440.1 }), false],
    [duration({ warnMinutes: 59.9 }), true],
    [duration({ warnMinutes: 60 }), false],
    [duration({ warnMinutes: 60.1 }), false],
    [duration({ warnMinutes: 0 }), false],
    [budgetWith({ limit: { usd: 10_000_000 } }), true],
    [budgetWith({ limit: { usd: 10_000_000.1 } }), false],
    [budgetWith({ limit: { meteredMinutes: 100_000_000 } }), true],
    [budgetWith({ limit: { meteredMinutes: 100_000_000.1 } }), false],
    [budgetWith({ limit: { minutes: 100_000_000 } }), true],
    [budgetWith({ limit: { minutes: 100_000_000.1 } }), false],
    [budgetWith({ limit: { minutes: 5, usd: 5 } }), false],
    [budgetWith({ period: 'year' }), false],
    [threshold({ percent: 1_000 }), true],
    [threshold({ percent: 1_000.1 }), false],
    [threshold({ basis: 'committed' }), false],
    [threshold({ action: 'stop' }), false],
  ])('holds each limit of a rule on both sides: %j is accepted: %j', (rule, accepted) => {
    expect(accepts(policyWithRule(rule))).toBe(accepted);
  });

  it.each<[Record<string, unknown>, boolean]>([
    [{ version: 2 }, false],
    [{ timezone: 'Mars/Olympus' }, false],
    [{ pricePerMeteredMinute: 1_000 }, true],
    [{ pricePerMeteredMinute: 1_000.1 }, false],
  ])('holds each limit of the policy: %j is accepted: %j', (others, accepted) => {
    expect(accepts(policyWith(others))).toBe(accepted);
  });

  it.each<[string, (count: number) => object, number, number]>([
    ['allow', windows, 1, 50],
    ['thresholds', thresholds, 1, 20],
    ['days', (count) => hours({ days: Array(count).fill('mon') }), 1, 7],
  ])('holds the length of %s', (_, ruleOf, least, most) => {
    const accepted = [least - 1, least, most, most + 1].map((count) =>
      accepts(policyWithRule(ruleOf(count))),
    );

    expect(accepted).toEqual([false, true, true, false]);
  });

  it.each([
    ['rules', 1, 100],
    ['exemptions', 0, 200],
  ])('holds the length of the list of %s', (list, least, most) => {
    const exemption = { id: 'e', match: {}, until: '2030-01-01T00:00:00Z', owner: 'o', reason: 'r' };
    const listOf = (length: number) => Array(length).fill(list === 'rules' ? duration({}) : exemption);

    const accepted = [least, most, most + 1].map((length) => accepts(policyWith({ [list]: listOf(length) })));

    expect(accepted).toEqual([true, true, false]);
    expect(accepts(policyWith({ [list]: [] }))).toBe(least === 0);
  });

  it('fills in what a person leaves out of a rule', () => {
    const { rules } = schema().parse(
      policyWith({ rules: [hours({}), elastic({}), superseded({}), duration({}), threshold({})] }),
    );

    const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
    expect(rules).toEqual([
      { ...hours({ days: everyDay }), match: {}, graceMinutes: 0 },
      { ...elastic({ of: 10, minimumHistory: 5, floorMinutes: 10 }), match: {} },
      { ...superseded({ apartMinutes: 5 }), match: {} },
      { ...duration({}), match: {} },
      { ...threshold({ basis: 'spent' }), match: {}, ignoreExemptions: false },
    ]);
  });

  it.each([
    [elastic({ of: 4, minimumHistory: 5 }), ['rules', 0, 'minimumHistory']],
    [duration({ warnMinutes: 60 }), ['rules', 0, 'warnMinutes']],
  ])('names the key to change where two keys of a rule disagree: %j', (rule, path) => {
    expect(
      schema()
        .safeParse(policyWithRule(rule))
        .error?.issues.map((issue) => issue.path),
    ).toEqual([path]);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { historyKey } from '../../lambda/core/inventory/run-history.ts';
import { type JsonSchema, policyJsonSchema } from '../../lambda/core/policy/json-schema.ts';
import { policyFromText } from '../../lambda/core/policy/policy-text.ts';
import type { Policy } from '../../lambda/core/policy/schema.ts';
import { decide } from '../../lambda/core/rules/decide.ts';
import { budgetStates } from '../../lambda/core/spend/budget-state.ts';
import type { WorkItem } from '../../lambda/core/work-item.ts';
import { refusalOf } from '../lambda/core/policy/refusal.ts';

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
const policies = blocks.filter((text) => text.includes('version: 1'));
const sentences = [...page.matchAll(/^> (.*)$/gm)].map(([, text]) => text);

/** Every key of a schema, with what stands under it. */
function keys(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  const members = Object.entries(schema.properties ?? {});
  const inside = [...members.map(([, part]) => part), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [...members, ...[...inside, ...(schema.items ? [schema.items] : [])].flatMap(keys)];
}

/** The rows of the page's tables, without the padding of their cells. */
const rows = page.replaceAll(/ +\|/g, ' |').split('\n');

/** The rows that begin with this key. */
const rowsOf = (key: string) => rows.filter((row) => row.startsWith(`| \`${key}\` |`));

/** Why `item` would be stopped or kept under the only policy of the page that says all of `words`. */
function reason(
  words: readonly string[],
  item: Partial<WorkItem>,
  at = NOW,
  others: readonly WorkItem[] = [],
): string | undefined {
  const text = policies.find((policy) => words.every((word) => policy.includes(word))) ?? '';
  return reasonUnder(policyFromText(text, 'policy.md'), [{ ...job, ...item }, ...others], at);
}

function reasonUnder(policy: Policy, items: readonly WorkItem[], now: number): string | undefined {
  const [item = job] = items;
  const charge = {
    arn: item.arn,
    kind: 'run' as const,
    project: item.project,
    billing: item.billing,
    created: NOW,
    minutes: { total: 360, metered: 360, unmetered: 0 },
    basis: 'inFlight' as const,
  };
  const { decisions } = decide(items, {
    policy,
    budgets: budgetStates(policy, [charge], now),
    histories,
    now,
  });
  return decisions[0]?.reason;
}

/** The message about a policy that is wrong. */
const refusal = (text: string) =>
  refusalOf(() => policyFromText(text, '/home/ada/guard/policy.yaml'))?.message;

const NOW = Date.parse('2026-11-23T12:00:00Z');
const MINUTE = 60_000;
const job: WorkItem = {
  arn: 'arn:aws:devicefarm:us-west-2:123456789012:job:p/r/00000',
  kind: 'job',
  name: 'Google Pixel 8',
  device: 'Google Pixel 8',
  project: { arn: 'arn:aws:devicefarm:us-west-2:123456789012:project:p', name: 'mobile-app' },
  run: {
    arn: 'arn:aws:devicefarm:us-west-2:123456789012:run:p/r',
    name: 'nightly-42',
    minutes: { total: 412, metered: 412, unmetered: 0 },
    devices: 10,
  },
  status: 'RUNNING',
  phase: 'started',
  billing: 'metered',
  chargedAt: NOW,
  runningSince: NOW - 75 * MINUTE,
  runningSinceSource: 'reported',
  minutes: { total: 75, metered: 75, unmetered: 0 },
};
const queued = {
  status: 'PENDING_DEVICE',
  phase: 'queued' as const,
  created: NOW - 260 * MINUTE,
  minutes: { total: 0, metered: 0, unmetered: 0 },
};
const release = { ...job.run, arn: 'arn', name: 'release-7', minutes: job.minutes, devices: 1 };
const histories = new Map([
  [historyKey(job.project.arn, 'nightly-42', job.device), Array.from({ length: 10 }, () => 31)],
]);
const ofBuild = (number: number, minutesAgo: number) => ({
  ...job,
  run: { ...release, name: `pr-12-${number}` },
  platform: 'ANDROID',
  testType: 'APPIUM_NODE',
  chargedAt: NOW - minutesAgo * MINUTE,
});
const [older, newer] = [ofBuild(43, 20), ofBuild(44, 6)];

describe('docs/policy.md', () => {
  it('has a row for every key', () => {
    const missing = keys(policyJsonSchema()).filter(([key]) => rowsOf(key).length === 0);

    expect(missing.map(([key]) => key)).toEqual([]);
  });

  it('says every default', () => {
    const wrong = keys(policyJsonSchema())
      .filter(([, { default: value }]) => value !== undefined && typeof value !== 'object')
      .filter(([key, { default: value }]) => !rowsOf(key).some((row) => row.includes(`| \`${value}\` |`)));

    expect(wrong.map(([key]) => key)).toEqual([]);
  });

  it('says every value of a choice', () => {
    const wrong = keys(policyJsonSchema()).filter(([key, { enum: values = [] }]) => {
      return values.some((value) => !rowsOf(key).some((row) => row.includes(`\`${value}\``)));
    });

    expect(wrong.map(([key]) => key)).toEqual([]);
  });

  it.each(policies.slice(0, -1))('shows a policy that is valid: %#', (text) => {
    const policy = policyFromText(text, 'policy.md');

    expect(policy.rules.length).toBeGreaterThan(0);
  });

  it('pastes what its bad policy really gives', () => {
    const message = refusal(policies.at(-1) ?? '');

    expect(page).toContain(`\`\`\`text\n${message}\n\`\`\``);
  });

  it('pastes what a key that stands twice really gives', () => {
    const message = refusal('version: 1\nrules:\n  - id: a\n    type: queue-age\n    type: budget\n');

    expect(page).toContain(`\`\`\`text\n${message}\n\`\`\``);
  });

  it('quotes the sentences that the rules really say', () => {
    const said = [
      reason(['id: long-jobs'], {}),
      reason(['id: wide-runs'], {}),
      reason(['id: stuck-queue'], queued),
      reason(['id: office-hours'], {}, Date.parse('2026-11-23T20:30:00Z')),
      reason(['id: old-builds'], older, NOW, [newer]),
      reason(['id: no-progress'], { progress: { since: NOW - 35 * MINUTE, rose: true } }),
      reason(['id: unusual'], {}),
      reason(['id: team-budget', 'percent: 120'], {}),
      reason(['id: no-surprises'], queued),
      reason(['id: release'], { run: release }),
    ];

    expect(said).toEqual(sentences);
  });
});

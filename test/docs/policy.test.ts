import { describe, expect, it } from 'vitest';
import type { WorkItem } from '../../lambda/model.ts';
import { PolicyError } from '../../lambda/policy/faults.ts';
import { type JsonSchema, policyJsonSchema } from '../../lambda/policy/json-schema.ts';
import { policyFromText } from '../../lambda/policy/load.ts';
import { decide } from '../../lambda/rules/decide.ts';
import { budgetStates } from '../../lambda/usage/budgets.ts';
import { historyKey } from '../../lambda/usage/histories.ts';
import { matches, textOf } from './pages.ts';

const page = textOf('docs/policy-reference.md');
const policies = matches('docs/policy-reference.md', /```yaml\n([\s\S]*?)```/g).filter((text) =>
  text.includes('version: 1'),
);
const [wrong = ''] = policies.filter((text) => text.includes('# wrong'));
const sentences = matches('docs/policy-reference.md', /^> (.*)$/gm);

/** Every key of a schema, with what stands under it. */
function keys(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  const members = Object.entries(schema.properties ?? {});
  const inside = [...members.map(([, part]) => part), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [...members, ...[...inside, ...(schema.items ? [schema.items] : [])].flatMap(keys)];
}

/** The rows of the page's tables that begin with this key. */
const rowsOf = (key: string) =>
  page
    .split('\n')
    .map((row) => row.replaceAll(/ +\|/g, ' |'))
    .filter((row) => row.startsWith(`| \`${key}\` |`));

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
  usageAt: NOW,
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
const release = { arn: 'arn', name: 'release-7', minutes: job.minutes, devices: 1 };
const histories = new Map([
  [historyKey(job.project.arn, 'nightly-42', job.device), Array.from({ length: 10 }, () => 31)],
]);
const ofBuild = (number: number, minutesAgo: number) => ({
  ...job,
  run: { ...release, arn: `arn-${number}`, name: `pr-12-${number}`, key: 'pr-12' },
  platform: 'ANDROID',
  testType: 'APPIUM_NODE',
  usageAt: NOW - minutesAgo * MINUTE,
});
const [older, newer] = [ofBuild(43, 20), ofBuild(44, 6)];

/** Why `item` is stopped or kept under the first policy of the page that says all of `words`. */
function reason(
  words: readonly string[],
  item: Partial<WorkItem>,
  now = NOW,
  others: readonly WorkItem[] = [],
): string | undefined {
  const text = policies.find((one) => words.every((word) => one.includes(word))) ?? '';
  const policy = policyFromText(text, 'policy.md');
  const usage = {
    arn: job.arn,
    kind: 'run' as const,
    project: job.project,
    billing: job.billing,
    created: NOW,
    minutes: { total: 360, metered: 360, unmetered: 0 },
    basis: 'inFlight' as const,
  };
  const budgets = budgetStates(policy, [usage], now);
  const items = [{ ...job, ...item }, ...others];
  return decide(items, { policy, budgets, histories, now, exemptions: [] })[0]?.reason();
}

/** The message about a policy that is wrong. */
function refusal(text: string): string | undefined {
  try {
    policyFromText(text, '/home/ada/app/policy.yaml');
    return undefined;
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
}

describe('docs/policy-reference.md', () => {
  it('has a row for every key', () => {
    const missing = keys(policyJsonSchema()).filter(([key]) => rowsOf(key).length === 0);

    expect(missing.map(([key]) => key)).toEqual([]);
  });

  it('says every default', () => {
    const unsaid = keys(policyJsonSchema())
      .filter(([, { default: value }]) => value !== undefined && typeof value !== 'object')
      .filter(([key, { default: value }]) => !rowsOf(key).some((row) => row.includes(`| \`${value}\` |`)));

    expect(unsaid.map(([key]) => key)).toEqual([]);
  });

  it('says every value of a choice', () => {
    const unsaid = keys(policyJsonSchema()).filter(([key, { enum: values = [] }]) => {
      return values.some((value) => !rowsOf(key).some((row) => row.includes(`\`${value}\``)));
    });

    expect(unsaid.map(([key]) => key)).toEqual([]);
  });

  it('pastes what its wrong policy really gives', () => {
    expect(page).toContain(`\`\`\`text\n${refusal(wrong)}\n\`\`\``);
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

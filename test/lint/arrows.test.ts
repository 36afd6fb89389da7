import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finding, lintFindings, plant, ROOT } from './lint-findings.ts';

const ARROW_RULES = ['lint/style/noRestrictedImports', 'plugin'];

// A file of each part. Lines that end in `// no` break an arrow; every other line keeps to it.
const PLANTED: Readonly<Record<string, string>> = {
  'lambda/rules/budget.ts': `
    import './rule.ts';
    import '../policy/match.ts';
    import '../usage/budgets.ts';
    import 'node:crypto';
    import '../wiring.ts'; // no
    import '../env.ts'; // no
    import '../store/table.ts'; // no
    import type { Sweep } from '../sweep/sweep.ts'; // no
    export * from '../stop/stop.ts'; // no
    export const later = () => import('../device-farm/device-farm.ts'); // no
    import 'node:fs'; // no
    import '@aws-sdk/client-device-farm'; // no
    import '@aws-lambda-powertools/logger'; // no
    export const given = (now: number) => new Date(now);
    export const read = () => Date.now(); // no
    export const made = () => new Date(); // no
    export const later2 = async () => { await given(0); }; // no
    export const { env } = process; // no
  `,
  'lambda/usage/settle.ts': `
    import './minutes.ts';
    import '../money.ts';
    import '../orders/order.ts'; // no
    export const timed = () => performance.now(); // no
  `,
  'lambda/device-farm/device-farm.ts': `
    import '@aws-sdk/client-device-farm';
    import '../model.ts';
    import '../stop/stop.ts'; // no
    import '../wiring.ts'; // no
    import '../../emulator/emulator.ts'; // no
  `,
  'lambda/store/state.ts': `
    import '@aws-sdk/client-dynamodb';
    import '../sweep/sweep.ts'; // no
    import '../notify/topic.ts'; // no
    export const table = process.env.AUDIT_TABLE; // no
  `,
  'lambda/notify/topic.ts': `
    import '@aws-sdk/client-sns';
    import '../store/state.ts';
    import '../orders/order.ts'; // no
    import '../../cli/plan.ts'; // no
  `,
  'lambda/sweep/sweep.ts': `
    import '../stop/stop.ts';
    import '../wiring.ts';
    import '@aws-sdk/client-device-farm'; // no
    import '../../demo/aws/local-aws.ts'; // no
    import '../../test/support/begin.ts'; // no
  `,
  'lambda/env.ts': `
    export const read = (source = process.env) => source;
  `,
  'lib/auto-stop.ts': `
    import './sweep.ts';
    import '../lambda/env.ts';
    import '../lambda/policy/schema.ts';
    import 'aws-cdk-lib/aws-lambda';
    import '../lambda/sweep/sweep.ts'; // no
    import '../lambda/rules/rules.ts'; // no
    import '../cli/plan.ts'; // no
    import '../bench/run.ts'; // no
    import '../bin/app.ts'; // no
    import '@aws-sdk/client-dynamodb'; // no
  `,
  'emulator/emulator.ts': `
    import './time.ts';
    import '../lambda/model.ts'; // no
    import '../demo/page.ts'; // no
    import '../test/support/begin.ts'; // no
  `,
  'cli/plan.ts': `
    import '../lambda/sweep/assess.ts';
    import '../lambda/wiring.ts';
    import '../lib/policy-from-file.ts';
  `,
};

let home: string;
let planted: readonly Finding[];

beforeAll(() => {
  home = plant(PLANTED);
  planted = lintFindings(home, ARROW_RULES, '.');
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the lint rules', () => {
  it.each(Object.entries(PLANTED))('report every broken arrow of %s and nothing else', (path, source) => {
    const reported = planted.filter((finding) => finding.path === path).map(({ line }) => line);

    expect([...new Set(reported)].sort((a, b) => a - b)).toEqual(brokenLines(source));
  });

  it('say how to mend it', () => {
    const messages = planted.map(({ message }) => message);

    for (const message of messages) expect(message).toMatch(/^[a-z].{30,}/);
  });

  it('find no broken arrow in this project', () => {
    const found = lintFindings(ROOT, ARROW_RULES, 'lambda', 'lib', 'bin', 'cli', 'emulator');

    expect(found).toEqual([]);
  });
});

/** Numbers of the lines that end in `// no`, from 1. */
function brokenLines(source: string): number[] {
  return source.split('\n').flatMap((line, index) => (line.endsWith('// no') ? [index + 1] : []));
}

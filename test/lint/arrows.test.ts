import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finding, lintFindings, plant, ROOT } from './lint-findings.ts';

const ARROW_RULES = ['lint/style/noRestrictedImports', 'plugin'];

// A file of each layer. Lines that end in `// no` break an arrow; every other line keeps to it.
const PLANTED: Readonly<Record<string, string>> = {
  'lambda/core/decide.ts': `
    import './work-item.ts';
    import './rules/rules.ts';
    import '../ports.ts'; // no
    import '../env.ts'; // no
    import '../use-cases/stop.ts'; // no
    import '../../lib/auto-stop.ts'; // no
    import type { Job } from '../aws/farm/device-farm.ts'; // no
    export * from '../wiring.ts'; // no
    export const later = () => import('../aws/table.ts'); // no
    import 'zod'; // no
    import 'date-fns'; // no
    import 'node:crypto'; // no
    import '@aws-sdk/client-device-farm'; // no
    import 'aws-lambda'; // no
  `,
  'lambda/core/rules/budget.ts': `
    import './rule.ts';
    import '../work-item.ts';
    import '../policy/match.ts';
    import '../../ports.ts'; // no
    import '../../aws/table.ts'; // no
    import 'date-fns'; // no
    import 'zod'; // no
  `,
  'lambda/core/spend/period.ts': `
    import '../charge.ts';
    import 'date-fns/addDays'; // no
    import '@date-fns/tz/date';
    import '../../env.ts'; // no
    import 'zod'; // no
    import 'p-map'; // no
  `,
  'lambda/core/policy/schema.ts': `
    import 'zod';
    import './time-zone.ts';
    import 'yaml'; // no
    import '../../../lib/policy-from-file.ts'; // no
  `,
  'lambda/core/policy/schema/elastic.ts': `
    import 'zod';
    import './rule-keys.ts';
    import '../time-zone.ts';
    import '../../run-history.ts';
    import '../../../ports.ts'; // no
    import 'yaml'; // no
  `,
  'lambda/core/policy/json-schema.ts': `
    import 'zod';
    import 'node:fs'; // no
  `,
  'lambda/core/policy/policy-text.ts': `
    import 'yaml';
    import 'zod'; // no
    import 'node:fs'; // no
  `,
  'lambda/core/policy/policy-version.ts': `
    import 'node:crypto';
    import 'node:fs'; // no
    import 'zod'; // no
  `,
  'lambda/core/policy/match.ts': `
    import '../work-item.ts';
    import 'zod'; // no
    import 'yaml'; // no
    import 'node:crypto'; // no
  `,
  'lambda/core/clock.ts': `
    export const given = (now: number) => new Date(now);
    export const read = () => Date.now(); // no
    export const made = () => new Date(); // no
    export const text = () => Date(); // no
    export const counted = () => performance.now(); // no
    export const random = () => Math.random(); // no
    export const passed = [1].map(Math.random); // no
    export const unique = () => crypto.randomUUID(); // no
  `,
  'lambda/core/wait.ts': `
    export const all = (given: readonly string[]) => { for (const one of given) one.trim(); };
    export const wait = async (given: Promise<string>) => await given; // no
    export const each = async (given: AsyncIterable<string>) => {
      for await (const one of given) one.trim(); // no
    };
  `,
  'lambda/core/environment.ts': `
    export const table = process.env.AUDIT_TABLE; // no
  `,
  'lambda/use-cases/stop.ts': `
    import './confirm.ts';
    import '../ports.ts';
    import '../core/decide.ts';
    import 'p-map';
    import '../env.ts'; // no
    import '../wiring.ts'; // no
    import '../aws/farm/stopper.ts'; // no
    import '../handlers/sweep.ts'; // no
    import '../../cli/plan.ts'; // no
    import '@aws-sdk/client-device-farm'; // no
    import '@aws-lambda-powertools/idempotency'; // no
    import 'aws-lambda'; // no
    export const table = process.env.AUDIT_TABLE; // no
  `,
  'lambda/use-cases/stop/stop-run.ts': `
    import './stop.ts';
    import '../problems.ts';
    import '../../ports.ts';
    import '../../core/stops/outcome.ts';
    import 'p-map';
    import '../../env.ts'; // no
    import '../../aws/farm/stopper.ts'; // no
    import '../../../cli/plan.ts'; // no
    import '@aws-sdk/client-device-farm'; // no
  `,
  'lambda/aws/table.ts': `
    import './farm/stopper.ts';
    import '../ports.ts';
    import '../core/arn.ts';
    import '../env.ts';
    import '@aws-sdk/client-device-farm';
    import '@aws-lambda-powertools/idempotency/dynamodb';
    import 'node:timers/promises';
    import '../use-cases/stop.ts'; // no
    import '../wiring.ts'; // no
    import '../handlers/sweep.ts'; // no
    import '../../local/virtual-clock.ts'; // no
    import 'node:process'; // no
    export const { env } = process; // no
  `,
  'lambda/aws/farm/stopper.ts': `
    import './pages.ts';
    import '../table.ts';
    import '../../ports.ts';
    import '../../core/arn.ts';
    import '../../env.ts';
    import '@aws-sdk/client-device-farm';
    import '@aws-lambda-powertools/idempotency/dynamodb';
    import 'node:timers/promises';
    import '../../use-cases/stop.ts'; // no
    import '../../wiring.ts'; // no
    import '../../handlers/sweep.ts'; // no
    import '../../../local/virtual-clock.ts'; // no
    import 'node:process'; // no
    export const { env } = process; // no
  `,
  'lambda/handlers/sweep.ts': `
    import '../use-cases/sweep.ts';
    import '../wiring.ts';
    import type { Context } from 'aws-lambda';
    import type { SweepSummary } from '../core/sweep-summary.ts';
    import './manual-stop.ts'; // no
    import '../aws/farm/stopper.ts'; // no
    import '../env.ts'; // no
    import '@aws-sdk/client-device-farm'; // no
    export const table = process['env'].AUDIT_TABLE; // no
  `,
  'lambda/wiring.ts': `
    import './aws/farm/stopper.ts';
    import './use-cases/sweep.ts';
    import './env.ts';
    import '@aws-lambda-powertools/logger';
    import './handlers/sweep.ts'; // no
    import '@aws-sdk/client-device-farm'; // no
    import '@aws-lambda-powertools/idempotency/dynamodb'; // no
    import '../lib/auto-stop.ts'; // no
    import '../local/virtual-clock.ts'; // no
    export const table = process.env.AUDIT_TABLE; // no
  `,
  'lambda/ports.ts': `
    import type { Job } from './core/service.ts';
    import './env.ts'; // no
    import './aws/farm/stopper.ts'; // no
    import '@aws-sdk/client-device-farm'; // no
  `,
  'lambda/env.ts': `
    export const read = (source = process.env) => source;
    import './core/arn.ts'; // no
    import 'aws-cdk-lib'; // no
  `,
  'lambda/policy-file.ts': `
    import 'node:fs';
    import './core/policy/schema.ts';
    import './aws/table.ts'; // no
  `,
  'lambda/of-no-layer.ts': `
    import './core/arn.ts'; // no
  `,
  'lib/auto-stop.ts': `
    import './sweep.ts';
    import '../lambda/env.ts';
    import '../lambda/core/policy/schema.ts';
    import 'aws-cdk-lib/aws-lambda';
    import '../lambda/core/arn.ts'; // no
    import '../lambda/use-cases/sweep.ts'; // no
    import '../lambda/wiring.ts'; // no
    import '../lambda/ports.ts'; // no
    import '../cli/plan.ts'; // no
    import '../local/virtual-clock.ts'; // no
    import '../test/lib/guarded-app.ts'; // no
    import '../bench/run.ts'; // no
    import '../bin/app.ts'; // no
    import 'cdk-nag'; // no
    import '@aws-sdk/client-dynamodb'; // no
  `,
  'bin/app.ts': `
    import '../lib/auto-stop-stack.ts';
    import '../lambda/core/policy/policy-error.ts';
    import 'cdk-nag';
    import '../lambda/core/arn.ts'; // no
    import '../lambda/wiring.ts'; // no
    import '../local/virtual-clock.ts'; // no
  `,
  'cli/plan.ts': `
    import './table.ts';
    import '../lambda/use-cases/sweep.ts';
    import '../lambda/wiring.ts';
    import '../lib/policy-from-file.ts';
    import '../lambda/aws/stopper.ts'; // no
    import '../lambda/handlers/sweep.ts'; // no
    import '../local/virtual-clock.ts'; // no
    import '../test/golden/jobs.ts'; // no
    import '../bench/run.ts'; // no
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
    const found = lintFindings(ROOT, ARROW_RULES, 'lambda', 'lib', 'bin', 'cli');

    expect(found).toEqual([]);
  });
});

/** Numbers of the lines that end in `// no`, from 1. */
function brokenLines(source: string): number[] {
  return source.split('\n').flatMap((line, index) => (line.endsWith('// no') ? [index + 1] : []));
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../docs/pages.ts';

interface Artifact {
  readonly type: string;
  readonly environment: string;
  readonly properties: { readonly templateFile: string; readonly stackName: string };
}
interface Resource {
  readonly Properties?: {
    readonly Code?: { readonly S3Key: string };
    readonly Protocol?: string;
    readonly Endpoint?: unknown;
  };
}

let outdir: string;

beforeAll(() => {
  outdir = mkdtempSync(join(tmpdir(), 'auto-stop-accounts-'));
  // No credentials, and no address that could give any.
  const env = { PATH: process.env.PATH, CDK_OUTDIR: outdir, CDK_VALIDATION: 'false' };
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'examples/many-accounts/app.ts'],
    { cwd: ROOT, encoding: 'utf8', env },
  );
  if (status !== 0) throw new Error(`the example ended with ${status}:\n${stderr}`);
});

afterAll(() => rmSync(outdir, { recursive: true, force: true }));

/** The only stack of a stage, with the policy in its functions. */
function stackOf(stage: string) {
  const assembly = join(outdir, `assembly-${stage}`);
  const read = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));
  const artifacts: readonly Artifact[] = Object.values(read(assembly, 'manifest.json').artifacts);
  const [stack, ...others] = artifacts.filter(({ type }) => type === 'aws:cloudformation:stack');
  if (!stack || others.length > 0) throw new Error(`${stage} has ${artifacts.length} artifacts`);
  const resources: readonly Resource[] = Object.values(
    read(assembly, stack.properties.templateFile).Resources,
  );
  const properties = resources.map(({ Properties = {} }) => Properties);
  const [code] = properties.flatMap(({ Code }) => Code ?? []);
  const { policy } = read(outdir, `asset.${code?.S3Key.replace('.zip', '')}`, 'policy.json');
  const emails = properties.filter(({ Protocol }) => Protocol === 'email').map(({ Endpoint }) => Endpoint);
  return { name: stack.properties.stackName, environment: stack.environment, policy, emails };
}

describe('the example for several accounts', () => {
  it('makes a stage for each account, without credentials', () => {
    const stages = readdirSync(outdir).filter((name) => name.startsWith('assembly-'));

    expect(stages.sort()).toEqual(['assembly-Mobile', 'assembly-Sandbox', 'assembly-Shop']);
  });

  it.each([
    ['Mobile', 'aws://111111111111/us-west-2', 'mobile@example.com', 'enforce', 60],
    ['Shop', 'aws://222222222222/eu-central-1', 'shop@example.com', 'enforce', 120],
    ['Sandbox', 'aws://333333333333/us-west-2', 'platform@example.com', 'observe', 60],
  ])(
    'gives %s its account and region, its address, and the common policy with its own overrides',
    (stage, environment, email, mode, maxMinutes) => {
      const stack = stackOf(stage);

      expect(stack).toMatchObject({ name: `${stage}-AutoStop`, environment, emails: [email] });
      expect(stack.policy).toMatchObject({ mode, timezone: 'Europe/Berlin' });
      const limits = stack.policy.rules.map((rule: { id: string; maxMinutes?: number }) => [
        rule.id,
        rule.maxMinutes,
      ]);
      expect(limits.sort()).toEqual([
        ['daily-budget', undefined],
        ['long-jobs', maxMinutes],
        ['stuck-queue', 180],
      ]);
    },
  );
});

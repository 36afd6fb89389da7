import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { policyVersion } from '../../lambda/policy/deployed.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { AutoStop } from '../../lib/auto-stop.ts';
import { packageRoot } from '../../lib/package-root.ts';
import { POLICY, temporaryApp } from './app.ts';

/** Directories that would be uploaded for the functions of one autoStop. */
function assets(policy: PolicyInput): string[] {
  const app = temporaryApp();
  new AutoStop(new Stack(app, 'Theirs'), 'AutoStop', { policy });
  const { directory } = app.synth();
  return readdirSync(directory)
    .filter((name) => name.startsWith('asset.'))
    .map((name) => join(directory, name));
}

describe("a function's code", () => {
  it('is the bundle with the parsed policy and its version beside it', () => {
    const directories = assets(POLICY);

    const policy = parsePolicy(POLICY);
    expect(directories).not.toEqual([]);
    for (const directory of directories) {
      expect(readdirSync(directory).filter((name) => !name.startsWith('chunk-'))).toEqual([
        'index.mjs',
        'policy.json',
      ]);
      const written = JSON.parse(readFileSync(join(directory, 'policy.json'), 'utf8'));
      expect(written).toEqual({ version: policyVersion(policy), policy });
    }
  });

  it.each(['sweep', 'orders'])('of %s is what the build made', (name) => {
    const built = readFileSync(join(packageRoot(), 'dist/lambda', name, 'index.mjs'), 'utf8');

    const uploaded = assets(POLICY).map((directory) => readFileSync(join(directory, 'index.mjs'), 'utf8'));

    expect(uploaded.some((code) => code === built)).toBe(true);
  });

  it('is named by its content, so that only a change of policy or bundle is deployed', () => {
    const again = { ...POLICY, mode: 'observe' } as const;
    const other = { ...POLICY, mode: 'enforce' } as const;

    const names = (policy: PolicyInput) =>
      assets(policy).map((path) => path.slice(path.lastIndexOf('asset.')));

    expect(names(again)).toEqual(names(POLICY));
    for (const name of names(other)) expect(names(POLICY)).not.toContain(name);
  });
});

import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { POLICY_FILE } from '../lambda/env.ts';
import { policyVersion } from '../lambda/policy/deployed.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { packageRoot } from './package-root.ts';
import { SettingError } from './settings.ts';

/** Functions that `npm run build` bundles, by the names of their handlers. */
export type FunctionName = 'sweep' | 'orders';

const BUNDLE_FILE = 'index.mjs';

/**
 * The bundle of a function with the policy beside it. Nothing is bundled at synth, so that an app without esbuild and
 * without Docker can use the construct.
 * @throws SettingError when the package has not been built
 */
export function functionCode(name: FunctionName, policy: Policy): Code {
  const directory = join(packageRoot(), 'dist/lambda', name);
  if (!existsSync(join(directory, BUNDLE_FILE))) {
    throw new SettingError(`${join(directory, BUNDLE_FILE)} is missing; run "npm run build" first`);
  }
  const version = policyVersion(policy);
  return Code.fromAsset(directory, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('never-pulled'),
      // Never read. The CDK keys its cache of staged assets by these options: without the version, a second one in
      // the same app would be given the first one's policy.
      environment: { POLICY_VERSION: version },
      local: {
        tryBundle(output: string): boolean {
          for (const name of readdirSync(directory)) copyFileSync(join(directory, name), join(output, name));
          writeFileSync(join(output, POLICY_FILE), JSON.stringify({ version, policy }));
          return true;
        },
      },
    },
  });
}

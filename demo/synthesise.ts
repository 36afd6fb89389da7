import { App } from 'aws-cdk-lib';
import { AutoStopStack } from '../lib/auto-stop-stack.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';

/**
 * Synthesises the stack that `cdk deploy` would deploy, with the given policy, into a directory.
 * @throws PolicyError for a bad policy, SettingError when the functions have not been built
 */
export function synthesise(policyFile: string, directory: string): void {
  // Neither of the two would tell anybody anything here, and both make the template larger.
  const app = new App({ outdir: directory, analyticsReporting: false, treeMetadata: false });
  new AutoStopStack(app, 'DeviceFarmAutoStop', { policy: policyFromFile(policyFile) });
  app.synth();
}

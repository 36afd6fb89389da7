import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { AutoStopStack } from '../lib/auto-stop-stack.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';

// A process of its own: building and synthesising print what nobody asked for, and take their memory with them.
const ROOT = join(import.meta.dirname, '..');
/** What `npm run build` makes, as far as the demo needs it, and what that is made of. */
const OUTPUTS = ['dist/lambda/sweep/index.mjs', 'dist/lambda/orders/index.mjs', 'dist/autostop.mjs'];
const INPUTS = ['lambda', 'cli', 'build.ts', 'bundle-options.ts', 'package-lock.json'];

const [policyFile, directory, stackName] = process.argv.slice(2);
if (policyFile === undefined || directory === undefined || stackName === undefined) {
  throw new Error('usage: prepare.ts <policy file> <directory for the cloud assembly> <stack name>');
}
if (oldestOf(OUTPUTS) <= newestOf(INPUTS)) await import('../build.ts');
// What would only cost time here: "npm run synth" validates the template.
const app = new App({
  outdir: directory,
  analyticsReporting: false,
  treeMetadata: false,
  builtinCloudFormationValidation: false,
});
new AutoStopStack(app, stackName, { policy: policyFromFile(policyFile) });
app.synth();

function oldestOf(paths: readonly string[]): number {
  return Math.min(
    ...paths.map((path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0),
  );
}

/** The latest change of files, and of directories and all in them: deletions change the directory. */
function newestOf(paths: readonly string[]): number {
  const below = (one: Dirent) => join(one.parentPath, one.name);
  const all = paths.flatMap((path) => {
    const at = join(ROOT, path);
    const inside = statSync(at).isDirectory()
      ? readdirSync(at, { recursive: true, withFileTypes: true })
      : [];
    return [at, ...inside.map(below)];
  });
  return Math.max(...all.map((path) => statSync(path).mtimeMs));
}

import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../lambda/policy/json-schema.ts';

const ROOT = join(import.meta.dirname, '../..');
const NAME = 'aws-device-farm-auto-stop';

// What an app that uses the package has installed beside it, and nothing more: above all no esbuild.
const INSTALLED = ['aws-cdk-lib', '@aws-cdk', 'constructs', 'zod', 'yaml'];

const ES_MODULE_APP = `
  import { App, Stack } from 'aws-cdk-lib';
  import { AutoStop, policyFromFile } from '${NAME}';

  const app = new App({ outdir: 'assembly', builtinCloudFormationValidation: false });
  new AutoStop(new Stack(app, 'Theirs'), 'AutoStop', { policy: policyFromFile('policy.yaml') });
  app.synth();
`;
const COMMON_JS_APP = `
  const { App, Stack } = require('aws-cdk-lib');
  const { AutoStop } = require('${NAME}');

  const app = new App({ outdir: 'assembly', builtinCloudFormationValidation: false });
  const rules = [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }];
  new AutoStop(new Stack(app, 'Theirs'), 'AutoStop', { policy: { version: 1, rules } });
  app.synth();
`;
const TYPED_APP = `
  import { App, Stack } from 'aws-cdk-lib';
  import { AutoStop, AutoStopStack, definePolicy, PolicyError, policyFromFile } from '${NAME}';
  import type { AutoStopProps, Budget, Exemption, Match, Policy, PolicyInput, Rule } from '${NAME}';

  const rules: PolicyInput['rules'] = [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }];
  const props: AutoStopProps = { policy: { version: 1, rules } };
  const read: Policy = policyFromFile('policy.yaml');
  export const autoStop = new AutoStop(new Stack(new App(), 'Theirs'), 'AutoStop', props);
  export const stack = new AutoStopStack(new App(), 'Ours', { policy: read });
  export const refused = (error: unknown) => error instanceof PolicyError && error.faults;
  const nightly: Match = { runs: ['nightly-*'], platforms: ['ANDROID'] };
  const limits: readonly Rule[] = [60, 90].map((maxMinutes) => (
    { id: \`limit-\${maxMinutes}\`, type: 'job-duration', maxMinutes, match: nightly }
  ));
  const team: Budget = {
    id: 'team',
    type: 'budget',
    period: 'month',
    limit: { usd: 500 },
    thresholds: [{ percent: 80, action: 'notify' }],
  };
  const release: Exemption = {
    id: 'release',
    match: nightly,
    until: '2030-01-01T00:00:00Z',
    owner: 'mobile team',
    reason: 'store release',
  };
  export const written: Policy = definePolicy({
    version: 1,
    rules: [...limits, ...read.rules, team],
    exemptions: [release],
  });
  // @ts-expect-error: a limit of another type of rule
  export const other: Rule = { id: 'long', type: 'queue-age', maxRunMinutes: 60 };
  // @ts-expect-error: no such key
  export const typo: Match = { run: ['nightly-*'] };
  // @ts-expect-error: an exemption without an end
  export const endless: Exemption = { id: 'release', match: nightly, owner: 'me', reason: 'release' };
  // @ts-expect-error: not a mode
  export const wrong: PolicyInput = { version: 1, mode: 'enforced', rules };
`;
const TYPED_APP_OPTIONS = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    preserveSymlinks: true,
    types: [],
  },
  files: ['app.ts'],
};

let home: string;
let app: string;

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'auto-stop-package-')));
  app = join(home, 'app');
  const installed = join(app, 'node_modules', NAME);
  mkdirSync(installed, { recursive: true });
  const tarball = run(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', home],
    ROOT,
  ).trim();
  run('tar', ['-xzf', join(home, tarball), '-C', installed, '--strip-components=1']);
  for (const name of INSTALLED)
    symlinkSync(join(ROOT, 'node_modules', name), join(app, 'node_modules', name));
  writeFileSync(
    join(app, 'policy.yaml'),
    'version: 1\nrules: [{ id: a, type: job-duration, maxMinutes: 5 }]\n',
  );
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the package', () => {
  it.each([
    ['an ES module', 'app.mjs', ES_MODULE_APP, 5],
    ['CommonJS', 'app.cjs', COMMON_JS_APP, 60],
  ])('makes an AutoStop in an app that is %s and has no esbuild', (_, file, source, maxMinutes) => {
    writeFileSync(join(app, file), source);

    runApart(file);

    const assembly = join(app, 'assembly');
    const assets = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
    expect(assets).not.toEqual([]);
    for (const asset of assets) {
      expect(readdirSync(join(assembly, asset)).filter((name) => !name.startsWith('chunk-'))).toEqual([
        'index.mjs',
        'policy.json',
      ]);
      const { policy } = JSON.parse(readFileSync(join(assembly, asset, 'policy.json'), 'utf8'));
      expect(policy.rules).toEqual([expect.objectContaining({ maxMinutes })]);
    }
    rmSync(assembly, { recursive: true });
  });

  it('is used where esbuild cannot be found', () => {
    writeFileSync(join(app, 'esbuild.cjs'), "require('aws-cdk-lib/package.json'); require('esbuild');");

    const useEsbuild = () => runApart('esbuild.cjs');

    expect(useEsbuild).toThrow("Cannot find module 'esbuild'");
  });

  it.each(['module', 'commonjs'])('has types for what it exports in an app of type %s', (type) => {
    writeFileSync(join(app, 'app.ts'), TYPED_APP);
    writeFileSync(join(app, 'package.json'), JSON.stringify({ type }));
    writeFileSync(join(app, 'tsconfig.json'), JSON.stringify(TYPED_APP_OPTIONS));

    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    const output = run(process.execPath, [compiler, '-p', '.']);

    expect(output).toBe('');
  });

  it('says in its types what policy.schema.json says of each key', () => {
    const installed = join(app, 'node_modules', NAME);
    const declared = ['dist/lambda/policy/schema.d.ts', 'dist/lambda/rules/rules.d.ts']
      .map((path) => readFileSync(join(installed, path), 'utf8'))
      .join();

    const keys = describedKeys(JSON.parse(readFileSync(join(installed, 'policy.schema.json'), 'utf8')));

    expect(keys.length).toBeGreaterThan(50);
    expect(keys.filter(([key, text]) => !hint(key, text).test(declared))).toEqual([]);
  });

  it('holds what it needs and nothing else', () => {
    const files = readdirSync(join(app, 'node_modules', NAME), { recursive: true, encoding: 'utf8' });

    const foreign = files.filter((name) =>
      /(^|\/)(test|demo|emulator|bench|node_modules)(\/|$)|\.staging|^(?!examples\/).*(?<!\.d)\.ts$/.test(
        name,
      ),
    );
    expect(foreign).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        'dist/lib/index.js',
        'dist/cjs/lib/index.js',
        'dist/cjs/lib/index.d.ts',
        'dist/lib/index.d.ts',
        'dist/lambda/sweep/index.mjs',
        'dist/lambda/orders/index.mjs',
        'policy.schema.json',
        'schemas/plan.schema.json',
        'examples/many-accounts/app.ts',
      ]),
    );
  });
});

/** Every key of a schema that has a description, with it. */
function describedKeys(schema: JsonSchema): readonly (readonly [string, string])[] {
  const { properties = {}, items, anyOf = [], oneOf = [] } = schema;
  return [
    ...Object.entries(properties).flatMap(([key, { description }]) =>
      description ? [[key, description] as const] : [],
    ),
    ...[...Object.values(properties), ...anyOf, ...oneOf, ...(items ? [items] : [])].flatMap(describedKeys),
  ];
}

/** A key right below its description, as editors expect it. */
function hint(key: string, text: string): RegExp {
  return new RegExp(`/\\*\\* ${text.replaceAll(/[^\w ]/g, '\\$&')} \\*/\\n +${key}: `);
}

/** Runs a file of the app; links are not followed, so that nothing beside this project's own modules is found. */
function runApart(file: string): void {
  run(process.execPath, ['--preserve-symlinks', '--preserve-symlinks-main', file]);
}

function run(command: string, args: readonly string[], cwd = app): string {
  const path = `${dirname(process.execPath)}:/usr/bin:/bin`;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: path, HOME: home },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

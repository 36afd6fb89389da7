import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };

/**
 * Shows that the package works with the oldest versions of its peers: installs its tarball beside them in a folder of its own, where
 * it checks the types of an example and synthesises it. Needs `dist` and the npm registry.
 */
const ROOT = join(import.meta.dirname, '..');
const EXAMPLE = join(ROOT, 'examples/many-accounts/app.ts');
const SETTINGS = { module: 'nodenext', target: 'es2023', strict: true, noEmit: true, skipLibCheck: true };

const app = mkdtempSync(join(tmpdir(), 'peer-minimum-'));
try {
  const oldest = Object.entries(packageJson.peerDependencies).map(
    ([name, range]) => `${name}@${oldestOf(range)}`,
  );
  const tarball = run(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', app],
    ROOT,
  ).trim();
  writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  writeFileSync(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions: SETTINGS, files: ['app.ts'] }));
  cpSync(EXAMPLE, join(app, 'app.ts'));
  run('npm', ['install', '--no-audit', '--no-fund', '--save-exact', join(app, tarball), ...oldest]);
  for (const name of Object.keys(packageJson.peerDependencies)) console.log(`${name} ${installed(name)}`);
  run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.']);
  const loader = createRequire(import.meta.url).resolve('tsx');
  run(process.execPath, ['--import', loader, 'app.ts'], app, { CDK_OUTDIR: join(app, 'cdk.out') });
  const templates = readdirSync(join(app, 'cdk.out'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.template.json'),
  );
  if (templates.length === 0) throw new Error('the example was synthesised without a template');
  console.log(`${templates.length} stacks synthesised, types checked`);
} finally {
  rmSync(app, { recursive: true, force: true });
}

function oldestOf(range: string): string {
  const [, version] = /^\^(\d+\.\d+\.\d+)$/.exec(range) ?? [];
  if (version === undefined) throw new Error(`peer range "${range}" has another form; write ^1.2.3`);
  return version;
}

function installed(name: string): string {
  return JSON.parse(readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8')).version;
}

function run(
  command: string,
  args: readonly string[],
  cwd = app,
  env: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

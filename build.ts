import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { BUNDLE_OPTIONS, FUNCTION_BUNDLE_OPTIONS } from './bundle-options.ts';

const ROOT = import.meta.dirname;
const DIST = join(ROOT, 'dist');
const FUNCTIONS = ['sweep', 'orders'] as const;
const COMMAND_LINE = join(ROOT, 'cli/autostop.ts');

/** The command line reads YAML by a package whose code for Node is CommonJS: its calls of `require` need one to be there. */
const REQUIRE =
  "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);";

/** Builds everything below `dist`: bundles of the functions, the command line and the library. */
async function build(): Promise<void> {
  // Built aside and moved at the end, so that whoever reads `dist` meanwhile sees whole files.
  const staging = join(DIST, `.staging-${process.pid}`);
  try {
    const outputs = await Promise.all([...bundleFunctions(staging), ...bundleCommandLine(staging)]);
    compileLibrary(staging);
    for (const name of readdirSync(staging)) {
      rmSync(join(DIST, name), { recursive: true, force: true });
      renameSync(join(staging, name), join(DIST, name));
    }
    for (const output of [...outputs, 'lib/index.js']) {
      console.log(`dist/${output}  ${kilobytes(join(DIST, output))}`);
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function bundleFunctions(staging: string): Promise<string>[] {
  return FUNCTIONS.map(async (name) => {
    const output = `lambda/${name}/index.mjs`;
    await bundle({
      ...FUNCTION_BUNDLE_OPTIONS,
      entryPoints: [join(ROOT, `lambda/${name}.handler.ts`)],
      outfile: join(staging, output),
    });
    return output;
  });
}

function bundleCommandLine(staging: string): Promise<string>[] {
  if (!existsSync(COMMAND_LINE)) return [];
  const output = 'autostop.mjs';
  const outfile = join(staging, output);
  const banner = { js: `#!/usr/bin/env node\n${REQUIRE}` };
  return [
    bundle({ ...BUNDLE_OPTIONS, entryPoints: [COMMAND_LINE], outfile, banner }).then(() => {
      chmodSync(outfile, 0o755);
      return output;
    }),
  ];
}

function compileLibrary(staging: string): void {
  mkdirSync(staging, { recursive: true });
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', staging];
  const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`tsc ended with exit code ${status}; mend the errors above`);
}

function kilobytes(path: string): string {
  return `${(statSync(path).size / 1024).toFixed(1)} kB`;
}

await build();

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build as bundle } from 'esbuild';
import { BUNDLE_OPTIONS, FUNCTION_BUNDLE_OPTIONS, LIBRARY_BUNDLE_OPTIONS } from './bundle-options.ts';
import { type JsonSchema, policyJsonSchema } from './lambda/policy/json-schema.ts';

const ROOT = import.meta.dirname;
const DIST = join(ROOT, 'dist');
const FUNCTIONS = ['sweep', 'orders'] as const;

/** The command line reads YAML by a package whose code for Node is CommonJS: its calls of `require` need one to be there. */
const REQUIRE =
  "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);";

/** Builds everything below `dist`: bundles of the functions, the command line and the library. */
async function build(): Promise<void> {
  const staging = join(DIST, `.staging-${process.pid}`);
  try {
    declareLibrary(staging);
    const outputs = await Promise.all([
      ...bundleFunctions(staging),
      bundleCommandLine(staging),
      ...bundleLibrary(staging),
    ]);
    publish(staging);
    for (const output of outputs) console.log(`dist/${output}  ${kilobytes(join(DIST, output))}`);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/**
 * Puts what was built aside in its place, file by file: a rename replaces a file at once, so that whoever reads `dist` meanwhile finds
 * every file, and each of them whole. What the build no longer makes goes at the end.
 */
function publish(staging: string): void {
  // A chunk before the index that names it.
  const built = filesIn(staging).toSorted();
  for (const file of built) {
    mkdirSync(dirname(join(DIST, file)), { recursive: true });
    renameSync(join(staging, file), join(DIST, file));
  }
  const isBuilt = new Set(built);
  for (const file of filesIn(DIST))
    if (!isBuilt.has(file) && !file.startsWith('.staging-')) rmSync(join(DIST, file), { force: true });
}

/** Files below a directory, by their paths from it. */
function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

function bundleFunctions(staging: string): Promise<string>[] {
  return FUNCTIONS.map(async (name) => {
    const directory = `lambda/${name}`;
    await bundle({
      ...FUNCTION_BUNDLE_OPTIONS,
      entryPoints: { index: join(ROOT, `lambda/${name}.handler.ts`) },
      outdir: join(staging, directory),
    });
    return `${directory}/index.mjs`;
  });
}

async function bundleCommandLine(staging: string): Promise<string> {
  const output = 'autostop.mjs';
  const outfile = join(staging, output);
  const banner = { js: `#!/usr/bin/env node\n${REQUIRE}` };
  await bundle({ ...BUNDLE_OPTIONS, entryPoints: [join(ROOT, 'cli/autostop.ts')], outfile, banner });
  chmodSync(outfile, 0o755);
  return output;
}

/** As ES module and as CommonJS: apps with `ts-node` or Jest load constructs by `require`. */
function bundleLibrary(staging: string): Promise<string>[] {
  const here = "const here=require('node:url').pathToFileURL(__filename).href;";
  const formats = [
    { output: 'lib/index.js', format: 'esm' },
    {
      output: 'cjs/lib/index.js',
      format: 'cjs',
      banner: { js: here },
      define: { 'import.meta.url': 'here' },
    },
  ] as const;
  return formats.map(async ({ output, ...options }) => {
    const entryPoints = [join(ROOT, 'lib/index.ts')];
    await bundle({ ...LIBRARY_BUNDLE_OPTIONS, ...options, entryPoints, outfile: join(staging, output) });
    return output;
  });
}

/** The types, once for each format: what they stand beside says which of both they describe. */
function declareLibrary(staging: string): void {
  mkdirSync(staging, { recursive: true });
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = ['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', staging];
  const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`tsc ended with exit code ${status}; mend the errors above`);
  // Compilers before 5.8 find no declarations behind the names of sources.
  for (const name of readdirSync(staging, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const path = join(staging, name);
    const text = readFileSync(path, 'utf8').replaceAll(/((?:from |import\()['"]\..*?)\.ts(['"])/g, '$1.js$2');
    writeFileSync(path, withHints(name, text));
  }
  for (const name of ['lib', 'lambda'])
    cpSync(join(staging, name), join(staging, 'cjs', name), { recursive: true });
  writeFileSync(join(staging, 'cjs/package.json'), '{ "type": "commonjs" }\n');
}

/**
 * Puts the description of each key of the policy above it, where editors find it: types that are inferred from a schema have none. In the
 * array of the rules each rule has its schema, one level deeper.
 */
function withHints(name: string, declarations: string): string {
  if (name === 'lambda/policy/schema.d.ts') return withDescriptions(declarations, policyJsonSchema(), 1);
  if (name !== 'lambda/rules/rules.d.ts') return declarations;
  const rules = policyJsonSchema().properties?.rules?.items?.oneOf ?? [];
  return declarations
    .split(/^(?= {4}schema: )/m)
    .map((part) => {
      const rule = rules.find(({ title }) => part.includes(`type: z.ZodLiteral<"${title}">`));
      return rule ? withDescriptions(part, rule, 2) : part;
    })
    .join('');
}

/** @param outermost how deep the keys of `schema` itself are indented */
function withDescriptions(declarations: string, schema: JsonSchema, outermost: number): string {
  const keys: string[] = [];
  return declarations.replaceAll(
    /^((?: {4})+)(\w+): (?:z|Zod)\.Zod/gm,
    (line, indent: string, key: string) => {
      keys.splice(indent.length / 4 - outermost, keys.length, key);
      const description = keys.reduce(partOf, schema as JsonSchema | undefined)?.description;
      return description ? `${indent}/** ${description.replaceAll('*/', '* /')} */\n${line}` : line;
    },
  );
}

function partOf(schema: JsonSchema | undefined, key: string): JsonSchema | undefined {
  const { properties, items, anyOf = [] } = schema ?? {};
  return (
    properties?.[key] ?? [...(items ? [items] : []), ...anyOf].map((one) => partOf(one, key)).find(Boolean)
  );
}

function kilobytes(path: string): string {
  return `${(statSync(path).size / 1024).toFixed(1)} kB`;
}

await build();

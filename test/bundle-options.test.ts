import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { FUNCTION_BUNDLE_OPTIONS } from '../bundle-options.ts';

const HANDLERS = ['sweep', 'orders'];

/** What all files of a handler's bundle hold and what they would still import from elsewhere, without writing them. */
async function inspect(handler: string) {
  const { metafile } = await build({
    ...FUNCTION_BUNDLE_OPTIONS,
    entryPoints: [join(import.meta.dirname, `../lambda/${handler}.handler.ts`)],
    outdir: 'never-written',
    write: false,
    metafile: true,
  });
  const outputs = Object.values(metafile.outputs);
  const files = outputs
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
  const imports = outputs.flatMap((output) => output.imports).filter(({ external }) => external);
  return { files, imports };
}

describe('the bundle of a function', () => {
  it.each(HANDLERS)('of %s holds neither the policy checker nor anything of the CDK', async (handler) => {
    const { files } = await inspect(handler);

    expect(files).toContain(`lambda/${handler}.handler.ts`);
    expect(files.filter((path) => /node_modules\/(zod|yaml|aws-cdk-lib|constructs)\//.test(path))).toEqual(
      [],
    );
    expect(files.filter((path) => /^(lib|cli|local|test|bench)\//.test(path))).toEqual([]);
  });

  it.each(HANDLERS)('of %s imports nothing at its start that Node.js does not bring', async (handler) => {
    const { imports } = await inspect(handler);

    const atStart = imports.filter(({ kind }) => kind !== 'dynamic-import').map(({ path }) => path);
    expect(atStart).not.toEqual([]);
    expect(atStart.filter((path) => !isBuiltin(path))).toEqual([]);
  });

  it.each(HANDLERS)(
    'of %s leaves out only providers of credentials, and those for later',
    async (handler) => {
      const { imports } = await inspect(handler);

      const later = imports.filter(({ kind, path }) => kind === 'dynamic-import' && path.startsWith('@'));
      expect(later.map(({ path }) => path)).not.toEqual([]);
      for (const { path } of later) expect(path).toMatch(/\/credential-provider-/);
    },
  );
});

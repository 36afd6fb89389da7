import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from './is-record.ts';
import { TemplateError } from './template-error.ts';

/** One stack of a cloud assembly: what `cdk synth` writes and `cdk deploy` uploads. */
export interface StackArtifact {
  readonly stackName: string;
  readonly template: Readonly<Record<string, unknown>>;
  /** Directory of the asset that would be uploaded under this object key. */
  assetDirectory(objectKey: string): string | undefined;
}

/**
 * Reads the one stack of a cloud assembly.
 * @throws TemplateError when the directory holds no assembly, or not exactly one stack
 */
export async function readAssembly(directory: string): Promise<StackArtifact> {
  const manifest = await readJson(join(directory, 'manifest.json'));
  const artifacts = Object.entries(record(manifest.artifacts));
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [name, stack] = stacks[0] ?? [];
  if (stacks.length !== 1 || name === undefined || stack === undefined) {
    const found = stacks.map(([id]) => id).join(', ') || 'none';
    throw new TemplateError(`${directory} must hold exactly one stack, not: ${found}; synthesise one`);
  }
  const properties = asRecord(stack.properties);
  const assets = await readAssets(
    directory,
    artifacts.map(([, artifact]) => artifact),
  );
  return {
    stackName: typeof properties.stackName === 'string' ? properties.stackName : name,
    template: await readJson(join(directory, String(properties.templateFile))),
    assetDirectory: (objectKey) => assets.get(objectKey),
  };
}

/** Directories of file assets by the object keys under which they would be uploaded. */
async function readAssets(
  directory: string,
  artifacts: readonly Readonly<Record<string, unknown>>[],
): Promise<ReadonlyMap<string, string>> {
  const directories = new Map<string, string>();
  for (const { type, properties } of artifacts) {
    if (type !== 'cdk:asset-manifest') continue;
    const manifest = await readJson(join(directory, String(asRecord(properties).file)));
    for (const { source, destinations } of Object.values(record(manifest.files))) {
      for (const { objectKey } of Object.values(record(destinations))) {
        directories.set(String(objectKey), join(directory, String(asRecord(source).path)));
      }
    }
  }
  return directories;
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return asRecord(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TemplateError(`${path} cannot be read (${why}); synthesise the app into that directory`, {
      cause,
    });
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** Members that are objects themselves. */
function record(value: unknown): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const entries = Object.entries(asRecord(value)).map(([key, member]) => [key, asRecord(member)] as const);
  return Object.fromEntries(entries);
}

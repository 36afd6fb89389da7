import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StackArtifact } from '../cloud-assembly.ts';
import { TemplateError } from '../template-error.ts';
import type { Resource } from './resource.ts';

/** A function as the template describes it. */
export interface FunctionResource {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** Absolute path of the module in its asset directory. */
  readonly file: string;
  /** The asset directory. */
  readonly directory: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly logFormat: string;
  readonly logGroup: string;
}

/** @throws TemplateError when the function is not a Node.js function with its code in an asset of the assembly. */
export function functionResource(resource: Resource, artifact: StackArtifact): FunctionResource {
  const { logicalId, name, attributes, properties } = resource;
  properties.refuse('Layers', 'ImageConfig', 'FileSystemConfigs', 'VpcConfig');
  const runtime = properties.text('Runtime');
  if (!runtime.startsWith('nodejs')) {
    throw new TemplateError(`${logicalId}.Runtime is ${runtime}; only Node.js functions run here`);
  }
  const directory = codeDirectory(resource, artifact);
  const [module, handler] = splitHandler(resource);
  const logging = properties.below('LoggingConfig');
  return {
    logicalId,
    name,
    arn: attributes.Arn ?? '',
    directory,
    file: moduleFile(directory, module, logicalId),
    handler,
    timeoutSeconds: properties.number('Timeout', 3),
    memoryMb: properties.number('MemorySize', 128),
    variables: properties.below('Environment').below('Variables').texts(),
    logFormat: logging.optionalText('LogFormat') ?? 'Text',
    logGroup: logging.optionalText('LogGroup') ?? `/aws/lambda/${name}`,
  };
}

function codeDirectory({ logicalId, properties }: Resource, artifact: StackArtifact): string {
  const key = properties.below('Code').text('S3Key');
  const directory = artifact.assetDirectory(key);
  if (directory !== undefined) return directory;
  throw new TemplateError(`${logicalId}.Code.S3Key is ${key}, which is no asset of this cloud assembly`);
}

function splitHandler({ properties }: Resource): [module: string, handler: string] {
  const text = properties.text('Handler');
  const dot = text.lastIndexOf('.');
  if (dot < 1) throw new TemplateError(`${properties.path}.Handler is ${text}; write module.export`);
  return [text.slice(0, dot), text.slice(dot + 1)];
}

function moduleFile(directory: string, module: string, logicalId: string): string {
  const file = ['.mjs', '.js', '.cjs']
    .map((extension) => join(directory, module + extension))
    .find((candidate) => existsSync(candidate));
  if (file !== undefined) return file;
  throw new TemplateError(
    `${directory} holds no ${module}.mjs, .js or .cjs for ${logicalId}; build it first`,
  );
}

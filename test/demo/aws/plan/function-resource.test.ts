import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StackArtifact } from '../../../../demo/aws/cloud-assembly.ts';
import { functionResource } from '../../../../demo/aws/plan/function-resource.ts';
import { Properties } from '../../../../demo/aws/plan/resource.ts';
import { temporaryDirectory } from '../tiny-function.ts';

/** A function whose asset directory holds these files. */
async function describedFunction(files: readonly string[], over: Readonly<Record<string, unknown>> = {}) {
  const directory = join(await temporaryDirectory(), 'asset');
  await mkdir(directory);
  for (const file of files) await writeFile(join(directory, file), '');
  const artifact: StackArtifact = {
    stackName: 'S',
    template: {},
    assetDirectory: (key) => (key === 'code.zip' ? directory : undefined),
  };
  const properties = new Properties('Fn', {
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Code: { S3Key: 'code.zip' },
    ...over,
  });
  const resource = { logicalId: 'Fn', name: 'fn', ref: 'fn', attributes: { Arn: 'arn:fn' }, properties };
  return { directory, read: () => functionResource(resource, artifact) };
}

describe('functionResource', () => {
  it("fills in Lambda's own settings", async () => {
    const { directory, read } = await describedFunction(['index.mjs']);

    expect(read()).toEqual({
      logicalId: 'Fn',
      name: 'fn',
      arn: 'arn:fn',
      directory,
      file: join(directory, 'index.mjs'),
      handler: 'handler',
      timeoutSeconds: 3,
      memoryMb: 128,
      variables: {},
      logFormat: 'Text',
      logGroup: '/aws/lambda/fn',
    });
  });

  it.each(['index.mjs', 'index.js', 'index.cjs'])('finds the module in %s', async (file) => {
    const { directory, read } = await describedFunction([file]);

    expect(read().file).toBe(join(directory, file));
  });

  it.each([
    [{ Runtime: 'python3.13' }, /Fn\.Runtime is python3\.13; only Node\.js/],
    [{ Handler: 'handler' }, /Fn\.Handler is handler; write module\.export/],
    [{ Handler: 'main.handler' }, /holds no main\.mjs, \.js or \.cjs for Fn/],
    [{ Code: { S3Key: 'other.zip' } }, /Fn\.Code\.S3Key is other\.zip, which is no asset/],
    [{ Layers: ['arn:layer'] }, /Fn\.Layers is set/],
    [{ Environment: { Variables: { N: 1 } } }, /Fn\.Environment\.Variables\.N is 1; it must be a text/],
    [{ Timeout: '3' }, /Fn\.Timeout is "3"; it must be a number/],
  ])('refuses %j', async (over, message) => {
    const { read } = await describedFunction(['index.mjs'], over);

    expect(read).toThrow(message);
  });
});

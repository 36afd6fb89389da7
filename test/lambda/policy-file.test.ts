import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PolicyFileError, readPolicyFile } from '../../lambda/policy-file.ts';
import { policyOf } from '../harness/guard-in-process.ts';

/** The URL of a file with that text; without a text there is no file. */
function fileWith(text?: string): URL {
  const folder = mkdtempSync(join(tmpdir(), 'policy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'policy.json');
  if (text !== undefined) writeFileSync(path, text);
  return pathToFileURL(path);
}

describe('readPolicyFile', () => {
  it('reads the policy and its version as synth wrote them', () => {
    const deployed = { version: 'abc123', policy: policyOf() };

    expect(readPolicyFile(fileWith(JSON.stringify(deployed)))).toEqual(deployed);
  });

  it.each([
    { what: 'is missing', text: undefined },
    { what: 'is empty', text: '' },
    { what: 'is no JSON', text: 'version: 1' },
    { what: 'is null', text: 'null' },
    { what: 'is a bare policy', text: JSON.stringify(policyOf()) },
    { what: 'has a policy of a later format', text: '{"version":"a","policy":{"version":2,"rules":[]}}' },
    { what: 'has no rules', text: '{"version":"a","policy":{"version":1}}' },
  ])('names a file that $what', ({ text }) => {
    const url = fileWith(text);

    const reading = () => readPolicyFile(url);

    expect(reading).toThrow(PolicyFileError);
    expect(reading).toThrow(url.pathname);
  });
});

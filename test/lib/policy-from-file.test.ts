import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PolicyError } from '../../lambda/policy/faults.ts';
import { policyFromFile } from '../../lib/policy-from-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function refusal(path: string): PolicyError | undefined {
  try {
    policyFromFile(path);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
  return undefined;
}

const GOOD = 'version: 1\nrules: [{ id: a, type: queue-age, maxMinutes: 5 }]\n';

describe('policyFromFile', () => {
  it('reads a policy', () => {
    const path = fileWith('good.yaml', GOOD);

    const policy = policyFromFile(path);

    expect(policy.rules).toEqual([{ id: 'a', type: 'queue-age', maxMinutes: 5, match: {} }]);
  });

  it('takes a relative path from the working directory', () => {
    const path = fileWith('relative.yaml', GOOD);

    const policy = policyFromFile(relative(process.cwd(), path));

    expect(policy.rules).toHaveLength(1);
  });

  it('names the file, line and column of each fault', () => {
    const path = fileWith('bad.yaml', GOOD.replace('5', '-5'));

    const result = refusal(path);

    expect(result?.code).toBe('POLICY_INVALID');
    expect(result?.message).toBe(
      `${path}:2:47: rules[0].maxMinutes: found -5; allowed: a number above 0 and at most 100000`,
    );
  });

  it.each([
    ['is missing', 'missing.yaml', 'ENOENT'],
    ['is a folder', '.', 'EISDIR'],
  ])('names the absolute path of a file that %s', (_, name, reason) => {
    const path = join(folder, name);

    const result = refusal(relative(process.cwd(), path));

    expect(result?.code).toBe('POLICY_UNREADABLE');
    expect(result?.message.startsWith(`${path}: (policy): found ${reason}`)).toBe(true);
    expect(result?.cause).toMatchObject({ code: reason });
  });
});

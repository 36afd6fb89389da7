import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { policyFromText } from '../../../../lambda/core/policy/policy-text.ts';
import { policyFromFile } from '../../../../lib/policy-from-file.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../../../../${name}`, import.meta.url));

describe('the policy that ships', () => {
  it('observes, and has a rule of every kind', () => {
    const policy = policyFromFile(pathOf('policy.yaml'));

    expect(policy.mode).toBe('observe');
    expect(new Set(policy.rules.map(({ type }) => type))).toEqual(
      new Set(['job-duration', 'run-minutes', 'queue-age', 'budget']),
    );
  });

  it('begins with the schema for editors', () => {
    const [first] = readFileSync(pathOf('policy.yaml'), 'utf8').split('\n');

    expect(first).toBe('# yaml-language-server: $schema=./policy.schema.json');
  });

  it('has an example of an exemption that works as its comment says', () => {
    const text = readFileSync(pathOf('policy.yaml'), 'utf8');
    const example = /^exemptions: \[\]\n((?:#.*\n)+)/m.exec(text);

    const used = text.replace(example?.[0] ?? '', `exemptions:\n${example?.[1]?.replace(/^#/gm, '') ?? ''}`);

    expect(policyFromText(used, 'policy.yaml').exemptions).toHaveLength(1);
  });
});

describe('the policy of the demo', () => {
  it('enforces, and exempts release runs beyond any demo', () => {
    const policy = policyFromFile(pathOf('local/policy.yaml'));

    expect(policy.mode).toBe('enforce');
    expect(policy.exemptions).toMatchObject([
      { match: { runs: ['release-*'] }, until: '2099-01-01T00:00:00Z' },
    ]);
  });
});

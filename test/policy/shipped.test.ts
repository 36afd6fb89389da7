import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { policyFromText } from '../../lambda/policy/load.ts';
import { policyWarnings } from '../../lambda/policy/warnings.ts';

const textOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const text = textOf('policy.yaml');

/** The text with the comment signs of the lines removed that show an exemption, and a time for its end. */
function withExampleExemption(until: string): string {
  const [whole = '', example = ''] = /^exemptions: \[\]\n((?:#.*\n)+)/m.exec(text) ?? [];
  return text
    .replace(whole, `exemptions:\n${example.replace(/^#/gm, '')}`)
    .replace('YYYY-MM-DDT00:00:00Z', until);
}

describe('the policy that ships', () => {
  it('observes, and watches duration, run minutes, the queue and money', () => {
    const policy = policyFromText(text, 'policy.yaml');

    expect(policy.mode).toBe('observe');
    expect(policy.rules.map(({ type }) => type)).toEqual([
      'job-duration',
      'run-minutes',
      'queue-age',
      'budget',
    ]);
  });

  it('means what it says', () => {
    expect(policyWarnings(policyFromText(text, 'policy.yaml'), Date.now())).toEqual([]);
  });

  it('begins with the schema for editors', () => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./policy.schema.json');
  });

  it('has an example of an exemption that works as its comment says', () => {
    const policy = policyFromText(withExampleExemption('2030-01-01T00:00:00Z'), 'policy.yaml');

    expect(policy.exemptions).toMatchObject([{ until: '2030-01-01T00:00:00Z' }]);
  });

  it('holds no moment that could have passed', () => {
    expect(text).not.toMatch(/20\d\d-\d\d-\d\d/);
  });
});

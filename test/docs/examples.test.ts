import { describe, expect, it } from 'vitest';
import { policyFromText } from '../../lambda/policy/load.ts';
import { policyWarnings } from '../../lambda/policy/warnings.ts';
import { files, matches, pages, textOf } from './pages.ts';

const policies = [
  ...pages.flatMap((page) =>
    matches(page, /```yaml\n([\s\S]*?)```/g)
      .filter((text) => text.includes('version: 1'))
      .map((text, index) => [`${page} ${index + 1}`, text] as const),
  ),
  ...['policy.yaml', 'demo/policy.yaml', ...files.filter((path) => /^examples\/.*\.yaml$/.test(path))].map(
    (path) => [path, textOf(path)] as const,
  ),
].filter(([, text]) => !text.includes('# wrong'));

describe('examples of policies', () => {
  it('are enough to look at', () => {
    expect(policies.length).toBeGreaterThan(3);
  });

  it.each(policies)('are valid, mean what they say and have not expired: %s', (name, text) => {
    const policy = policyFromText(text, name);

    expect(policyWarnings(policy, Date.now())).toEqual([]);
  });

  it('suggest no end that is over', () => {
    const over = [...pages, 'policy.yaml', 'lambda/time.ts', 'lambda/policy/fields.ts'].flatMap((page) =>
      matches(page, /(?:until:? |exempt-until=?|--until |such as )"?(\d{4}-\d\d-\d\dT[^\s"`)]*)/g)
        .filter((time) => Date.parse(time) <= Date.now())
        .map((time) => `${page}: ${time}`),
    );

    expect(over).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { parsePolicy, policyFromText } from '../../lambda/policy/load.ts';
import { policyWith } from './arbitraries.ts';
import { refusalOf, textFaultsOf } from './refusal.ts';

const POLICY = `version: 1
rules:
  - id: long-jobs
    type: job-duration
    maxMinutes: 60
`;

describe('policyFromText', () => {
  it('reads YAML', () => {
    const policy = policyFromText(POLICY, 'policy.yaml');

    expect(policy).toEqual(parsePolicy(policyWith()));
  });

  it('reads JSON, which is YAML', () => {
    const policy = policyFromText(JSON.stringify(policyWith()), 'policy.json');

    expect(policy).toEqual(parsePolicy(policyWith()));
  });

  it('reads anchors and aliases', () => {
    const text = `version: 1
rules:
  - { id: a, type: job-duration, maxMinutes: 60, match: &mobile { projects: ["mobile-*"] } }
  - { id: b, type: queue-age, maxMinutes: 60, match: *mobile }
`;

    const policy = policyFromText(text, 'policy.yaml');

    expect(policy.rules.map(({ match }) => match)).toEqual([
      { projects: ['mobile-*'] },
      { projects: ['mobile-*'] },
    ]);
  });

  it('names the line and column of each fault, in the order of the text', () => {
    const text = `version: 1
mode: of
rules:
  - id: long-jobs
    type: job-duration
    maxMinute: 60
  - { id: long-jobs, type: queue-age, maxMinutes: -1 }
`;

    const result = textFaultsOf(text);

    expect(result.map((line) => line.split(' found ')[0])).toEqual([
      'policy.yaml:2:7: mode:',
      'policy.yaml:4:5: rules[0].maxMinutes:',
      'policy.yaml:6:16: rules[0].maxMinute:',
      'policy.yaml:7:11: rules[1].id:',
      'policy.yaml:7:51: rules[1].maxMinutes:',
    ]);
  });

  it.each([
    ['', 'policy.yaml: (policy): found nothing; allowed: a policy; "version: 1" and at least one rule'],
    ['# only a comment', 'policy.yaml: (policy): found nothing;'],
    ['---\n', 'policy.yaml:1:4: (policy): found null; allowed: a mapping with the keys version,'],
    [`${POLICY}exemptions:\n`, 'policy.yaml:6:12: exemptions: found null;'],
    [`${POLICY}mode: no\n`, 'policy.yaml:6:7: mode: found "no";'],
    [`${POLICY}pricePerMeteredMinute: .inf\n`, 'policy.yaml:6:24: pricePerMeteredMinute: found Infinity;'],
    [
      `${POLICY}<<: { mode: enforce }\n`,
      'policy.yaml: line 6, column 1: found "..: { mode: enforce }" (a merge key (<<) does not exist in YAML 1.2; write the keys out);',
    ],
    [`%YAML 1.1\n---\n${POLICY}mode: yes\n`, 'policy.yaml:8:7: mode: found "yes";'],
    [`${POLICY}version: 2\n`, 'policy.yaml: line 6, column 1: found "version: 2" (the key stands twice);'],
    [
      `${POLICY}    type: budget\n`,
      'policy.yaml: line 6, column 5: found "type: budget" (the key stands twice);',
    ],
    [`${POLICY}mode: "observe\n`, 'policy.yaml: line 7, column 1: found nothing (missing closing "quote);'],
    [
      `${POLICY}\tmode: observe\n`,
      'policy.yaml: line 6, column 1: found "\\tmode: observe" (tabs are not allowed',
    ],
    [
      `${POLICY}---\nmode: enforce\n`,
      'policy.yaml: (policy): found a second document at line 6; allowed: one policy a file; remove the line ---',
    ],
    [
      `${POLICY}mode: !secret x\n`,
      'policy.yaml: line 6, column 7: found "!secret x" (unresolved tag: !secret);',
    ],
    [
      `${POLICY}mode: !!binary b2JzZXJ2ZQ==\n`,
      'policy.yaml: line 6, column 7: found "!!binary b2JzZXJ2ZQ==" (unresolved tag:',
    ],
    [`${POLICY}mode: *m\n`, 'policy.yaml: line 6, column 7: found "*m" (no anchor &m before it);'],
    [`${POLICY}? [mode]\n: observe\n`, 'policy.yaml: line 6, column 3: found "[mode]" (with stringKeys,'],
    [`${POLICY}rest: &rest [*rest]\n`, 'policy.yaml:6:13: rest: found ["..."] (unknown key);'],
  ])('refuses %j', (text, expected) => {
    const result = textFaultsOf(text);

    expect(result).toHaveLength(1);
    expect(result[0]?.slice(0, expected.length)).toBe(expected);
  });

  it.each([
    [`${POLICY}mode: observe\nmode: enforce\n`, 'each key once'],
    [`${POLICY}mode: !secret x\n`, 'YAML 1.2 without tags'],
    [`${POLICY}<<: {}\n`, 'YAML 1.2 without tags'],
    [`${POLICY}mode: *m\n`, 'YAML 1.2 without tags'],
  ])('says what is allowed instead of %j', (text, allowed) => {
    expect(textFaultsOf(text).map((line) => line.split('; allowed: ')[1])).toEqual([allowed]);
  });

  it('tells each key that is no text, and takes no two of them for the same', () => {
    const result = textFaultsOf(`${POLICY}? [mode]\n: observe\n? [rules]\n: none\n`);

    expect(result.map((line) => line.slice(0, 36))).toEqual([
      'policy.yaml: line 6, column 3: found',
      'policy.yaml: line 8, column 3: found',
    ]);
  });

  it('has a stable code for a text without content, and the cause of what could not be read', () => {
    const empty = refusalOf(() => policyFromText('', 'policy.yaml'));
    const aliases = `a: &a [x, x, x]\nb: &b [${Array(99).fill('*a').join(', ')}]\nc: [*b, *b, *b, *b]\n`;
    const tooMany = refusalOf(() => policyFromText(aliases, 'policy.yaml'));

    expect(empty?.code).toBe('POLICY_UNREADABLE');
    expect(tooMany?.message).toContain('aliases that multiply');
    expect(tooMany?.cause).toBeInstanceOf(ReferenceError);
  });

  it('takes dashes on many lines for entries, not for levels', () => {
    const result = textFaultsOf(`${POLICY}exemptions:\n${'  -\n'.repeat(40)}`);

    expect(result).toHaveLength(40);
    expect(result[0]).toMatch(/^policy\.yaml:7:4: exemptions\[0\]: found null;/);
  });

  it('finds the place of a fault behind an alias, and of a key without a value', () => {
    const text = `version: 1
rules:
  - { id: a, type: queue-age, maxMinutes: 5, match: &mobile { projects: [""] } }
  - { id: b, type: queue-age, maxMinutes, match: *mobile }
`;

    const result = textFaultsOf(text);

    expect(result.map((line) => line.split(': found ')[0])).toEqual([
      'policy.yaml:3:74: rules[0].match.projects[0]',
      'policy.yaml:3:74: rules[1].match.projects[0]',
      'policy.yaml:4:31: rules[1].maxMinutes',
    ]);
  });

  it('reads any number of mappings in braces, one after the other', () => {
    const rules = Array.from(
      { length: 100 },
      (_, index) => `- { id: r${index}, type: queue-age, maxMinutes: 5 }`,
    );

    const policy = policyFromText(['version: 1', 'rules:', ...rules].join('\n'), 'policy.yaml');

    expect(policy.rules).toHaveLength(100);
  });

  it('tells every syntax error, not only the first', () => {
    const result = textFaultsOf('version: 1\nversion: 2\nmode: observe\nmode: enforce\n');

    expect(result.map((line) => line.split(': found')[0])).toEqual([
      'policy.yaml: line 2, column 1',
      'policy.yaml: line 4, column 1',
    ]);
  });

  it('refuses aliases that multiply', () => {
    const levels = 'bcdefghi'.split('').map((name, index) => {
      const before = 'abcdefgh'[index];
      return `${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`;
    });

    const result = textFaultsOf(['a: &a [x, x, x]', ...levels].join('\n'));

    expect(result).toEqual([
      'policy.yaml: (policy): found aliases that multiply; allowed: at most 100 values by alias',
    ]);
  });

  it.each([
    ['brackets', `a: ${'['.repeat(33)}${']'.repeat(33)}`],
    ['more brackets than a parser survives', '[['.repeat(50_000)],
    ['dashes', '- '.repeat(50_000)],
    ['question marks', '? '.repeat(50_000)],
  ])('refuses nesting without end: %s', (_, text) => {
    const result = textFaultsOf(text);

    expect(result).toEqual(['policy.yaml: (policy): found more than 32 levels; allowed: at most 32 levels']);
  });

  it('reads nesting up to its limit', () => {
    const result = textFaultsOf(`${POLICY}a: ${'['.repeat(32)}${']'.repeat(32)}`);

    expect(result[0]).toContain('(unknown key)');
  });

  it.each([
    [256_000, []],
    [256_001, ['policy.yaml: (policy): found 256001 characters; allowed: at most 256000 characters']],
  ])('holds the limit of its length: %i characters', (length, expected) => {
    const text = POLICY + '#'.repeat(length - POLICY.length);

    const result = textFaultsOf(text);

    expect(result).toEqual(expected);
  });

  it('survives the deepest indentation that fits', () => {
    const text = Array.from({ length: 700 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('');

    const result = textFaultsOf(text);

    expect(result.some((line) => line.startsWith('policy.yaml:2:2: a: found'))).toBe(true);
  });

  it.each([
    ['keys that stand twice', 'a: 1\n'],
    ['commas', '[,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,]\n'],
    ['aliases', '- *a\n'],
    ['tags', '- !a b\n'],
    ['directives', '%a\n'],
    ['documents', '---\na\n'],
    ['rules that are none', '- {id: a}\n'],
  ])('answers 20,000 characters of nonsense in at most 51 lines: %s', (_, line) => {
    const result = textFaultsOf(line.repeat(20_000 / line.length));

    expect(result.length).toBeLessThanOrEqual(51);
    expect(result.length).toBeGreaterThan(0);
  });
});

describe('a policy as bytes', () => {
  const bytes = (text: string, encoding: BufferEncoding = 'utf8') =>
    new Uint8Array(Buffer.from(text, encoding));

  it('protects what it names when it is UTF-8, with a byte order mark or without', () => {
    const text = `${POLICY}exemptions: [{ id: m, match: { projects: [München] }, until: "2030-01-01T00:00:00Z", owner: o, reason: r }]\n`;

    const policies = [text, `\ufeff${text}`].map((one) => policyFromText(bytes(one), 'policy.yaml'));

    expect(policies.map(({ exemptions }) => exemptions[0]?.match)).toEqual([
      { projects: ['München'] },
      { projects: ['München'] },
    ]);
  });

  it.each([
    ['Latin-1', bytes(`${POLICY}# München\n`, 'latin1'), 'bytes that are not UTF-8'],
    ['UTF-8 that breaks off', bytes(`${POLICY}# ü`).slice(0, -1), 'bytes that are not UTF-8'],
    ['UTF-16 with a byte order mark', bytes(`\ufeff${POLICY}`, 'utf16le'), 'UTF-16'],
    [
      'UTF-16 with the other byte order',
      bytes(`\ufeff${POLICY}`, 'utf16le').map((_, at, all) => all[at ^ 1] ?? 0),
      'UTF-16',
    ],
    ['UTF-16 without a byte order mark', bytes(POLICY, 'utf16le'), 'UTF-16'],
    [
      'UTF-16 in the other byte order without a mark',
      bytes(POLICY, 'utf16le').map((_, at, all) => all[at ^ 1] ?? 0),
      'UTF-16',
    ],
    ...[
      [0xff, 0x41],
      [0x41, 0xfe],
      [0xfe, 0x41],
      [0x41, 0xff],
    ].map((first): [string, Uint8Array, string] => [
      `bytes that begin with ${first}`,
      new Uint8Array(first),
      'bytes that are not UTF-8',
    ]),
  ])('is refused as a whole in %s, in which its names would match nothing', (_, file, found) => {
    const refusal = refusalOf(() => policyFromText(file, 'policy.yaml'));

    expect(refusal).toMatchObject({
      code: 'POLICY_UNREADABLE',
      message: `policy.yaml: (policy): found ${found}; allowed: UTF-8; save the file in this encoding`,
    });
  });
});

import { rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lintFindings, plant, ROOT } from './lint-findings.ts';

const CIRCLE_RULES = ['lint/suspicious/noImportCycles'];

// Three files in a circle, closed by a type alone, and one that stands outside.
const CIRCLE: Readonly<Record<string, string>> = {
  'cli/first.ts': `import { second } from './second.ts';\nexport const first = () => second();\n`,
  'cli/second.ts': `import { third } from './third.ts';\nexport const second = () => third();\n`,
  'cli/third.ts': `import type { first } from './first.ts';\nexport const third = (): typeof first | 0 => 0;\n`,
  'cli/outside.ts': `import { first } from './first.ts';\nexport const outside = () => first();\n`,
};

describe('the lint rules', () => {
  it('report every import of a circle, also one that is closed by a type', () => {
    const home = plant(CIRCLE);
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));

    const found = lintFindings(home, CIRCLE_RULES, '.');

    expect(found.map(({ path }) => path).sort()).toEqual(['cli/first.ts', 'cli/second.ts', 'cli/third.ts']);
  });

  it('find no circle in this project', () => {
    const found = lintFindings(ROOT, CIRCLE_RULES, '.');

    expect(found).toEqual([]);
  });
});

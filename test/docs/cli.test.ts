import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planSpec } from '../../cli/plan.ts';
import { transcripts } from './command-line.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const policy = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const examples = new Map(
  [...page.matchAll(/```console\n\$ npx autostop ([^\n]*)\n([\s\S]*?)```/g)].map(
    ([, command = '', output = '']) => [command, output] as const,
  ),
);

describe('the page about the command line', () => {
  it('shows what the commands really print', async () => {
    const printed = await transcripts(policy);

    expect(examples).toEqual(printed);
  });

  it('names every option of plan', () => {
    const missing = Object.keys(planSpec.options).filter((option) => !page.includes(`--${option}`));

    expect(missing).toEqual([]);
  });
});

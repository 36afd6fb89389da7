import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/main.ts';
import { schemaFile } from '../../cli/output.ts';
import { transcripts } from './transcripts.ts';

const page = readFileSync(new URL('../../docs/command-line.md', import.meta.url), 'utf8');
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

  it('leads to the schema of each command that prints JSON', () => {
    const missing = COMMANDS.filter(({ spec }) => spec.json && !page.includes(`](../${schemaFile(spec)})`));

    expect(missing).toEqual([]);
  });

  it.each(COMMANDS.map(({ spec }) => [spec.name, spec] as const))(
    'names every option of %s',
    (_, { options }) => {
      const missing = Object.keys(options).filter((option) => !page.includes(`--${option}`));

      expect(missing).toEqual([]);
    },
  );
});

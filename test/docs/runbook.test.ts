import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/runbook.md');
const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);

describe('the runbook', () => {
  it.each(['NoSweep', 'Trouble', 'OrdersStuck', 'DeadLetters'])(
    'has a section for alarm %s, which names it',
    (id) => {
      expect(headings).toContain(id);
      expect(read('lib/alarms.ts')).toContain(`docs/runbook.md, ${id}.`);
    },
  );

  it.each([
    'stopped',
    'stopped in a sweep that did not finish',
    'held back',
    'will stop',
    'would stop',
    'stops without effect',
    'breaker open',
    'budget is above',
    'metered work beside idle unmetered slots',
    'a tag exempts work',
    'a tag that cannot be read exempts work',
    'order done',
    'order not done yet',
    'message not carried out yet',
    'refused',
  ])('has a section for the mail "%s"', (subject) => {
    expect(headings).toContain(subject);
  });

  it('asks for outputs that the construct has', () => {
    const outputs = [...page.matchAll(/\$\(output (\w+)\)/g)].map(([, name]) => name);

    expect(outputs.length).toBeGreaterThan(1);
    for (const name of outputs) expect(read('lib/auto-stop.ts')).toContain(`${name}`);
  });
});

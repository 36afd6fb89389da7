import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from '../../../../lambda/core/report/digest.ts';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`);

describe('digest', () => {
  it.each([[[]], [[{ title: 'Stopped', lines: [] }]]])(
    'is nothing when there is nothing to say: %j',
    (sections) => {
      expect(digest(sections)).toBeUndefined();
    },
  );

  it('gives each section that has lines, with their number', () => {
    const text = digest([
      { title: 'Stopped', lines: ['one', 'two'] },
      { title: 'Failed', lines: [] },
      { title: 'Held back', lines: ['three'] },
    ]);

    expect(text).toBe('Stopped (2):\n- one\n- two\n\nHeld back (1):\n- three');
  });

  it.each([
    { count: 50, last: '- line 50' },
    { count: 51, last: '- and 1 more, in the audit trail' },
    { count: 250, last: '- and 200 more, in the audit trail' },
  ])('shows 50 of $count lines and counts the rest', ({ count, last }) => {
    const text = digest([{ title: 'Stopped', lines: lines(count) }]) ?? '';

    expect(text.split('\n')[0]).toBe(`Stopped (${count}):`);
    expect(text.split('\n').at(-1)).toBe(last);
    expect(text).toContain('- line 50');
    expect(text).not.toContain('- line 51');
  });

  it('grows with its sections, never with their lines', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2_000), { maxLength: 5 }), (counts) => {
        const text = digest(counts.map((count) => ({ title: 'Stopped', lines: lines(count) }))) ?? '';

        expect(text.split('\n').length).toBeLessThanOrEqual(53 * counts.length + 1);
        const shown = text.split('\n').filter((line) => line.startsWith('- line')).length;
        const more = [...text.matchAll(/and (\d+) more/g)].reduce((sum, [, rest]) => sum + Number(rest), 0);
        expect(shown + more).toBe(counts.reduce((sum, count) => sum + count, 0));
      }),
    );
  });
});

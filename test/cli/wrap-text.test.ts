import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrapText } from '../../cli/wrap-text.ts';

describe('a wrapped text', () => {
  it('is the text again when its lines are joined, whatever the width', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', ' ') }),
        fc.integer({ min: 1, max: 50 }),
        (text, width) => {
          const lines = wrapText(text, width);

          expect(lines.join(' ')).toBe(text);
        },
      ),
    );
  });

  it('has no line above the width but one of a single word', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 40 }), fc.integer({ min: 1, max: 50 }), (text, width) => {
        const lines = wrapText(text, width);

        expect(lines.filter((line) => line.length > width && line.includes(' '))).toEqual([]);
      }),
    );
  });

  it('breaks only where it must', () => {
    const lines = wrapText('one two three', 7);

    expect(lines).toEqual(['one two', 'three']);
  });
});

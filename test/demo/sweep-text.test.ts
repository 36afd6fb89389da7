import { describe, expect, it } from 'vitest';
import { type SweepView, type SweptWork, sweepText } from '../../demo/sweep-text.ts';
import { sweepSummary } from './sweep-summary.ts';

const page = { write: () => {}, width: 100, colour: false };

function work(
  device: string,
  action: 'keep' | 'stop' | 'would-stop',
  reason: string,
  metered = true,
): SweptWork {
  return {
    decision: { arn: `arn:${device}`, project: 'mobile', device, action, reason },
    facts: { name: 'nightly', device, status: 'RUNNING', result: 'PENDING', metered, minutes: 65.4 },
  };
}

function view(over: Partial<SweepView> = {}): SweepView {
  const at = Date.UTC(2026, 10, 23, 9, 5);
  return { at, summary: sweepSummary(), works: [], remarkable: false, pricePerMinute: 0.17, ...over };
}

describe('sweepText', () => {
  it('gives a quiet sweep one line', () => {
    const text = sweepText(page, view({ works: [work('Pixel', 'keep', 'ran 5 min')] }));

    expect(text).toBe(
      '09:05  2 in flight, nothing to stop; $12.35 of $60.00 spent today, $20.00 committed\n',
    );
  });

  it('shows everything in flight when something was stopped, the stops first', () => {
    const works = [work('Pixel 7', 'keep', 'no rule applies', false), work('Pixel 8', 'stop', 'ran 65 min')];

    const text = sweepText(page, view({ works, summary: sweepSummary({ stopped: ['arn:Pixel 8'] }) }));

    expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
      '',
      '09:05  2 in flight, 1 stopped; $12.35 of $60.00 spent today, $20.00 committed',
      '        PROJECT  RUN OR SESSION  DEVICE   MINUTES      MONEY  STATE NOW',
      '  STOP  mobile   nightly         Pixel 8       65     $11.12  RUNNING',
      '        ran 65 min',
      '  keep  mobile   nightly         Pixel 7       65  unmetered  RUNNING',
      '        no rule applies',
      '',
      '',
    ]);
  });

  it('marks what a rule on trial would stop, between the stops and the rest', () => {
    const works = [work('a', 'keep', 'fine'), work('b', 'would-stop', 'long'), work('c', 'stop', 'longer')];

    const text = sweepText(
      page,
      view({ works, remarkable: true, summary: sweepSummary({ wouldStop: ['arn:b'] }) }),
    );

    expect(text).toContain('2 in flight, nothing to stop, 1 only observed;');
    expect(text.match(/^ {2}(STOP|would|keep)/gm)).toEqual(['  STOP', '  would', '  keep']);
  });

  it('gives a reason once for rows that share it', () => {
    const works = ['a', 'b', 'c'].map((device) => work(device, 'keep', 'the same'));

    const text = sweepText(page, view({ works, remarkable: true }));

    expect(text.match(/the same/g)).toHaveLength(1);
  });

  it('shows what the sweep could not do', () => {
    const text = sweepText(page, view({ summary: sweepSummary({ problems: ['labs could not be read'] }) }));

    expect(text).toContain('  problem: labs could not be read\n');
  });

  it('keeps to the width of the page where the columns allow it', () => {
    const works = [work('Pixel', 'stop', 'word '.repeat(60).trim())];

    const text = sweepText({ ...page, width: 80 }, view({ works, remarkable: true }));

    for (const line of text.split('\n').filter((one) => one.includes('word'))) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('has colours only where they are seen', () => {
    const seen = view({ works: [work('Pixel', 'stop', 'why')], remarkable: true });

    expect(sweepText({ ...page, colour: true }, seen)).toContain('\u001b[31m  STOP');
    expect(sweepText(page, seen)).not.toContain('\u001b');
  });
});

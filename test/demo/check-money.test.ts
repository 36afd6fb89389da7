import { describe, expect, it } from 'vitest';
import type { Lesson } from '../../lambda/core/lessons/lesson.ts';
import type { SpendFigures } from '../../lambda/core/report/sweep-summary.ts';
import { checkMoney } from '../../demo/check-money.ts';
import { ON_TRIAL } from '../../demo/morning.ts';
import { sweepSummary } from './sweep-summary.ts';

const LESSON: Lesson = {
  ...ON_TRIAL,
  ended: 5,
  cutShort: 0,
  sessionsEnded: 0,
  falseStopRate: 0.6,
  endedWithin: null,
  startedWithin: null,
  savedMinutes: 0,
  savedUsd: 0,
  falseMinutes: 0,
  falseUsd: 0,
  withoutMinutes: 0,
};

function spentUsd(spent: number, project: string | null = null): SpendFigures {
  const figures = { spent, committed: spent, forecast: null };
  return {
    project,
    projectArn: project,
    kind: 'day',
    period: '2026-11-23',
    minutes: figures,
    usd: figures,
    incomplete: false,
  };
}

function faults(spend: readonly SpendFigures[], lessons: readonly Lesson[]): readonly string[] {
  return checkMoney(sweepSummary({ spend, lessons }), 100).flatMap(({ but }) => but ?? []);
}

describe('checkMoney', () => {
  it('finds nothing wrong when the figures are those of the bill', () => {
    expect(faults([spentUsd(100)], [LESSON])).toEqual([]);
  });

  it.each([98, 102])('takes %i dollars for 100, as work in flight is an estimate', (spent) => {
    expect(faults([spentUsd(spent)], [LESSON])).toEqual([]);
  });

  it.each([97.9, 102.1])('notices %f dollars where 100 were billed', (spent) => {
    expect(faults([spentUsd(spent)], [LESSON])).toEqual([`counted $${spent.toFixed(2)}, billed $100.00`]);
  });

  it('does not take the figure of a project for that of the account', () => {
    expect(faults([spentUsd(100, 'labs')], [LESSON])).toEqual(['no figure for the account']);
  });

  it('notices a lesson that counted something else', () => {
    const wrong = { ...LESSON, falseStops: 2, rightStops: 3, falseStopRate: 0.4 };

    expect(faults([spentUsd(100)], [wrong])).toEqual(['2 false and 3 right stops, rate 0.4']);
  });

  it('notices that no sweep said anything', () => {
    const found = checkMoney(undefined, 100).flatMap(({ but }) => but ?? []);

    expect(found).toEqual(['no figure for the account', 'no lesson of ui-limit']);
  });
});

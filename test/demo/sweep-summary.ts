import type { SweepSummary } from '../../lambda/core/report/sweep-summary.ts';

const FIGURES = { spent: 12.345, committed: 20, forecast: null };

/** The summary of a quiet sweep with one budget. */
export function sweepSummary(over: Partial<SweepSummary> = {}): SweepSummary {
  return {
    sweepId: 's',
    mode: 'enforce',
    policyVersion: 'v',
    projects: 1,
    activeRuns: 1,
    activeItems: 2,
    wouldStop: [],
    stopped: [],
    alreadyStopping: [],
    failed: [],
    heldBack: [],
    confirmed: [],
    partial: false,
    problems: [],
    usage: [
      {
        rule: 'b',
        period: '2026-11-23',
        unit: 'usd',
        ...FIGURES,
        limit: 60,
        minutes: FIGURES,
        usd: FIGURES,
        incomplete: false,
      },
    ],
    spend: [],
    account: null,
    idleSlots: [],
    estimateError: { count: 0, minutes: 0, absoluteMinutes: 0 },
    lessons: [],
    ...over,
  };
}

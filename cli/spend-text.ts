import type { SpendFigures } from '../lambda/core/report/sweep-summary.ts';
import { formatMinutes, formatUsd, MICRO_PER_USD } from '../lambda/core/spend/money.ts';
import type { PlanReport } from './plan-report.ts';

/** Lines on what the account and its projects stand at; of a project that used nothing and commits nothing there is none. */
export function spendLinesText(spend: readonly SpendFigures[]): readonly string[] {
  return spend.filter(({ project, minutes }) => project === null || minutes.committed > 0).map(line);
}

function line(figures: SpendFigures): string {
  const { project, kind, period, minutes, usd, incomplete } = figures;
  const who = project === null ? 'the account' : `project "${project}"`;
  const told = (['spent', 'committed', 'forecast'] as const).flatMap((basis) => {
    const [used, money] = [minutes[basis], usd[basis]];
    return used === null || money === null
      ? []
      : [`${formatMinutes(used)} and ${formatUsd(money * MICRO_PER_USD)} ${basis}`];
  });
  return `${who}, ${kind} of ${period}: ${told.join(', ')}${incomplete ? '; at least: not everything of this period has been read' : ''}`;
}

/** Lines on trial minutes and unmetered slots, and on metered work beside idle ones. */
export function slotLines({ accountSettings, idleSlots }: PlanReport): readonly string[] {
  if (accountSettings === null) return [];
  const { trial, unmeteredSlots } = accountSettings;
  const slots = (['jobs', 'sessions'] as const).flatMap((work) =>
    Object.entries(unmeteredSlots[work])
      .filter(([, count]) => count > 0)
      .map(([platform, count]) => `${count} ${platform} for ${work}`),
  );
  return [
    ...(trial?.remaining === undefined
      ? []
      : [
          `trial: ${formatMinutes(trial.remaining)} left${trial.total === undefined ? '' : ` of ${formatMinutes(trial.total)}`}; they are not deducted from any figure here`,
        ]),
    `unmetered slots: ${slots.length > 0 ? slots.join(', ') : 'none'}`,
    ...idleSlots,
  ];
}

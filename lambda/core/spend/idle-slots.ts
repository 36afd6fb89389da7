import type { AccountSettings } from '../account-settings.ts';
import type { WorkItem } from '../work-item.ts';

/** METERED work of one project that could have run on unmetered slots, which are paid for and stand idle. */
export interface IdleSlots {
  readonly project: WorkItem['project'];
  readonly work: 'jobs' | 'sessions';
  readonly platform: string;
  /** Metered jobs or sessions of the project that have not ended. */
  readonly metered: number;
  /** Slots of that kind and platform, and how many nobody uses or waits for. */
  readonly slots: number;
  readonly idle: number;
}

/**
 * Finds metered work beside idle slots. Slots are for one platform, and for jobs or for sessions; work on a device of a
 * private fleet needs none, but cannot be told from other unmetered work, so that idle slots are rather missed than made up.
 */
export function idleSlots(
  items: readonly WorkItem[],
  { unmeteredSlots }: Pick<AccountSettings, 'unmeteredSlots'>,
): readonly IdleSlots[] {
  return (['jobs', 'sessions'] as const).flatMap((work) =>
    Object.entries(unmeteredSlots[work]).flatMap(([platform, slots]) => {
      const own = items.filter((item) => item.kind === KINDS[work] && item.platform === platform);
      const idle = slots - own.filter(({ billing }) => billing === 'unmetered').length;
      return idle > 0
        ? byProject(own).map(([project, metered]) => ({ project, work, platform, metered, slots, idle }))
        : [];
    }),
  );
}

/** `2 metered jobs on ANDROID in project "mobile" while 1 of 3 unmetered slots for them is idle`. */
export function idleSlotsSentence({ project, work, platform, metered, slots, idle }: IdleSlots): string {
  const what = metered === 1 ? work.slice(0, -1) : work;
  return `${metered} metered ${what} on ${platform} in project "${project.name}" while ${idle} of ${slots} unmetered slots for ${work} ${idle === 1 ? 'is' : 'are'} idle`;
}

const KINDS = { jobs: 'job', sessions: 'session' } as const;

function byProject(items: readonly WorkItem[]): readonly (readonly [WorkItem['project'], number])[] {
  const counts = new Map<string, readonly [WorkItem['project'], number]>();
  for (const { project, billing } of items) {
    if (billing !== 'metered') continue;
    counts.set(project.arn, [project, (counts.get(project.arn)?.[1] ?? 0) + 1]);
  }
  return [...counts.values()];
}

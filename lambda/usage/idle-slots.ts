import type { AccountSettings, WorkItem } from '../model.ts';
import { plain } from '../text.ts';

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

const KINDS = { jobs: 'job', sessions: 'session' } as const;

/**
 * Finds metered work beside idle slots. A slot is for one platform, and for jobs or for sessions. Work on a device of a
 * private fleet needs no slot, but looks like other unmetered work, so some idle slots are missed and none is made up.
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
        ? meteredByProject(own).map(([project, metered]) => ({
            project,
            work,
            platform,
            metered,
            slots,
            idle,
          }))
        : [];
    }),
  );
}

/** `2 metered jobs on ANDROID in project "mobile" while 1 of 3 unmetered slots for jobs is idle`. */
export function idleSlotsSentence({ project, work, platform, metered, slots, idle }: IdleSlots): string {
  const what = metered === 1 ? work.slice(0, -1) : work;
  return `${metered} metered ${what} on ${plain(platform)} in project "${plain(project.name)}" while ${idle} of ${slots} unmetered slots for ${work} ${idle === 1 ? 'is' : 'are'} idle`;
}

function meteredByProject(items: readonly WorkItem[]): readonly (readonly [WorkItem['project'], number])[] {
  const counts = new Map<string, readonly [WorkItem['project'], number]>();
  for (const { project, billing } of items) {
    if (billing === 'metered') counts.set(project.arn, [project, (counts.get(project.arn)?.[1] ?? 0) + 1]);
  }
  return [...counts.values()];
}

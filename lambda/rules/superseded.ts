import type { z } from 'zod';
import type { RunFacts, WorkItem } from '../model.ts';
import { formatMinutes } from '../money.ts';
import { isKeyPattern, keyOfName, matchesItem } from '../policy/match.ts';
import { plain } from '../text.ts';
import { MINUTE } from '../time.ts';
import { type Fields, type NewestRun, notApplicable, type RuleContext, type RuleType } from './rule.ts';

function schema({ rule, z }: Fields) {
  return rule('superseded', 'Of a run that a newer run of the same key, also in flight, has replaced.', {
    key: z.string().min(1).max(256).refine(isKeyPattern).optional().meta({
      description:
        'Takes the key from the name of a run that sets no AUTOSTOP_KEY: {key} once; around it * for any text, ? for one character, {number} for digits. Without it only runs with the environment variable AUTOSTOP_KEY have a key.',
      allowed: 'a pattern of at most 256 characters with {key} exactly once, such as "pr-{key}-{number}"',
    }),
    apartMinutes: z
      .number()
      .nonnegative()
      .max(1_440)
      .default(5)
      .describe('Runs created at most so many minutes apart belong together: neither replaces the other.'),
  });
}

export type SupersededRule = z.output<ReturnType<typeof schema>>;

/**
 * A job of a run that a newer run of the same key has replaced: what a cancelled build leaves behind. Runs replace each other only
 * within one project, platform and test type, and only when they were created more than `apartMinutes` apart. What Device Farm
 * does not report makes no run newer.
 */
export const superseded = {
  type: 'superseded',
  isWatchedByBreaker: false,
  schema,
  describe: ({ key, apartMinutes }) =>
    `a run when a newer run of the same key is in flight, created more than ${apartMinutes} min later; the key is the run's AUTOSTOP_KEY${key === undefined ? '' : `, else from its name by "${key}"`}`,
  judge(rule, { newest }) {
    const known = newest.get(rule.id);
    return (item) => {
      const { run, usageAt: created } = item;
      if (!run) return notApplicable('is a session; it belongs to no run');
      if (created === undefined) return notApplicable('does not say when its run was created');
      const key = keyOf(rule, run);
      if (key === undefined) return notApplicable(() => noKey(rule));
      const group = groupOf(item, key);
      if (group === undefined) return notApplicable('does not say its platform or test type');
      const newer = known?.get(group);
      const apart = newer ? (newer.created - created) / MINUTE : 0;
      const shownKey = () => `key "${plain(key)}"`;
      if (!newer || apart <= rule.apartMinutes) {
        const reason = () => `run "${plain(run.name)}" is among the newest of ${shownKey()}`;
        return { verdict: 'within', reason, scope: 'any' };
      }
      const reason = () =>
        `run "${plain(run.name)}" was created ${formatMinutes(apart)} before run "${plain(newer.name)}" of the same ${shownKey()}, which is in flight (rule ${rule.id})`;
      return { verdict: 'over', reason, scope: 'any' };
    };
  },
} satisfies RuleType<SupersededRule>;

/** Which runs are the newest, and what is replaced by them. */
export interface Replacements {
  readonly newest: RuleContext['newest'];
  /** ARNs of the items that rules which stop replace. */
  readonly replaced: ReadonlySet<string>;
}

/**
 * The newest run in flight of each group of runs, for all superseded rules together. What is being stopped replaces nothing, whatever
 * stops it. Only newer work replaces work, so one pass from the newest to the oldest settles what these rules themselves stop.
 * @param stopped ARNs of what other rules stop
 */
export function replacements(
  rules: readonly SupersededRule[],
  items: readonly WorkItem[],
  { stopped, isExempt }: { readonly stopped: ReadonlySet<string>; isExempt(item: WorkItem): boolean },
): Replacements {
  const newest = new Map<string, Map<string, NewestRun>>(rules.map(({ id }) => [id, new Map()]));
  const replaced = new Set<string>();
  const matching = rules.map((rule) => ({ rule, matches: matchesItem(rule.match) }));
  for (const { item, run, created } of newestFirst(items)) {
    const groups = matching.flatMap(({ rule, matches }) => {
      const known = newest.get(rule.id);
      const key = matches(item) ? keyOf(rule, run) : undefined;
      const group = key === undefined ? undefined : groupOf(item, key);
      return known && group !== undefined ? [{ rule, known, group }] : [];
    });
    const isReplaced = groups.some(({ rule, known, group }) => {
      const newer = known.get(group);
      const apart = newer ? (newer.created - created) / MINUTE : 0;
      return apart > rule.apartMinutes && rule.mode !== 'observe';
    });
    if (isReplaced && !isExempt(item)) replaced.add(item.arn);
    else if (!stopped.has(item.arn))
      for (const { known, group } of groups)
        if (!known.has(group)) known.set(group, { name: run.name, created });
  }
  return { newest, replaced };
}

/** Jobs in flight of which it is known when their run was created. */
function newestFirst(items: readonly WorkItem[]) {
  return items
    .flatMap((item) => {
      const { run, usageAt: created, phase } = item;
      const isInFlight = phase === 'queued' || phase === 'started';
      return run && created !== undefined && isInFlight ? [{ item, run, created }] : [];
    })
    .sort((a, b) => b.created - a.created);
}

/** A run that names its group itself needs no pattern. */
function keyOf(rule: SupersededRule, run: RunFacts): string | undefined {
  return run.key ?? (rule.key === undefined ? undefined : keyOfName(rule.key, run.name));
}

function noKey({ key }: SupersededRule): string {
  const name = key === undefined ? '' : ` and its name is not like ${plain(key)}`;
  return `has no key: its run sets no AUTOSTOP_KEY${name}`;
}

function groupOf({ project, platform, testType }: WorkItem, key: string): string | undefined {
  if (platform === undefined || testType === undefined) return undefined;
  return JSON.stringify([project.arn, platform, testType, key]);
}

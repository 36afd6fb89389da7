import type { z } from 'zod';
import type { WorkItem } from '../model.ts';
import { formatMinutes } from '../money.ts';
import { matchesItem } from '../policy/match.ts';
import { isKeyPattern, keyOfName } from '../policy/patterns.ts';
import { plain } from '../text.ts';
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
 * does not tell makes no run newer.
 */
export const superseded = {
  type: 'superseded',
  isWatchedByBreaker: false,
  schema,
  describe: ({ key, apartMinutes }) =>
    `a run when a newer run of the same key is in flight, created more than ${apartMinutes} min later; the key is the run's AUTOSTOP_KEY${key === undefined ? '' : `, else from its name by "${key}"`}`,
  judge(rule, item, { newest }) {
    const { run, usageAt: created } = item;
    if (!run) return notApplicable('is a session; it belongs to no run');
    if (created === undefined) return notApplicable('does not say when its run was created');
    const key = keyOf(rule, run);
    if (key === undefined)
      return notApplicable('has no key: its run sets no AUTOSTOP_KEY and its name fits no pattern');
    const group = groupOf(item, key);
    if (group === undefined) return notApplicable('does not say its platform or test type');
    const newer = newest.get(rule.id)?.get(group) ?? { name: run.name, created };
    const apart = (newer.created - created) / 60_000;
    if (apart <= rule.apartMinutes) {
      return {
        verdict: 'within',
        reason: () => `run "${plain(run.name)}" is among the newest of key "${plain(key)}"`,
        scope: 'any',
      };
    }
    return {
      verdict: 'over',
      reason: () =>
        `run "${plain(run.name)}" was created ${formatMinutes(apart)} before run "${plain(newer.name)}" of the same key "${plain(key)}", which is in flight (rule ${rule.id})`,
      scope: 'any',
    };
  },
} satisfies RuleType<SupersededRule>;

/**
 * The newest runs of all superseded rules: those that have work in flight which the rule matches. What is being stopped, by
 * whatever rule, replaces nothing.
 * @param isStopped whether another rule stops the item
 */
export function newestRuns(
  rules: readonly SupersededRule[],
  items: readonly WorkItem[],
  isStopped: (item: WorkItem) => boolean,
): RuleContext['newest'] {
  return new Map(rules.map((rule) => [rule.id, newestOf(rule, items, isStopped)]));
}

function newestOf(
  rule: SupersededRule,
  items: readonly WorkItem[],
  isStopped: (item: WorkItem) => boolean,
): ReadonlyMap<string, NewestRun> {
  const newest = new Map<string, NewestRun>();
  const keys = new Map<string, string | undefined>();
  for (const item of items) {
    const { run, usageAt: created, phase } = item;
    if (!run || created === undefined || (phase !== 'queued' && phase !== 'started')) continue;
    if (isStopped(item) || !matchesItem(rule.match, item)) continue;
    if (!keys.has(run.arn)) keys.set(run.arn, keyOf(rule, run));
    const key = keys.get(run.arn);
    const group = key === undefined ? undefined : groupOf(item, key);
    if (group === undefined) continue;
    if (created > (newest.get(group)?.created ?? Number.NEGATIVE_INFINITY))
      newest.set(group, { name: run.name, created });
  }
  return newest;
}

/** A run that names its group itself needs no pattern. */
function keyOf(rule: SupersededRule, run: NonNullable<WorkItem['run']>): string | undefined {
  return run.key ?? (rule.key === undefined ? undefined : keyOfName(rule.key, run.name));
}

function groupOf({ project, platform, testType }: WorkItem, key: string): string | undefined {
  if (platform === undefined || testType === undefined) return undefined;
  return JSON.stringify([project.arn, platform, testType, key]);
}

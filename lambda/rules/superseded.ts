import type { z } from 'zod';
import type { Run, WorkItem } from '../model.ts';
import { formatMinutes } from '../money.ts';
import { isKeyPattern, keyFinder, matchesItem } from '../policy/match.ts';
import { plain } from '../text.ts';
import { MINUTE } from '../time.ts';
import { type Fields, NO_RUN, notApplicable, type RuleContext, type RuleType } from './rule.ts';

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

export function isSuperseded(rule: { readonly type: string }): rule is SupersededRule {
  return rule.type === 'superseded';
}

const NO_CREATION = notApplicable('does not say when its run was created');
const NO_PLATFORM = notApplicable('does not say its platform or test type');

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
    const keyOf = keysOf(rule);
    const groupOf = groups();
    const withoutKey = notApplicable(() => noKey(rule));
    return (item) => {
      const { run, usageAt: created } = item;
      if (!run) return NO_RUN;
      if (created === undefined) return NO_CREATION;
      const key = keyOf(run);
      if (key === undefined) return withoutKey;
      const group = groupOf(item, key);
      if (group === undefined) return NO_PLATFORM;
      const newer = known?.get(group);
      const apart = newer ? (newer.created - created) / MINUTE : 0;
      if (!newer || apart <= rule.apartMinutes)
        return {
          verdict: 'within',
          reason: () => `run "${plain(run.name)}" is among the newest of key "${plain(key)}"`,
          scope: 'any',
        };
      return {
        verdict: 'over',
        reason: () =>
          `run "${plain(run.name)}" was created ${formatMinutes(apart)} before run "${plain(newer.name)}" of the same key "${plain(key)}", which is in flight (rule ${rule.id})`,
        scope: 'any',
      };
    };
  },
} satisfies RuleType<SupersededRule>;

/**
 * Prepares, for all superseded rules together, what finds the newest run in flight of each group of runs. What is being stopped replaces
 * nothing, whatever stops it. Only newer work replaces work, so one pass from the newest to the oldest settles what these rules
 * themselves stop.
 * @returns a function of the ARNs of what other rules stop; `replaced`: ARNs of the items that rules which stop replace
 */
export function replacing(
  rules: readonly SupersededRule[],
  items: readonly WorkItem[],
  isExempt: (item: WorkItem) => boolean,
): (stopped: ReadonlySet<string>) => {
  readonly newest: RuleContext['newest'];
  readonly replaced: ReadonlySet<string>;
} {
  const ordered = newestFirst(rules, items);
  return (stopped) => {
    const newest = new Map<string, Map<string, { readonly name: string; readonly created: number }>>(
      rules.map(({ id }) => [id, new Map()]),
    );
    const replaced = new Set<string>();
    for (const { item, run, created, groups } of ordered) {
      const isReplaced = groups.some(({ rule, group }) => {
        const newer = newest.get(rule.id)?.get(group);
        const apart = newer ? (newer.created - created) / MINUTE : 0;
        return apart > rule.apartMinutes && rule.mode !== 'observe';
      });
      if (isReplaced && !isExempt(item)) replaced.add(item.arn);
      else if (!stopped.has(item.arn))
        for (const { rule, group } of groups) {
          const known = newest.get(rule.id);
          if (known && !known.has(group)) known.set(group, { name: run.name, created });
        }
    }
    return { newest, replaced };
  };
}

/** Jobs in flight that belong to a group of runs, of which it is known when their run was created. */
function newestFirst(rules: readonly SupersededRule[], items: readonly WorkItem[]) {
  const groupOf = groups();
  const matching = rules.map((rule) => ({ rule, matches: matchesItem(rule.match), keyOf: keysOf(rule) }));
  return items
    .flatMap((item) => {
      const { run, usageAt: created, phase } = item;
      const isInFlight = phase === 'queued' || phase === 'started';
      if (!run || created === undefined || !isInFlight) return [];
      const own: { readonly rule: SupersededRule; readonly group: string }[] = [];
      for (const { rule, matches, keyOf } of matching) {
        const key = matches(item) ? keyOf(run) : undefined;
        const group = key === undefined ? undefined : groupOf(item, key);
        if (group !== undefined) own.push({ rule, group });
      }
      return own.length === 0 ? [] : { item, run, created, groups: own };
    })
    .sort((a, b) => b.created - a.created);
}

/** The key of a run, worked out once for each name. A run that names its key itself needs no pattern. */
export function keysOf({
  key: pattern,
}: SupersededRule): (run: Pick<Run, 'key' | 'name'>) => string | undefined {
  const byName = new Map<string, string | undefined>();
  const find = pattern === undefined ? undefined : keyFinder(pattern);
  return ({ key, name }) => {
    if (key !== undefined || !find) return key;
    if (!byName.has(name)) byName.set(name, find(name));
    return byName.get(name);
  };
}

function noKey({ key }: SupersededRule): string {
  const name = key === undefined ? '' : ` and its name is not like ${plain(key)}`;
  return `has no key: its run sets no AUTOSTOP_KEY${name}`;
}

/** The group to which an item of that key belongs. The jobs of a run come one after the other, so that most are in the last one's. */
function groups(): (item: WorkItem, key: string) => string | undefined {
  let [last, lastKey, group]: [WorkItem | undefined, string, string] = [undefined, '', ''];
  return (item, key) => {
    const { project, platform, testType } = item;
    if (platform === undefined || testType === undefined) return undefined;
    const isSame =
      key === lastKey &&
      project.arn === last?.project.arn &&
      platform === last.platform &&
      testType === last.testType;
    if (!isSame) group = `${project.arn}\n${platform}\n${testType}\n${key}`;
    [last, lastKey] = [item, key];
    return group;
  };
}

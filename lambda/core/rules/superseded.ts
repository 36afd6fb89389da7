import { matchesItem } from '../policy/match.ts';
import { keyOfName } from '../policy/run-name-key.ts';
import type { Rule, SupersededRule } from '../policy/schema.ts';
import { formatMinutes } from '../spend/money.ts';
import type { WorkItem } from '../work-item.ts';
import { type Finding, notApplicable } from './finding.ts';

/** The newest run in flight of a key. `created` is epoch milliseconds. */
interface NewestRun {
  readonly name: string;
  readonly created: number;
}

/** Of each superseded rule, by its id, the newest run in flight of each group of runs. */
export type NewestRuns = ReadonlyMap<string, ReadonlyMap<string, NewestRun>>;

/**
 * A job of a run that a newer run of the same key has replaced: what a cancelled build leaves behind. Runs replace each other
 * only within one project, platform and test type, and only when they were created more than `apartMinutes` apart: runs that
 * one build starts together belong together. What Device Farm does not tell makes no run newer. Sessions belong to no run.
 */
export function superseded(rule: SupersededRule, item: WorkItem, newest: NewestRuns): Finding {
  if (!item.run) return notApplicable('is a session; it belongs to no run');
  if (item.chargedAt === undefined) return notApplicable('does not say when its run was created');
  const key = keyOfName(rule.key, item.run.name);
  if (key === undefined) return notApplicable(`has no key: the name of its run is not like ${rule.key}`);
  const group = groupOf(item, key);
  if (group === undefined) return notApplicable('does not say its platform or test type');
  const run = newest.get(rule.id)?.get(group) ?? { name: item.run.name, created: item.chargedAt };
  const apart = (run.created - item.chargedAt) / 60_000;
  if (apart <= rule.apartMinutes) {
    return { verdict: 'within', reason: `run "${item.run.name}" is among the newest of key "${key}"` };
  }
  return {
    verdict: 'over',
    reason: `run "${item.run.name}" was created ${formatMinutes(apart)} before run "${run.name}" of the same key "${key}", which is in flight (rule ${rule.id})`,
    only: 'any',
  };
}

/** The newest runs of all superseded rules: those that have work in flight which the rule matches and nothing is stopping. */
export function newestRuns(rules: readonly Rule[], items: readonly WorkItem[]): NewestRuns {
  return new Map(
    rules.flatMap((rule) => (rule.type === 'superseded' ? [[rule.id, newestOf(rule, items)] as const] : [])),
  );
}

function newestOf(rule: SupersededRule, items: readonly WorkItem[]): ReadonlyMap<string, NewestRun> {
  const newest = new Map<string, NewestRun>();
  const keys = new Map<string, string | undefined>();
  for (const item of items) {
    const { run, chargedAt: created } = item;
    if (!run || created === undefined || !isUnderWay(item) || !matchesItem(rule.match, item)) continue;
    if (!keys.has(run.name)) keys.set(run.name, keyOfName(rule.key, run.name));
    const key = keys.get(run.name);
    const group = key === undefined ? undefined : groupOf(item, key);
    if (group === undefined) continue;
    if (created > (newest.get(group)?.created ?? Number.NEGATIVE_INFINITY))
      newest.set(group, { name: run.name, created });
  }
  return newest;
}

/** A run that is being stopped replaces nothing. */
function isUnderWay({ phase }: WorkItem): boolean {
  return phase === 'queued' || phase === 'started';
}

function groupOf({ project, platform, testType }: WorkItem, key: string): string | undefined {
  if (platform === undefined || testType === undefined) return undefined;
  return JSON.stringify([project.arn, platform, testType, key]);
}

import pMap from 'p-map';
import { minutesOf } from '../controls/controls.ts';
import type { WorkItem } from '../model.ts';
import { formatMinutes } from '../money.ts';
import { extendedBy } from '../rules/rule.ts';
import { factsOf } from '../stop/records.ts';
import { ids } from '../store/ids.ts';
import { iso, localTime, MINUTE } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { Assessment } from './assess.ts';
import { findCrossings } from './crossings.ts';

/** A stop that comes soon, and why; somebody may still extend the limit. */
export interface Warning {
  readonly item: WorkItem;
  readonly rule: string;
  readonly reason: string;
}

/** Minutes between sweeps where nobody says. */
const INTERVAL = 5;

/**
 * Warns of stops by rules that say so: in the last sweep that is at least `warnMinutes` before the stop, once for each limit of an item. The
 * moments are those at which the same `decide` will stop the work if nothing but time changes.
 * @returns those that were recorded for the first time
 */
export async function warnOfStops(
  { audit, crossings }: Pick<Services, 'audit' | 'crossings'>,
  {
    decideAt,
    readTags,
    controls,
    inventory,
  }: Pick<Assessment, 'decideAt' | 'readTags' | 'controls' | 'inventory'>,
  invocation: Invocation,
): Promise<readonly Warning[]> {
  const { policy, now, diagnostics } = invocation;
  const rules = policy.rules.flatMap((rule) =>
    rule.type === 'job-duration' && rule.warnMinutes !== undefined && rule.mode !== 'observe' ? [rule] : [],
  );
  const isHeld = controls.pause !== undefined || controls.unknown !== undefined;
  if (rules.length === 0 || policy.mode === 'observe' || isHeld) return [];
  const interval = crossings?.intervalMinutes ?? INTERVAL;
  const ahead = Math.max(...rules.map(({ warnMinutes = 0 }) => warnMinutes)) + interval;
  const extensions = minutesOf(controls.extensions, policy);
  const look = () =>
    findCrossings(decideAt, now, now + ahead * MINUTE).flatMap(({ at, decision: { item, rule: id } }) => {
      const rule = rules.find((one) => one.id === id);
      if (!rule || at - now > ((rule.warnMinutes ?? 0) + interval) * MINUTE) return [];
      const asItIs = inventory.items.find(({ arn }) => arn === item.arn) ?? item;
      return [{ at, item: asItIs, rule: rule.id, limit: rule.maxMinutes + extendedBy(item, extensions) }];
    });
  const first = look();
  // Tags are read of what would be stopped only, and they may keep it.
  const due = (await readTags(first.map(({ item }) => item))) ? look() : first;
  const written = await pMap(
    due,
    ({ at, item, rule, limit }) => {
      const reason = `it is stopped at ${momentText(at, policy.timezone)}, when it has run ${formatMinutes(limit)} (rule ${rule}), unless somebody extends the limit`;
      const record = audit.add({
        ...factsOf(item, policy.pricePerMeteredMinute),
        subject: item.arn,
        id: ids.warning(rule, limit),
        event: 'WarningSent',
        actor: 'schedule',
        rule,
        mode: policy.mode,
        policyVersion: invocation.policyVersion,
        sweepId: invocation.id,
        reason,
        details: { at: iso(at) },
      });
      const what = `${item.arn}: that people are warned could not be recorded`;
      return diagnostics
        .during(what, record, 'existed')
        .then((one) => (one === 'written' ? [{ item, rule, reason }] : []));
    },
    { concurrency: 8 },
  );
  return written.flat();
}

/** To the minute, such as `2026-11-23T12:00Z (13:00 in Europe/Berlin)`. */
function momentText(at: number, timezone: string): string {
  const utc = `${iso(at).slice(0, 16)}Z`;
  return timezone === 'UTC' ? utc : `${utc} (${iso(localTime(at, timezone)).slice(11, 16)} in ${timezone})`;
}

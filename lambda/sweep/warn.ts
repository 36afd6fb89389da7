import pMap from 'p-map';
import { minutesOf } from '../controls/controls.ts';
import type { AuditRecord, WorkItem } from '../model.ts';
import { formatMinutes } from '../money.ts';
import { digest, extendCommand, runLines, toldOf } from '../notify/lines.ts';
import { keyOfAll, tellOnce } from '../notify/notifications.ts';
import { extendedBy } from '../rules/rule.ts';
import { factsOf } from '../stop/records.ts';
import { ids } from '../store/ids.ts';
import { iso, localTime, MINUTE } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { Assessment } from './assess.ts';
import { findCrossings } from './crossings.ts';

/** A stop that comes soon; somebody may still extend the limit. */
interface Warning {
  readonly item: WorkItem;
  readonly rule: string;
  readonly reason: string;
  readonly record: AuditRecord;
}

/** Minutes between sweeps where nobody says. */
const INTERVAL = 5;
/** Audit records that are read or written at once. */
const AT_ONCE = 8;

/**
 * Warns of stops by rules that say so: in the last sweep that is at least `warnMinutes` before the stop, once for each limit of an item. One
 * notification for all of a sweep. What is not told yet is not recorded, so that the next sweep tells it.
 */
export async function warnOfStops(
  services: Services,
  assessment: Pick<Assessment, 'decideAt' | 'readTags' | 'controls' | 'inventory'>,
  invocation: Invocation,
): Promise<void> {
  const { diagnostics } = invocation;
  const due = await stopsAhead(services, assessment, invocation);
  const isTold = await pMap(
    due,
    async ({ record: { subject, id } }) => {
      const what = `${subject}: whether people are warned could not be read`;
      const known = await diagnostics.during(what, services.audit.of(subject, id), undefined);
      return !known || known.some((one) => one.id === id);
    },
    { concurrency: AT_ONCE },
  );
  const untold = due.filter((_, index) => !isTold[index]);
  if (untold.length === 0) return;
  const key = keyOfAll(
    'warning',
    untold.map(({ record }) => `${record.subject}#${record.id}`),
  );
  const projects = untold.map(({ item }) => item.project.name);
  const notification = { subject: `will stop ${untold.length}`, text: textOf(untold, invocation), projects };
  if (!(await tellOnce(services, key, notification, invocation))) return;
  await pMap(
    untold,
    ({ record }) =>
      diagnostics.during(
        `${record.subject}: that people are warned could not be recorded`,
        services.audit.add(record),
        undefined,
      ),
    { concurrency: AT_ONCE },
  );
}

/** The stops of which a sweep may warn. Their moments are those at which the same `decide` stops the work if nothing but time changes. */
async function stopsAhead(
  { crossings }: Pick<Services, 'crossings'>,
  {
    decideAt,
    readTags,
    controls,
    inventory,
  }: Pick<Assessment, 'decideAt' | 'readTags' | 'controls' | 'inventory'>,
  invocation: Invocation,
): Promise<readonly Warning[]> {
  const { policy, now } = invocation;
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
      const limit = rule.maxMinutes + extendedBy(item, extensions);
      return [warningOf({ ...asItIs, owner: item.owner }, { at, rule: rule.id, limit }, invocation)];
    });
  const first = look();
  // Tags are read of what would be stopped only, and they may keep it.
  return (await readTags(first.map(({ item }) => item))) ? look() : first;
}

function warningOf(
  item: WorkItem,
  { at, rule, limit }: { readonly at: number; readonly rule: string; readonly limit: number },
  { policy, policyVersion, id: sweepId }: Invocation,
): Warning {
  const reason = `it is stopped at ${momentText(at, policy.timezone)}, when it has run ${formatMinutes(limit)} (rule ${rule}), unless somebody extends the limit`;
  const record: AuditRecord = {
    ...factsOf(item, policy.pricePerMeteredMinute),
    subject: item.arn,
    id: ids.warning(rule, limit),
    event: 'WarningSent',
    actor: 'schedule',
    rule,
    mode: policy.mode,
    policyVersion,
    sweepId,
    reason,
    details: { at: iso(at) },
  };
  return { item, rule, reason, record };
}

/** Each with the command that extends its limit. */
function textOf(warnings: readonly Warning[], invocation: Invocation): string {
  const told = warnings.map(({ item: target, rule, reason }) =>
    toldOf({ stop: { target, rule, reason, scope: 'any', actor: 'schedule' }, reason }, invocation),
  );
  const lines = runLines(told, invocation, { exempts: false });
  const commands = warnings.flatMap(({ item }) => extendCommand(item.arn, invocation) ?? []);
  const section = {
    title: 'Will be stopped',
    count: warnings.length,
    lines: [...lines, ...commands.map((one) => `Extend it: ${one}`)],
  };
  return digest([section]) ?? '';
}

/** To the minute, such as `2026-11-23T12:00Z (13:00 in Europe/Berlin)`. */
function momentText(at: number, timezone: string): string {
  const utc = `${iso(at).slice(0, 16)}Z`;
  return timezone === 'UTC' ? utc : `${utc} (${iso(localTime(at, timezone)).slice(11, 16)} in ${timezone})`;
}

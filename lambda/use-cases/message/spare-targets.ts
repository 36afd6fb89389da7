import type { StopCommand } from '../../core/messages/command.ts';
import { HELD_ORDER_DAYS } from '../../core/steering/held-order.ts';
import { type Protection, taggableByArn } from '../../core/steering/protection.ts';
import type { Pause, Steering } from '../../core/steering/steering.ts';
import type { Cause } from '../../core/stops/cause.ts';
import { type Subject, stopHeldRecord } from '../../core/stops/stop-record.ts';
import type { AuditTrail, HeldOrders, Invocation, Log, Metrics, Tags } from '../../ports.ts';
import { Problems } from '../problems.ts';
import { readSteering } from '../safety/read-steering.ts';
import { TagReader } from '../safety/read-tags.ts';
import type { StopTarget } from '../stop/stop-order.ts';
import { holdOrders } from './hold-orders.ts';
import type { Resolution } from './resolve-targets.ts';

export interface SparePorts {
  readonly audit: AuditTrail;
  readonly tags: Tags;
  readonly heldOrders: Pick<HeldOrders, 'keep'>;
  readonly metrics: Metrics;
  readonly log: Log;
}

/**
 * Leaves out what an exemption by message or a tag protects from this command, at every delivery anew, and records it. Whoever
 * names a job, run or session means it; a project or the account is meant without its exempt work. What a pause holds of a
 * message of AWS is kept as an order, for the sweeps after it.
 * @throws AwsCallError when pauses and exemptions cannot be read: then nothing is stopped, and Lambda calls again
 */
export async function spareTargets(
  ports: SparePorts,
  command: StopCommand,
  resolution: Resolution,
  cause: Cause,
  invocation: Invocation,
): Promise<Resolution> {
  const heedsPause = command.from === 'aws' && cause.mode === 'enforce';
  const heedsExemptions = isBroad(command) && !command.ignoreExemptions;
  if (!heedsPause && !heedsExemptions) return resolution;
  const steering = await readSteering(ports.audit, invocation.now);
  const pause = heedsPause ? steering.pause : undefined;
  const protections = heedsExemptions
    ? await protectionsOf(ports, steering, pause ? [] : resolution.targets, invocation)
    : [];
  const judged = resolution.targets.map((target) => ({ target, why: exemption(target.arn, protections) }));
  const kept = judged.flatMap(({ target, why }) => (why === undefined ? [] : [{ item: target, why }]));
  for (const { item, why } of kept) await recordSpared(ports.audit, item, cause, why);
  const open = {
    ...resolution,
    targets: judged.flatMap(({ target, why }) => (why === undefined ? [target] : [])),
    kept: [...resolution.kept, ...kept],
  };
  return pause ? holdAll(ports, open, cause, pause) : open;
}

/** A pause loses no stop: all of them become orders for the sweeps after it. */
async function holdAll(
  ports: SparePorts,
  resolution: Resolution,
  cause: Cause,
  pause: Pause,
): Promise<Resolution> {
  const why = `${pause.sentence}; its stop is kept for ${HELD_ORDER_DAYS} days, and made by the first sweep after the pause that has room for it`;
  await holdOrders(ports, resolution.targets, { ...cause, rule: cause.rule ?? cause.actor }, 'paused', why);
  return { ...resolution, targets: [], held: resolution.targets.map(({ arn }) => ({ arn, why })) };
}

/** Records what the exemptions of the policy saved from this command. */
export async function recordExempt(
  audit: Pick<AuditTrail, 'add'>,
  { kept }: Resolution,
  cause: Cause,
): Promise<void> {
  for (const { item, why, exempt } of kept) {
    if (exempt) await recordSpared(audit, { arn: item.arn, subject: exempt }, cause, `kept by ${why}`);
  }
}

async function recordSpared(
  audit: Pick<AuditTrail, 'add'>,
  { arn, subject }: { readonly arn: string; readonly subject?: Partial<Subject> },
  cause: Cause,
  why: string,
): Promise<void> {
  if (cause.mode === 'observe') return;
  await audit.add(stopHeldRecord({ ...subject, subject: arn }, cause, 'exempt', why));
}

async function protectionsOf(
  { tags, metrics, log }: SparePorts,
  { exemptions }: Steering,
  targets: readonly StopTarget[],
  invocation: Invocation,
): Promise<readonly Protection[]> {
  const problems = new Problems();
  const reader = new TagReader(tags, invocation, problems);
  const open = targets.filter(({ arn }) => exemption(arn, exemptions) === undefined);
  await reader.read(open.flatMap(({ arn }) => taggableByArn(arn)));
  for (const problem of problems.all) log.warn('problem', { problem });
  if (problems.accessDenied > 0) metrics.count({ accessDenied: problems.accessDenied });
  return [...exemptions, ...reader.protections];
}

/** What keeps an item; absent when nothing does. */
function exemption(arn: string, protections: readonly Protection[]): string | undefined {
  const found = protections.find(({ target }) => taggableByArn(arn).includes(target));
  return found && `kept by ${found.sentence}`;
}

function isBroad({ target }: StopCommand): boolean {
  return target.kind === 'project' || target.kind === 'account';
}

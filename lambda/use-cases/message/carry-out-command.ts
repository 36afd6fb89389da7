import { parseArn } from '../../core/arn.ts';
import { CommandUnfinishedError } from '../../core/errors.ts';
import type { IncomingMessage } from '../../core/messages/command.ts';
import { digest } from '../../core/report/digest.ts';
import type { Cause } from '../../core/stops/cause.ts';
import type { Invocation, Log, Metrics, StopAllowance } from '../../ports.ts';
import { Problems } from '../problems.ts';
import { acceptedBefore } from '../safety/accepted-before.ts';
import { withinCap } from '../safety/within-cap.ts';
import type { StopTarget } from '../stop/stop-order.ts';
import { type OrderResult, stopOrders } from '../stop/stop-orders.ts';
import type { StopRunPorts } from '../stop/stop-run.ts';
import { type AnswerPorts, finish } from './answer-message.ts';
import { type HoldOrderPorts, holdOrders } from './hold-orders.ts';
import type { MessageResult } from './message-result.ts';
import type { MessageSettings } from './message-settings.ts';
import type { Resolution } from './resolve-targets.ts';

type CarryOutPorts = StopRunPorts &
  AnswerPorts &
  HoldOrderPorts & { readonly allowance: StopAllowance; readonly metrics: Metrics; readonly log: Log };

/**
 * Stops everything that a command means, and tells the outcome.
 * @throws CommandUnfinishedError when something of it is not done
 */
export async function carryOut(
  ports: CarryOutPorts,
  message: IncomingMessage,
  resolution: Resolution,
  cause: Cause,
  settings: MessageSettings,
  invocation: Invocation,
): Promise<MessageResult> {
  const { outcomes, held: overCap, why } = await stopTargets(ports, resolution, cause, settings, invocation);
  const held = [...(resolution.held ?? []), ...overCap.map(({ arn }) => ({ arn, why }))];
  for (const outcome of outcomes) ports.log.info('outcome', { ...outcome });
  for (const { item, why } of resolution.kept) ports.log.info('kept', { arn: item.arn, why });
  countOutcomes(ports.metrics, outcomes);
  demandDone(message, resolution, outcomes);
  const stopped = outcomes.filter(({ kind }) => kind === 'stopped').map(({ arn }) => arn);
  const byOrder = outcomes.filter(isStoppedByOrder);
  const answer = digest([
    { title: 'Stopped', lines: byOrder.map(({ arn }) => arn) },
    { title: 'Nothing to stop', lines: outcomes.filter((one) => !isStoppedByOrder(one)).map(textOf) },
    { title: 'Held back', lines: held.map(({ arn, why }) => `${arn}: ${why}`) },
    { title: 'Left alone', lines: resolution.kept.map(({ item, why }) => `${item.arn}: ${why}`) },
  ]);
  await finish(
    ports,
    message,
    `Device Farm manual stop: ${byOrder.length} stopped${held.length > 0 ? `, ${held.length} held back` : ''}`,
    `${cause.reason}\n\n${answer ?? 'There was nothing to stop.'}`,
  );
  const heldBack = held.map(({ arn }) => arn);
  return { status: 'done', stopped, wouldStop: [], ...(heldBack.length > 0 && { heldBack }) };
}

/** A person's order is carried out as a whole. A message of AWS stays within the cap; what that holds is left to the sweeps. */
async function stopTargets(
  ports: CarryOutPorts,
  resolution: Resolution,
  cause: Cause,
  settings: MessageSettings,
  invocation: Invocation,
): Promise<{ outcomes: readonly OrderResult[]; held: readonly StopTarget[]; why: string }> {
  const stopThem = (targets: readonly StopTarget[]) =>
    stopAll(ports, { ...resolution, targets }, cause, settings, invocation);
  const { rule } = cause;
  if (rule === undefined) return { outcomes: await stopThem(resolution.targets), held: [], why: '' };
  const problems = new Problems();
  const arns = resolution.targets.map(({ arn }) => arn);
  const accepted = await acceptedBefore(ports.audit, arns, await ports.openStops.all());
  const capped = await withinCap(
    ports.allowance,
    resolution.targets,
    { policy: settings.policy, invocation, isFree: ({ arn }) => accepted.has(arn) },
    problems,
    stopThem,
  );
  for (const problem of problems.all) ports.log.warn('problem', { problem });
  if (!capped.known) throw new CommandUnfinishedError(problems.all.join('; '));
  await holdOrders(ports, capped.held, { ...cause, rule }, 'cap', capped.why);
  return { outcomes: capped.results, held: capped.held, why: capped.why };
}

async function stopAll(
  ports: StopRunPorts,
  { targets, kept }: Resolution,
  cause: Cause,
  { policy }: MessageSettings,
  invocation: Invocation,
): Promise<readonly OrderResult[]> {
  const stopSettings = {
    now: invocation.now,
    pricePerMeteredMinute: policy.pricePerMeteredMinute,
    confirmWithinMinutes: policy.safety.confirmWithinMinutes,
    maxAttempts: policy.safety.maxAttempts,
  };
  const orders = targets.map((target) => ({ target, cause }));
  const spared = new Set(kept.flatMap(({ item }) => parseArn(item.arn)?.runArn ?? []));
  return stopOrders(ports, orders, stopSettings, invocation, spared);
}

/** Outcomes that leave something to do for a later delivery. */
const UNDONE: readonly OrderResult['kind'][] = ['failed', 'inProgress', 'outOfTime'];

function demandDone(
  { id }: IncomingMessage,
  { targets, unreadable }: Resolution,
  outcomes: readonly OrderResult[],
): void {
  const undone = outcomes.filter(({ kind }) => UNDONE.includes(kind));
  if (undone.length === 0 && unreadable.length === 0) return;
  throw new CommandUnfinishedError(
    `message ${id}: ${undone.length} of ${targets.length} stops are not done, ${unreadable.length} listings failed: ` +
      [...undone.map(textOf), ...unreadable].slice(0, 5).join('; '),
  );
}

function countOutcomes(metrics: Metrics, outcomes: readonly OrderResult[]): void {
  metrics.count({
    stops: outcomes.filter(({ kind }) => kind === 'stopped').length,
    failedStops: outcomes.filter(({ kind }) => kind === 'failed').length,
    accessDenied: outcomes.filter((outcome) => outcome.kind === 'failed' && outcome.accessDenied).length,
  });
}

/** Stopped by this delivery or by an earlier one of the same message. */
function isStoppedByOrder(outcome: OrderResult): boolean {
  return outcome.kind === 'stopped' || (outcome.kind === 'alreadyStopping' && outcome.byThisOrder === true);
}

function textOf(outcome: OrderResult): string {
  if (outcome.kind === 'outOfTime') return `${outcome.arn}: no time was left in this invocation`;
  return `${outcome.arn}: ${outcome.kind === 'failed' ? outcome.error : outcome.reason}`;
}

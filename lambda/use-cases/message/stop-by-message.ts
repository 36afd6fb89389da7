import type { IncomingMessage, StopCommand, Understanding } from '../../core/messages/command.ts';
import { isLate, understand } from '../../core/messages/operator-message.ts';
import type { Cause } from '../../core/stops/cause.ts';
import type {
  Commands,
  HeldOrders,
  Invocation,
  Log,
  Metrics,
  Notifier,
  StopAllowance,
  Tags,
  WatchedStops,
} from '../../ports.ts';
import type { StopPorts } from '../stop/stop-order.ts';
import { commandRecord, reject } from './answer-message.ts';
import { carryOut } from './carry-out-command.ts';
import type { MessageResult } from './message-result.ts';
import type { MessageSettings } from './message-settings.ts';
import { observe } from './observe-command.ts';
import { type Resolution, type ResolvePorts, resolveTargets } from './resolve-targets.ts';
import { recordExempt, spareTargets } from './spare-targets.ts';
import { steer } from './steer.ts';
import { wasReceived } from './was-received.ts';

export type MessagePorts = StopPorts &
  ResolvePorts & {
    readonly commands: Commands;
    readonly tags: Tags;
    readonly allowance: StopAllowance;
    readonly heldOrders: Pick<HeldOrders, 'keep'>;
    readonly watchedStops: Pick<WatchedStops, 'open'>;
    readonly notifier: Notifier;
    readonly metrics: Metrics;
    readonly log: Log;
  };

/**
 * Carries out a message to the manual-stop topic. Whatever is no clear order is answered, stops nothing and returns.
 * A message that comes again goes on where the first left off.
 * @throws CommandUnfinishedError when a stop that should be done could not be: Lambda then calls again
 */
export async function stopByMessage(
  ports: MessagePorts,
  message: IncomingMessage,
  settings: MessageSettings,
  invocation: Invocation,
): Promise<MessageResult> {
  const meaning = await meaningOf(ports, message, settings, invocation);
  ports.log.info('message understood', { messageId: message.id, ...describe(meaning) });
  if (meaning.kind === 'ignored') return { status: 'ignored', reason: meaning.reason };
  if (meaning.kind === 'rejected') return reject(ports, message, settings, meaning.reason);
  if (meaning.kind === 'steer') return steer(ports, message, meaning.command, settings);
  const before = await ports.commands.find(message.id);
  if (before?.done) return { status: 'doneBefore' };
  const { command } = meaning;
  await ports.audit.add(
    commandRecord('CommandReceived', message, settings, received(command), {
      ...command.target,
      include: command.include,
    }),
  );
  const request = { command, policy: settings.policy, invocation };
  const resolution: Resolution = before?.complete
    ? { targets: before.targets, kept: [], unreadable: [] }
    : await resolveTargets(ports, request);
  if (resolution.missing) return reject(ports, message, settings, resolution.missing);
  const cause = causeOf(command, message, settings);
  await recordExempt(ports.audit, resolution, cause);
  const fixed = before?.complete ? resolution : await fix(ports, message, resolution);
  const meant = await spareTargets(ports, command, fixed, cause, invocation);
  return cause.mode === 'observe'
    ? observe(ports, message, meant, cause, invocation.now)
    : carryOut(ports, message, meant, cause, settings, invocation);
}

/** A message that was taken on in time is finished, however late it comes again. */
async function meaningOf(
  { audit }: Pick<MessagePorts, 'audit'>,
  message: IncomingMessage,
  settings: MessageSettings,
  { now }: Invocation,
): Promise<Understanding> {
  const receivedBefore = isLate(message, now) && (await wasReceived(audit, message));
  return understand(message, { ...settings, now, receivedBefore });
}

/** The first complete list that was written for this message is the one that holds. */
async function fix(
  ports: MessagePorts,
  message: IncomingMessage,
  resolution: Resolution,
): Promise<Resolution> {
  const { targets, kept, unreadable } = resolution;
  const fixed = await ports.commands.fix(message.id, { targets, complete: unreadable.length === 0 });
  const known = new Map(targets.map((target) => [target.arn, target]));
  const meant = new Set(fixed.map(({ arn }) => arn));
  return {
    ...resolution,
    targets: fixed.map((target) => known.get(target.arn) ?? target),
    kept: kept.filter(({ item }) => !meant.has(item.arn)),
  };
}

function causeOf(
  command: StopCommand,
  { id }: IncomingMessage,
  { policy, policyVersion }: MessageSettings,
): Cause {
  return {
    actor: `sns:${id}`,
    rule: command.rule,
    reason: command.ignoreExemptions ? `${command.reason} (exempt work too)` : command.reason,
    only: command.include === 'queued' ? 'queued' : 'any',
    mode: command.from === 'aws' ? policy.mode : 'enforce',
    policyVersion,
    once: true,
  };
}

function received({ target, include, reason, ignoreExemptions }: StopCommand): string {
  const what = target.kind === 'account' ? `everything in account ${target.account}` : target.arn;
  return `stop ${include === 'queued' ? 'queued work of ' : ''}${what}${ignoreExemptions ? ', exempt work too' : ''}: ${reason}`;
}

function describe(meaning: ReturnType<typeof understand>): Readonly<Record<string, unknown>> {
  return 'command' in meaning ? { kind: meaning.kind, ...meaning.command } : meaning;
}

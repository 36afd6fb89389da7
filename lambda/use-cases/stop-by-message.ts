import pMap from 'p-map';
import { parseArn } from '../core/arn.ts';
import type { AuditRecord } from '../core/audit-record.ts';
import type { Cause } from '../core/cause.ts';
import type { IncomingMessage, StopCommand } from '../core/command.ts';
import { digest } from '../core/digest.ts';
import { CommandUnfinishedError } from '../core/errors.ts';
import { understand } from '../core/operator-message.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Policy } from '../core/policy/schema.ts';
import { subjectOf, wouldStopRecord } from '../core/stop-record.ts';
import type { Commands, Invocation, Log, Metrics, Notifier, Tellings } from '../ports.ts';
import { isolated, LAST_CALL } from './act.ts';
import { type Resolution, resolveTargets } from './resolve-targets.ts';
import { type StopPorts, type StopTarget, stop } from './stop.ts';
import type { InventoryPorts } from './take-inventory.ts';
import { tellOnce } from './tell-once.ts';

export type MessagePorts = StopPorts &
  Omit<InventoryPorts, 'keeper'> & {
    readonly commands: Commands;
    readonly tellings: Tellings;
    readonly notifier: Notifier;
    readonly metrics: Metrics;
    readonly log: Log;
  };

export interface MessageSettings {
  readonly accountId: string;
  readonly policy: Policy;
  readonly policyVersion: string;
}

/** What became of a message. */
export type MessageResult =
  | { readonly status: 'rejected' | 'ignored'; readonly reason: string }
  | { readonly status: 'doneBefore' }
  | { readonly status: 'done'; readonly stopped: readonly string[]; readonly wouldStop: readonly string[] };

/** Stops under way at once; stop calls refill at one per second. */
const STOPS_AT_ONCE = 4;

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
  const meaning = understand(message, { ...settings, now: invocation.now });
  ports.log.info('message understood', { messageId: message.id, ...describe(meaning) });
  if (meaning.kind === 'ignored') return { status: 'ignored', reason: meaning.reason };
  if (meaning.kind === 'rejected') return reject(ports, message, settings, meaning.reason);
  const before = await ports.commands.find(message.id);
  if (before?.done) return { status: 'doneBefore' };
  const { command } = meaning;
  await ports.audit.add(
    commandRecord('CommandReceived', message, settings, received(command), {
      ...command.target,
      include: command.include,
    }),
  );
  const resolution: Resolution = before
    ? { targets: before.targets.flatMap(asTarget), kept: [], unreadable: [] }
    : await resolveTargets(ports, command, settings.policy, invocation);
  if (resolution.missing) return reject(ports, message, settings, resolution.missing);
  const fixed =
    before || resolution.unreadable.length > 0 ? resolution : await fix(ports, message, resolution);
  const cause = causeOf(command, message, settings);
  return cause.mode === 'observe'
    ? observe(ports, message, fixed, cause, settings)
    : carryOut(ports, message, fixed, cause, settings, invocation);
}

/** The first list that was written for this message is the one that holds. */
async function fix(
  ports: MessagePorts,
  message: IncomingMessage,
  resolution: Resolution,
): Promise<Resolution> {
  const targets = await ports.commands.fix(
    message.id,
    resolution.targets.map(({ arn }) => arn),
  );
  const known = new Map(resolution.targets.map((target) => [target.arn, target]));
  return { ...resolution, targets: targets.flatMap((arn) => known.get(arn) ?? asTarget(arn)) };
}

async function carryOut(
  ports: MessagePorts,
  message: IncomingMessage,
  { targets, kept, unreadable }: Resolution,
  cause: Cause,
  { policy }: MessageSettings,
  invocation: Invocation,
): Promise<MessageResult> {
  const price = policy.pricePerMeteredMinute;
  const stopSettings = {
    now: invocation.now,
    pricePerMeteredMinute: price,
    confirmWithinMinutes: policy.safety.confirmWithinMinutes,
  };
  const outcomes = await pMap(
    targets,
    async ({ item, ...target }) =>
      invocation.msLeft() < LAST_CALL
        ? outOfTime(target.arn)
        : isolated(target.arn, () =>
            stop(ports, item ? { ...target, subject: subjectOf(item, price) } : target, cause, stopSettings),
          ),
    { concurrency: STOPS_AT_ONCE },
  );
  for (const outcome of outcomes) ports.log.info('outcome', { ...outcome });
  for (const { item, why } of kept) ports.log.info('kept', { arn: item.arn, why });
  countOutcomes(ports.metrics, outcomes);
  const undone = outcomes.filter(({ kind }) => kind === 'failed' || kind === 'inProgress');
  if (undone.length > 0 || unreadable.length > 0) {
    throw new CommandUnfinishedError(
      `message ${message.id}: ${undone.length} of ${targets.length} stops are not done, ${unreadable.length} listings failed: ` +
        [...undone.map(textOf), ...unreadable].slice(0, 5).join('; '),
    );
  }
  const stopped = outcomes.filter(({ kind }) => kind === 'stopped').map(({ arn }) => arn);
  const answer = digest([
    { title: 'Stopped', lines: stopped },
    { title: 'Nothing to stop', lines: outcomes.filter(({ kind }) => kind !== 'stopped').map(textOf) },
    { title: 'Left alone', lines: kept.map(({ item, why }) => `${item.arn}: ${why}`) },
  ]);
  await finish(
    ports,
    message,
    `Device Farm manual stop: ${stopped.length} stopped`,
    `${cause.reason}\n\n${answer ?? 'There was nothing to stop.'}`,
  );
  return { status: 'done', stopped, wouldStop: [] };
}

/** A budget or an alarm in observe mode: records what it would have stopped. */
async function observe(
  ports: MessagePorts,
  message: IncomingMessage,
  { targets, unreadable }: Resolution,
  cause: Cause,
  { policy }: MessageSettings,
): Promise<MessageResult> {
  for (const { arn, item } of targets) {
    const subject = item ? subjectOf(item, policy.pricePerMeteredMinute) : { subject: arn };
    await ports.audit.add(wouldStopRecord(subject, cause));
  }
  const wouldStop = targets.map(({ arn }) => arn);
  ports.metrics.count({ wouldStop: wouldStop.length });
  if (unreadable.length > 0)
    throw new CommandUnfinishedError(`message ${message.id}: ${unreadable.slice(0, 5).join('; ')}`);
  const text = digest([{ title: 'Would have stopped (observe mode)', lines: wouldStop }]);
  await finish(
    ports,
    message,
    `Device Farm manual stop: would stop ${wouldStop.length}`,
    `${cause.reason}\n\n${text ?? 'There was nothing to stop.'}`,
  );
  return { status: 'done', stopped: [], wouldStop };
}

async function finish(
  ports: MessagePorts,
  message: IncomingMessage,
  subject: string,
  text: string,
): Promise<void> {
  await tellOnce(ports, `command#${message.id}`, subject, `${text}\n\nMessage ${message.id}`);
  await ports.commands.finish(message.id);
}

async function reject(
  ports: MessagePorts,
  message: IncomingMessage,
  settings: MessageSettings,
  reason: string,
): Promise<MessageResult> {
  const text = `message ${message.id} stopped nothing: ${reason}`;
  await ports.audit.add(commandRecord('CommandRejected', message, settings, text));
  await tellOnce(ports, `command#${message.id}`, 'Device Farm manual stop: message rejected', text);
  return { status: 'rejected', reason };
}

function commandRecord(
  event: 'CommandReceived' | 'CommandRejected',
  { id }: IncomingMessage,
  { policy, policyVersion }: MessageSettings,
  reason: string,
  details?: Readonly<Record<string, unknown>>,
): AuditRecord {
  const record = {
    subject: 'guard',
    id: `${event}#${id}`,
    event,
    actor: `sns:${id}`,
    reason,
    mode: policy.mode,
    policyVersion,
  };
  return details ? { ...record, details } : record;
}

function causeOf(
  command: StopCommand,
  { id }: IncomingMessage,
  { policy, policyVersion }: MessageSettings,
): Cause {
  return {
    actor: `sns:${id}`,
    rule: command.rule,
    reason: command.reason,
    only: command.include === 'queued' ? 'queued' : 'any',
    mode: command.from === 'aws' ? policy.mode : 'enforce',
    policyVersion,
    once: true,
  };
}

function countOutcomes(metrics: Metrics, outcomes: readonly Outcome[]): void {
  metrics.count({
    stops: outcomes.filter(({ kind }) => kind === 'stopped').length,
    failedStops: outcomes.filter(({ kind }) => kind === 'failed').length,
    accessDenied: outcomes.filter((outcome) => outcome.kind === 'failed' && outcome.accessDenied).length,
  });
}

function asTarget(arn: string): StopTarget[] {
  const kind = parseArn(arn)?.kind;
  return kind === 'job' || kind === 'session' ? [{ kind, arn }] : [];
}

function outOfTime(arn: string): Outcome {
  return { kind: 'failed', arn, error: 'no time was left in this invocation', accessDenied: false };
}

function textOf(outcome: Outcome): string {
  return `${outcome.arn}: ${outcome.kind === 'failed' ? outcome.error : outcome.reason}`;
}

function received({ target, include, reason }: StopCommand): string {
  const what = target.kind === 'account' ? `everything in account ${target.account}` : target.arn;
  return `stop ${include === 'queued' ? 'queued work of ' : ''}${what}: ${reason}`;
}

function describe(meaning: ReturnType<typeof understand>): Readonly<Record<string, unknown>> {
  return meaning.kind === 'stop' ? { kind: 'stop', ...meaning.command } : meaning;
}

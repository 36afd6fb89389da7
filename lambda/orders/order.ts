import { controlRecord, readControls } from '../controls/controls.ts';
import type { AuditRecord, StopResult } from '../model.ts';
import {
  digest,
  harmless,
  pauseCommand,
  runLines,
  type Section,
  type Told,
  toldOf,
} from '../notify/lines.ts';
import { tellOnce } from '../notify/notifications.ts';
import type { Notification } from '../notify/topic.ts';
import { GUARD, ids } from '../store/ids.ts';
import { Snapshot } from '../store/state.ts';
import { iso } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import { CarryOut } from './carry-out.ts';
import { type IncomingMessage, type Meaning, refusal, type StopOrder } from './meaning.ts';
import { NO_MEMORY, ORDER, type OrderMemory, type OrderTarget, remember } from './memory.ts';
import { findKnown, findNamed, findNew, isBroad, type Search } from './targets.ts';
import { MAX_AGE, understand } from './understand.ts';

/** Part of the time that is left for stops: nothing is listed any more. */
const STOPPING_SHARE = 0.25;
const AGAIN =
  'Not done yet: AutoStop tries again every 5 minutes for up to 27 hours, and tells you when it is done.';

/** What became of a message. */
export interface OrderOutcome {
  /** `taken`: a pause or an exemption took effect. `notYet`: it is not finished, and the queue delivers it again. */
  readonly status: 'done' | 'notYet' | 'observed' | 'taken' | 'rejected' | 'ignored';
  readonly retry: boolean;
  readonly reason: string;
  /** ARNs that this delivery stopped. */
  readonly stopped: readonly string[];
}

/**
 * Carries out one delivery of a message. Whatever is no clear order is answered and stops nothing. An order that is not finished
 * says `retry`: the queue is its memory, and delivers it again.
 */
export async function handleOrder(
  services: Services,
  message: IncomingMessage,
  invocation: Invocation,
): Promise<OrderOutcome> {
  const { log, metrics } = services;
  const { diagnostics } = invocation;
  let outcome: OrderOutcome;
  try {
    outcome = await handle(services, message, invocation);
  } catch (error) {
    // A table that does not answer, or a mistake in the code: the order is not lost, and people learn why it waits.
    const reason = String(error);
    outcome = { status: 'notYet', retry: true, reason, stopped: [] };
    log.error('order failed', { messageId: message.id, error: reason });
    metrics.trouble(1);
    const text = `${AGAIN}\n\nThe message could not be carried out: ${harmless(reason)}`;
    await answer(services, message, 'notYet', { subject: 'message not carried out yet', text }, invocation);
  }
  for (const problem of diagnostics.problems.slice(0, 50)) log.warn('problem', { problem });
  metrics.trouble(diagnostics.accessDenied);
  const { stopped, ...rest } = outcome;
  log.info('order', { messageId: message.id, ...rest, stopped: stopped.slice(0, 50), count: stopped.length });
  return outcome;
}

async function handle(
  services: Services,
  message: IncomingMessage,
  invocation: Invocation,
): Promise<OrderOutcome> {
  const isLate = invocation.now - Date.parse(message.timestamp) > MAX_AGE;
  const receivedBefore = isLate && (await wasReceived(services, message));
  const meaning = understand(message, { ...invocation, receivedBefore });
  switch (meaning.kind) {
    case 'ignored':
      return { status: 'ignored', retry: false, reason: meaning.reason, stopped: [] };
    case 'rejected':
      return reject(services, message, meaning, invocation);
    case 'control':
      return control(services, message, meaning, invocation);
    case 'stop':
      return stop(services, message, meaning.order, invocation);
  }
}

/** Whether an earlier delivery was taken for an order: the audit trail has its record. */
async function wasReceived(
  { audit }: Pick<Services, 'audit'>,
  { id, timestamp }: IncomingMessage,
): Promise<boolean> {
  const { from } = ids.controlsSince(Date.parse(timestamp));
  const prefixes = [ids.order('CommandReceived', id), `${from}#`];
  const records = await Promise.all(prefixes.map((prefix) => audit.of(GUARD, prefix, () => undefined)));
  return records.flat().some((record) => record.id.endsWith(`#${id}`));
}

/** Answers a message that is no order, or none that can be carried out. */
async function reject(
  services: Services,
  message: IncomingMessage,
  meaning: Extract<Meaning, { kind: 'rejected' }>,
  invocation: Invocation,
): Promise<OrderOutcome> {
  const reason = refusal(meaning);
  await services.audit.add(recordOf('CommandRejected', message, invocation, reason));
  const subject = `${meaning.action ?? 'message'} refused`;
  const told = await answer(services, message, 'done', { subject, text: `${reason}.` }, invocation);
  return { status: 'rejected', retry: !told, reason: meaning.reason, stopped: [] };
}

/** Pauses, resumes, exempts or ends an exemption: the audit record itself is what AutoStop goes by. */
async function control(
  services: Services,
  message: IncomingMessage,
  { order, sentAt }: Extract<Meaning, { kind: 'control' }>,
  invocation: Invocation,
): Promise<OrderOutcome> {
  const record = controlRecord(order, { id: message.id, sentAt }, invocation);
  await services.audit.add(record);
  const { reason } = record;
  const controls = await readControls(services, invocation);
  const holds =
    controls.unknown !== undefined ||
    (order.action === 'pause'
      ? controls.pause !== undefined
      : order.action !== 'exempt' || controls.exemptions.some(({ target }) => target === order.target));
  const overtaken = holds ? '' : '\n\nIt is over already: a message that was sent later has ended it.';
  const subject = {
    pause: 'paused',
    resume: 'resumed',
    exempt: 'work is exempt',
    unexempt: 'an exemption is revoked',
  }[order.action];
  const told = await answer(
    services,
    message,
    'done',
    { subject: holds ? subject : `${order.action} is over already`, text: `${reason}.${overtaken}` },
    invocation,
  );
  return { status: 'taken', retry: !told, reason, stopped: [] };
}

async function stop(
  services: Services,
  message: IncomingMessage,
  order: StopOrder,
  invocation: Invocation,
): Promise<OrderOutcome> {
  const { audit, state } = services;
  const { diagnostics } = invocation;
  const received = recordOf('CommandReceived', message, invocation, sentenceOf(order), {
    ...order.target,
    include: order.scope === 'any' ? 'all' : order.scope,
  });
  const [known, snapshot] = await Promise.all([
    diagnostics.during(
      'what is known of the order could not be read',
      state.read(ORDER, message.id),
      undefined,
    ),
    diagnostics.during('the state table could not be read', state.load(), new Snapshot([], new Set())),
    audit.add(received),
  ]);
  const before = known?.value ?? NO_MEMORY;
  if (before.done) return { status: 'done', retry: false, reason: 'it was carried out before', stopped: [] };
  const carried = new CarryOut(
    services,
    { order, actor: `sns:${message.id}`, known: before.targets },
    snapshot,
    invocation,
  );
  const unreadable: string[] = [];
  const whole = invocation.msLeft();
  const search: Search = {
    order,
    farm: services.farm,
    isLate: () => invocation.msLeft() < whole * STOPPING_SHARE,
    snapshot,
    invocation,
    take: (found) => carried.take(found),
    unreadable: (what) => unreadable.push(what),
  };
  const { read, missing } = await find(search, before);
  const { targets, results } = await carried.finish();
  if (missing !== undefined && targets.size === 0)
    return reject(services, message, { kind: 'rejected', action: 'stop', reason: missing }, invocation);
  const memory = await remember(
    services,
    message.id,
    { targets: Object.fromEntries(targets), read, done: false },
    { diagnostics, known },
  );
  return conclude(services, message, { order, memory, results, unreadable }, invocation);
}

/** Finds what an order means, unless an earlier delivery has found all of it. Stops begin meanwhile. */
async function find(
  search: Search,
  { read }: OrderMemory,
): Promise<{ readonly read: readonly string[]; readonly missing?: string }> {
  if (read.includes(ALL)) return { read };
  let isComplete = true;
  const noted: Search = {
    ...search,
    unreadable: (what) => {
      isComplete = false;
      search.unreadable(what);
    },
  };
  const found = isBroad(search.order.target)
    ? await findNew(noted, await findKnown(noted), read)
    : { read: [], missing: await findNamed(noted) };
  return { ...found, read: isComplete ? [...found.read, ALL] : found.read };
}

/** Stands among the projects that were read: nothing is left to be found. */
const ALL = 'all';

const STOPPED = 'Stopped';
const WOULD_STOP = 'Would have stopped (observe mode)';

interface Carried {
  readonly order: StopOrder;
  readonly memory: OrderMemory;
  readonly results: readonly StopResult[];
  readonly unreadable: readonly string[];
}

/** Answers: once that it is not done yet, and once that it is done. */
async function conclude(
  services: Services,
  message: IncomingMessage,
  { order, memory, results, unreadable }: Carried,
  invocation: Invocation,
): Promise<OrderOutcome> {
  services.metrics.trouble(results.filter(({ kind }) => kind === 'failed').length);
  const stopped = results.filter(({ kind }) => kind === 'stopped').map(({ stop }) => stop.target.arn);
  const isObserved = order.rule !== undefined && invocation.policy.mode === 'observe';
  const sections = sectionsOf(memory, results, unreadable, invocation);
  const count = sections.find(({ title }) => title === (isObserved ? WOULD_STOP : STOPPED))?.count ?? 0;
  const text = [`${sentenceOf(order)}.`, digest(sections) ?? 'There was nothing to stop.'];
  const left = Object.values(memory.targets).filter(({ settled }) => !settled);
  if (left.length === 0 && unreadable.length === 0) {
    const subject = isObserved ? `order: would stop ${count}` : `order done: ${count} stopped`;
    const told = await answer(services, message, 'done', { subject, text: text.join('\n\n') }, invocation);
    if (told) await remember(services, message.id, { ...memory, done: true }, invocation);
    const reason = `${count} stopped`;
    return { status: isObserved ? 'observed' : 'done', retry: !told, reason, stopped };
  }
  const why = [
    ...new Set([...results.filter(({ retry }) => retry).map(({ reason }) => reason), ...unreadable]),
  ];
  const subject = `order not done yet: ${count} stopped, ${left.length} to do`;
  const pause = order.rule === undefined ? undefined : pauseCommand(invocation);
  await answer(
    services,
    message,
    'notYet',
    { subject, text: [AGAIN, ...text, ...(pause ? [`To pause: ${pause}`] : [])].join('\n\n') },
    invocation,
  );
  return { status: 'notYet', retry: true, reason: why.slice(0, 5).join('; '), stopped };
}

/** What became of the targets of all deliveries; work stopped by one call for its run counts by its jobs. */
function sectionsOf(
  { targets }: OrderMemory,
  results: readonly StopResult[],
  unreadable: readonly string[],
  invocation: Invocation,
): readonly Section[] {
  const now = new Map(results.map((result) => [result.stop.target.arn, result]));
  const all = Object.values(targets);
  const runsOfJobs = new Set(
    all.flatMap(({ target }) => (target.kind === 'job' && target.run ? [target.run.arn] : [])),
  );
  const shown = all.filter(({ target, settled }) => !settled || !runsOfJobs.has(target.arn));
  const list = (title: string, wanted: readonly OrderTarget[], exempts: boolean) => {
    const told = wanted.map(({ target, settled }): Told => {
      const reason = settled?.reason ?? now.get(target.arn)?.reason ?? 'no time was left';
      return toldOf({ stop: { target, reason, scope: 'any', actor: '' }, reason }, invocation);
    });
    return { title, lines: runLines(told, invocation, { exempts }), count: wanted.length };
  };
  const settledAs = (...kinds: readonly string[]) =>
    shown.filter(({ settled }) => settled && kinds.includes(settled.kind));
  return [
    list(STOPPED, settledAs('stopped'), false),
    list(WOULD_STOP, settledAs('observed'), true),
    list(
      'Not done yet',
      shown.filter(({ settled }) => !settled),
      true,
    ),
    { title: 'Could not be read', lines: unreadable, count: unreadable.length },
    list('Nothing to stop', settledAs('nothing'), false),
    list('Kept by exemptions', settledAs('exempt'), false),
    list('Left alone', settledAs('left'), false),
  ];
}

/** @returns `false`: it could not be sent, nor could anybody else */
function answer(
  services: Services,
  { id, timestamp }: IncomingMessage,
  what: 'notYet' | 'done',
  { subject, text }: Notification,
  invocation: Invocation,
): Promise<boolean> {
  const about = `Message ${id}, sent at ${Number.isNaN(Date.parse(timestamp)) ? 'an unknown time' : iso(Date.parse(timestamp))}`;
  return tellOnce(services, `order#${id}#${what}`, { subject, text: `${text}\n\n${about}` }, invocation);
}

/** The record of a message: one for each event, however often the message comes. */
function recordOf(
  event: 'CommandReceived' | 'CommandRejected',
  { id }: IncomingMessage,
  { policy, policyVersion }: Invocation,
  reason: string,
  details?: AuditRecord['details'],
): AuditRecord {
  return {
    subject: GUARD,
    id: ids.order(event, id),
    event,
    actor: `sns:${id}`,
    reason,
    mode: policy.mode,
    policyVersion,
    ...(details && { details }),
  };
}

function sentenceOf({ target, scope, reason, ignoreExemptions }: StopOrder): string {
  const what = target.kind === 'account' ? `everything in account ${target.account}` : target.arn;
  return `Stop ${scope === 'queued' ? 'queued work of ' : ''}${what}${ignoreExemptions ? ', exempt work too' : ''}: ${reason}`;
}

import { controlRecord, readControls } from '../controls/controls.ts';
import type { AuditRecord } from '../model.ts';
import { harmless } from '../notify/lines.ts';
import { GUARD, ids } from '../store/ids.ts';
import { Snapshot } from '../store/state.ts';
import type { Invocation, Services } from '../wiring.ts';
import { AGAIN, answer, conclude, sentenceOf } from './answers.ts';
import { CarryOut } from './carry-out.ts';
import { findKnown, findNamed, findNew } from './find.ts';
import { type IncomingMessage, type Meaning, type OrderOutcome, refusal, type StopOrder } from './meaning.ts';
import { NO_MEMORY, ORDER, type OrderMemory, remember } from './memory.ts';
import { isBroad, type Search } from './targets.ts';
import { MAX_AGE, understand } from './understand.ts';

/** Part of the time that is left for stops: nothing is listed any more. */
const STOPPING_SHARE = 0.25;

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
    await answer(
      services,
      message,
      { what: 'notYet', subject: 'message not carried out yet', text },
      invocation,
    );
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
  await services.audit.add(recordOf('CommandRejected', message, { reason }, invocation));
  const subject = `${meaning.action ?? 'message'} refused`;
  const told = await answer(services, message, { what: 'done', subject, text: `${reason}.` }, invocation);
  return { status: 'rejected', retry: !told, reason: meaning.reason, stopped: [] };
}

/** Pauses, resumes, exempts or ends an exemption: the audit record itself is what AutoStop goes by. */
async function control(
  services: Services,
  message: IncomingMessage,
  { order, sentAt }: Extract<Meaning, { kind: 'control' }>,
  invocation: Invocation,
): Promise<OrderOutcome> {
  const tooOften =
    order.action === 'extend' && (await extendedTooOften(services, order.target, message, invocation));
  if (tooOften)
    return reject(services, message, { kind: 'rejected', action: 'extend', reason: tooOften }, invocation);
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
    extend: 'a limit is extended',
  }[order.action];
  const told = await answer(
    services,
    message,
    {
      what: 'done',
      subject: holds ? subject : `${order.action} is over already`,
      text: `${reason}.${overtaken}`,
    },
    invocation,
  );
  return { status: 'taken', retry: !told, reason, stopped: [] };
}

/** Why a limit may not be extended once more; a message that was taken before may come again. */
async function extendedTooOften(
  services: Services,
  target: string,
  { id }: IncomingMessage,
  invocation: Invocation,
): Promise<string | undefined> {
  const { maxExtensions } = invocation.policy.manualStop;
  const { extensions } = await readControls(services, invocation);
  const known = extensions.get(target) ?? [];
  if (known.length < maxExtensions || known.some((one) => one.id === `message:${id}`)) return undefined;
  return `the limit of ${target} was extended ${known.length} times; manualStop.maxExtensions is ${maxExtensions}`;
}

async function stop(
  services: Services,
  message: IncomingMessage,
  order: StopOrder,
  invocation: Invocation,
): Promise<OrderOutcome> {
  const { audit, state } = services;
  const { diagnostics } = invocation;
  const received = recordOf(
    'CommandReceived',
    message,
    {
      reason: sentenceOf(order),
      details: { ...order.target, include: order.scope === 'any' ? 'all' : order.scope },
    },
    invocation,
  );
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

/** The record of a message: one for each event, however often the message comes. */
function recordOf(
  event: 'CommandReceived' | 'CommandRejected',
  { id }: IncomingMessage,
  { reason, details }: Pick<AuditRecord, 'reason' | 'details'>,
  { policy, policyVersion }: Invocation,
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

import { createHash } from 'node:crypto';
import type { ItemKind } from '../store/state.ts';
import { isRecord } from '../text.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { Notification } from './topic.ts';

/**
 * A notification on its way, by the key under which it is sent once: kept until the topic took it, so that another invocation can
 * send it. `at`: when it was claimed, epoch milliseconds. A notification that is older than this helps nobody.
 */
export const UNTOLD: ItemKind<Notification & { readonly at: number }> = {
  prefix: 'untold',
  days: 3,
  parse(value) {
    if (!isRecord(value)) return undefined;
    const { subject, text, at, projects = [] } = value;
    if (typeof subject !== 'string' || typeof text !== 'string' || typeof at !== 'number') return undefined;
    const names = Array.isArray(projects) ? projects : [];
    return { subject, text, at, projects: names.filter((name) => typeof name === 'string') };
  },
};

/** Each notification has a section there. */
const RUNBOOK = 'What to do: docs/runbook.md of AutoStop';

/** The key of one notification about several things: the same things have the same key. */
export function keyOfAll(kind: string, parts: readonly string[]): string {
  return `${kind}#${createHash('sha256').update(JSON.stringify(parts.toSorted())).digest('hex')}`;
}

/** What sending a notification needs. */
export type Tellers = Pick<Services, 'state' | 'topic'>;

/**
 * Sends a notification once per key: claimed and kept before, marked after. A failure is a diagnostic; then the next sweep
 * sends it.
 * @param notification its subject comes without the prefix that every subject has; `isNoted`: something else in state makes a
 * later sweep tell it if this invocation dies, so its text is kept only when the topic does not take it
 * @returns whether it was sent, now or before. Whoever is told that it was not asks again: somebody else may be sending it, and die.
 */
export async function tellOnce(
  services: Tellers,
  key: string,
  { subject, text, projects, isNoted = false }: Notification & { readonly isNoted?: boolean },
  invocation: Invocation,
): Promise<boolean> {
  const notification = {
    subject: `[AutoStop ${invocation.accountName}] ${subject}`,
    text: `${text}\n\n${RUNBOOK}`,
    ...(projects && { projects }),
  };
  const { diagnostics } = invocation;
  const claimed = await diagnostics.during(unsent(key), services.state.claim(key), undefined);
  if (claimed === 'told') return true;
  if (claimed === 'taken') return false;
  const keep = () => {
    const kept = services.state.put(UNTOLD, key, { ...notification, at: invocation.now });
    return diagnostics.during(`notification ${key} could not be kept`, kept, undefined);
  };
  if (claimed === undefined) {
    await keep();
    return false;
  }
  if (!isNoted) await keep();
  if (!(await publish(services, key, notification, invocation))) {
    if (isNoted) await keep();
    return false;
  }
  await mark(services, key, { isKept: !isNoted }, invocation);
  return true;
}

/** Sends what is claimed, marks it, and forgets its text. */
export async function send(
  services: Tellers,
  key: string,
  notification: Notification,
  invocation: Invocation,
): Promise<boolean> {
  if (!(await publish(services, key, notification, invocation))) return false;
  await mark(services, key, { isKept: true }, invocation);
  return true;
}

function publish(
  { topic }: Tellers,
  key: string,
  notification: Notification,
  invocation: Invocation,
): Promise<boolean> {
  const { subject, text, projects } = notification;
  const [event = key] = key.split('#');
  const published = topic.publish({ subject, text, projects, event }, invocation).then(() => true);
  return invocation.diagnostics.during(unsent(key), published, false);
}

async function mark(
  { state }: Tellers,
  key: string,
  { isKept }: { readonly isKept: boolean },
  { diagnostics }: Invocation,
): Promise<void> {
  const marked = state.done(key).then(() => (isKept ? state.remove(UNTOLD, key) : undefined));
  await diagnostics.during(`notification ${key} could not be marked as sent`, marked, undefined);
}

/** Forgets the text of what was told although its sender died before it could. */
export async function forgetText(
  { state }: Pick<Tellers, 'state'>,
  key: string,
  { diagnostics }: Invocation,
): Promise<void> {
  const removed = state.remove(UNTOLD, key);
  await diagnostics.during(`the text of notification ${key} could not be removed`, removed, undefined);
}

function unsent(key: string): string {
  return `notification ${key} could not be sent`;
}

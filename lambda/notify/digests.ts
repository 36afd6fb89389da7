import pMap from 'p-map';
import type { StoredAuditRecord } from '../model.ts';
import { isExemptHold } from '../store/ids.ts';
import type { ItemKind, Snapshot } from '../store/state.ts';
import { isRecord } from '../text.ts';
import type { Invocation, Services } from '../wiring.ts';
import { digest, pauseCommand, projectsOf, runSection, type Section, type Told } from './lines.ts';
import { forgetText, send, type Tellers, tellOnce, UNTOLD } from './notifications.ts';

/** A sweep that has not told yet what it does, and the ARNs of the work that this is about. Ids are sweep ids. */
const DIGEST: ItemKind<{ readonly at: number; readonly arns: readonly string[] }> = {
  prefix: 'digest',
  days: 3,
  parse(value) {
    if (!isRecord(value) || typeof value.at !== 'number' || !Array.isArray(value.arns)) return undefined;
    const { at, arns } = value;
    return arns.every((arn): arn is string => typeof arn === 'string') ? { at, arns } : undefined;
  },
};

/**
 * Notes what a sweep is about to stop or to record for the first time: if it dies before it tells that, a later one does.
 * @param arns of the work that its digest may be about
 * @returns whether it is noted
 */
export async function openDigest(
  { state }: Pick<Services, 'state'>,
  arns: readonly string[],
  { id, now, diagnostics }: Invocation,
): Promise<boolean> {
  if (arns.length === 0) return false;
  return diagnostics.during(
    'what this sweep does could not be noted; if it dies, nobody is told',
    state.put(DIGEST, id, { at: now, arns }).then(() => true),
    false,
  );
}

/**
 * Sends the digest of a sweep; then the note on the sweep goes. What could not be sent stays noted.
 * @param news `undefined`: there is nothing to tell; the subject comes without the prefix that every subject has
 * @param isNoted what `openDigest` returned
 */
export async function closeDigest(
  services: Tellers,
  news: { readonly subject: string; readonly sections: readonly Section[] } | undefined,
  { isNoted }: { readonly isNoted: boolean },
  invocation: Invocation,
): Promise<void> {
  const text = news && digest(news.sections);
  if (news && text !== undefined) {
    const { subject, sections } = news;
    const projects = projectsOf(sections);
    const told = { subject, text: `${text}\n\n${footer(invocation)}`, isNoted, projects };
    // Until it is told or kept elsewhere, the note is all that a later sweep has.
    if (!(await tellOnce(services, keyOf(invocation.id), told, invocation))) return;
  }
  if (isNoted) await forget(services, invocation.id, invocation);
}

/**
 * Tells what earlier invocations could not: notifications that the topic did not take, and stops of sweeps that died. It ends with
 * the first that the topic does not take.
 */
export async function tellLeftovers(
  services: Tellers & Pick<Services, 'audit'>,
  snapshot: Snapshot,
  invocation: Invocation,
): Promise<void> {
  const { diagnostics } = invocation;
  const untold = snapshot.all(UNTOLD);
  for (const [key, { value }] of untold) {
    if (!services.state.isStale(value.at)) continue;
    const claimed = await diagnostics.during(
      `notification ${key} could not be sent`,
      services.state.claim(key),
      'taken',
    );
    if (claimed === 'claimed' && !(await send(services, key, value, invocation))) return;
    if (claimed === 'told') await forgetText(services, key, invocation);
  }
  for (const [id, { value }] of snapshot.all(DIGEST)) {
    if (!services.state.isStale(value.at)) continue;
    if (!untold.has(keyOf(id)) && !(await tellDead(services, id, value.arns, invocation))) return;
    await forget(services, id, invocation);
  }
}

/** Tells what a dead sweep did, from the audit trail. `false`: it could not, and a later sweep tries again. */
async function tellDead(
  services: Tellers & Pick<Services, 'audit'>,
  id: string,
  arns: readonly string[],
  invocation: Invocation,
): Promise<boolean> {
  const reading = pMap(arns, (arn) => services.audit.of(arn, '', () => undefined), { concurrency: 8 });
  const histories = await invocation.diagnostics.during(
    `what sweep ${id} did could not be read`,
    reading,
    undefined,
  );
  if (!histories) return false;
  const own = histories.flat().filter(({ sweepId, event }) => sweepId === id && /^(Would)?Stop/.test(event));
  const accepted = own.filter(({ event }) => event === 'StopAccepted');
  const observed = own.filter(({ event }) => event === 'WouldStop');
  const held = own.filter(({ event, id: key }) => event === 'StopHeld' && !isExemptHold(key));
  const closed = new Set(own.filter(({ event }) => event !== 'StopRequested').map(keyOfAttempt));
  const open = own.filter((record) => !closed.has(keyOfAttempt(record)));
  const section = (title: string, records: readonly StoredAuditRecord[]) =>
    runSection(title, records.map(toTold), invocation);
  const sections = [
    section('Stopped', accepted),
    section('Failed', own.filter(isFailed)),
    section('Requested, outcome unknown', open),
    section('Would have stopped (observe mode)', observed),
    section('Held back', held),
  ];
  const text = digest(sections);
  if (text === undefined) return true;
  const counts = { stopped: accepted.length, held: held.length, observed: observed.length };
  const subject = `${headline(counts)} in a sweep that did not finish`;
  const told = {
    subject,
    text: `Sweep ${id} ended before it could tell this.\n\n${text}\n\n${footer(invocation)}`,
    projects: projectsOf(sections),
  };
  return tellOnce(services, keyOf(id), told, invocation);
}

/** What a sweep did, in the words of a subject. */
export function headline({
  stopped,
  held,
  observed,
}: Readonly<Record<'stopped' | 'held' | 'observed', number>>): string {
  if (stopped > 0 || held + observed === 0)
    return held > 0 ? `stopped ${stopped}, held back ${held}` : `stopped ${stopped}`;
  return held > 0 ? `held back ${held}` : `would stop ${observed}`;
}

function isFailed({ event }: StoredAuditRecord): boolean {
  return event === 'StopFailed';
}

function keyOfAttempt({ subject, attempt = 0 }: StoredAuditRecord): string {
  return `${subject}#${attempt}`;
}

function toTold({ subject, reason, project, run, device, owner, minutes, money }: StoredAuditRecord): Told {
  return { arn: subject, reason, project, run, device, owner, minutes, money };
}

async function forget(
  { state }: Pick<Services, 'state'>,
  id: string,
  { diagnostics }: Invocation,
): Promise<void> {
  await diagnostics.during(
    `the note on sweep ${id} could not be removed`,
    state.remove(DIGEST, id),
    undefined,
  );
}

/** How to hold AutoStop back, and what tells more. */
function footer(invocation: Invocation): string {
  const pause = pauseCommand(invocation);
  const { accountId, policyVersion, id } = invocation;
  return [
    ...(pause ? [`Let rules stop nothing for a while: ${pause}`] : []),
    `Account ${accountId}, policy ${policyVersion}, sweep ${id}`,
  ].join('\n');
}

function keyOf(sweepId: string): string {
  return `sweep#${sweepId}`;
}

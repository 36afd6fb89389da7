import pMap from 'p-map';
import type { Stop, StoredAuditRecord } from '../model.ts';
import type { ItemKind, Snapshot } from '../store/state.ts';
import { isRecord } from '../text.ts';
import type { Invocation, Services } from '../wiring.ts';
import { digest, pauseCommand, runLines, type Section, type Told } from './lines.ts';
import { forgetText, send, type Tellers, tellOnce, UNTOLD } from './notifications.ts';

/** A sweep that is stopping something and has not told it yet, and the ARNs of what it is stopping. Ids are sweep ids. */
const DIGEST: ItemKind<{ readonly at: number; readonly arns: readonly string[] }> = {
  prefix: 'digest',
  days: 3,
  parse(value) {
    if (!isRecord(value) || typeof value.at !== 'number' || !Array.isArray(value.arns)) return undefined;
    const { at, arns } = value;
    return arns.every((arn): arn is string => typeof arn === 'string') ? { at, arns } : undefined;
  },
};

/** What a sweep has to tell; its subject comes without the prefix that every subject has. */
export interface Digest {
  readonly subject: string;
  readonly sections: readonly Section[];
  /** `openDigest` noted the sweep: if this invocation dies, a later one tells it. */
  readonly isNoted: boolean;
}

/** Notes what a sweep is about to stop, before its first stop: if it dies, the next sweep tells it. */
export async function openDigest(
  { state }: Pick<Services, 'state'>,
  stops: readonly Stop[],
  { id, now, diagnostics }: Invocation,
): Promise<void> {
  const arns = stops.map(({ target }) => target.arn);
  await diagnostics.during(
    'what this sweep stops could not be noted; if it dies, nobody is told',
    state.put(DIGEST, id, { at: now, arns }),
    undefined,
  );
}

/**
 * Sends the digest of a sweep; then the note on the sweep goes. What could not be sent stays noted.
 * @param sweepDigest `undefined`: the sweep wanted to stop nothing, and has nothing to tell
 */
export async function closeDigest(
  services: Tellers,
  sweepDigest: Digest | undefined,
  invocation: Invocation,
): Promise<void> {
  if (!sweepDigest) return;
  const { subject, sections, isNoted } = sweepDigest;
  const text = digest(sections);
  if (text !== undefined) {
    const told = { subject, text: `${text}\n\n${footer(invocation)}`, isNoted };
    // Until it is told or kept elsewhere, the note is all that a later sweep has.
    if (!(await tellOnce(services, keyOf(invocation.id), told, invocation))) return;
  }
  await forget(services, invocation.id, invocation);
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
    `what sweep ${id} stopped could not be read`,
    reading,
    undefined,
  );
  if (!histories) return false;
  const own = histories.flat().filter(({ sweepId, event }) => sweepId === id && event.startsWith('Stop'));
  const accepted = own.filter(({ event }) => event === 'StopAccepted');
  const closed = new Set(own.filter(({ event }) => event !== 'StopRequested').map(keyOfAttempt));
  const open = own.filter((record) => !closed.has(keyOfAttempt(record)));
  const sections = [
    { title: 'Stopped', lines: runLines(accepted.map(toTold), invocation) },
    { title: 'Failed', lines: runLines(own.filter(isFailed).map(toTold), invocation) },
    { title: 'Requested, outcome unknown', lines: runLines(open.map(toTold), invocation) },
  ];
  const text = digest(sections);
  if (text === undefined) return true;
  const subject = `stopped ${accepted.length} in a sweep that did not finish`;
  const told = {
    subject,
    text: `Sweep ${id} ended before it could tell this.\n\n${text}\n\n${footer(invocation)}`,
  };
  return tellOnce(services, keyOf(id), told, invocation);
}

function isFailed({ event }: StoredAuditRecord): boolean {
  return event === 'StopFailed';
}

function keyOfAttempt({ subject, attempt = 0 }: StoredAuditRecord): string {
  return `${subject}#${attempt}`;
}

function toTold({ subject, reason, project, run, device, minutes, money }: StoredAuditRecord): Told {
  return { arn: subject, reason, project, run, device, minutes, money };
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

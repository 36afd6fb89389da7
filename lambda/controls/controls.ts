import type { AuditRecord, StoredAuditRecord } from '../model.ts';
import type { Exemption } from '../policy/exemption.ts';
import type { Policy } from '../policy/schema.ts';
import { LONGEST_CONTROL_DAYS } from '../store/audit-trail.ts';
import { type ControlEvent, GUARD, ids, isControlEvent } from '../store/ids.ts';
import { assertNever, isRecord } from '../text.ts';
import { DAY, iso, parseInstant } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';

/** What people asked for by message, at one moment. */
export interface Controls {
  /** Rules and AWS messages stop nothing while there is one. */
  readonly pause?: {
    readonly until: number;
    /** Such as `paused until 2026-11-24T12:00:00.000Z (ada asked by message: store release)`. */
    readonly reason: string;
  };
  readonly exemptions: readonly Exemption[];
  /** By the ARN of a job, session or run, each message that extended its limit: its id and the minutes. */
  readonly extensions: ReadonlyMap<string, readonly { readonly id: string; readonly minutes: number }[]>;
  /** Why pauses and exemptions are not known. Until they are, nothing may be stopped by a rule. */
  readonly unknown?: string;
}

/**
 * The minutes by which limits are extended, by ARN. Only the first messages count, as many as the policy allows: two that are taken at
 * the same moment do not see each other.
 */
export function minutesOf(
  extensions: Controls['extensions'],
  { manualStop: { maxExtensions } }: Pick<Policy, 'manualStop'>,
): ReadonlyMap<string, number> {
  const sum = (all: number, { minutes }: { readonly minutes: number }) => all + minutes;
  return new Map([...extensions].map(([arn, own]) => [arn, own.slice(0, maxExtensions).reduce(sum, 0)]));
}

/** What an order says that pauses AutoStop, exempts work or extends a limit. Times are epoch milliseconds. */
export type Control = (
  | { readonly action: 'pause'; readonly until: number }
  | { readonly action: 'resume' }
  /** `target`: the ARN of a run, a project or a session. */
  | { readonly action: 'exempt'; readonly target: string; readonly until: number }
  | { readonly action: 'unexempt'; readonly target: string }
  /** `target`: the ARN of a job, a session or a run. */
  | { readonly action: 'extend'; readonly target: string; readonly minutes: number }
) & {
  /** Who asked, and why. */
  readonly words: string;
};

const EVENTS: Readonly<Record<Control['action'], ControlEvent>> = {
  pause: 'GuardPaused',
  resume: 'GuardResumed',
  exempt: 'ExemptionGranted',
  unexempt: 'ExemptionRevoked',
  extend: 'LimitExtended',
};

/** Pauses and exemptions by message. Only records that can still hold are read. */
export async function readControls(
  { audit }: Pick<Services, 'audit'>,
  { now, diagnostics }: Pick<Invocation, 'now' | 'diagnostics'>,
): Promise<Controls> {
  const onMalformed = (what: string) => diagnostics.note(`${what}; it is left out`);
  const reading = audit.controlsSince(now - LONGEST_CONTROL_DAYS * DAY, onMalformed);
  const unknown = 'pauses and exemptions could not be read';
  const records = await diagnostics.during(unknown, reading, undefined);
  return records ? controlsAt(records, now, onMalformed) : { exemptions: [], extensions: new Map(), unknown };
}

/** A record taken apart. */
type Sent = Control & { readonly sentAt: number; readonly id: string };

/**
 * What holds at `now`. Records count by the time of sending: a resume ends every pause that was sent before it, a revocation
 * every exemption of its target, in whatever order they were written. Of several the longest holds.
 */
export function controlsAt(
  records: readonly StoredAuditRecord[],
  now: number,
  onMalformed: (what: string) => void,
): Controls {
  let resumedAt = Number.NEGATIVE_INFINITY;
  const revokedAt = new Map<string, number>();
  const extensions = new Map<string, { readonly id: string; readonly minutes: number }[]>();
  const sent: Sent[] = [];
  for (const record of records) {
    const one = sentIn(record);
    if (!one) onMalformed(`audit record ${record.subject} ${record.id} is malformed`);
    else if (one.action === 'resume') resumedAt = Math.max(resumedAt, one.sentAt);
    else if (one.action === 'unexempt')
      revokedAt.set(one.target, Math.max(revokedAt.get(one.target) ?? one.sentAt, one.sentAt));
    else if (one.action === 'extend')
      extensions.set(one.target, [
        ...(extensions.get(one.target) ?? []),
        { id: one.id, minutes: one.minutes },
      ]);
    else if (one.until > now) sent.push(one);
  }
  let pause: (Sent & { readonly action: 'pause' }) | undefined;
  const exemptions = new Map<string, Exemption>();
  for (const one of sent) {
    if (one.action === 'pause') {
      if (one.sentAt > resumedAt && one.until > (pause?.until ?? 0)) pause = one;
    } else if (one.action === 'exempt') {
      const revoked = one.sentAt <= (revokedAt.get(one.target) ?? Number.NEGATIVE_INFINITY);
      if (!revoked && one.until > (exemptions.get(one.target)?.until ?? 0))
        exemptions.set(one.target, exemptionOf(one));
    }
  }
  return {
    ...(pause && {
      pause: { until: pause.until, reason: `paused until ${iso(pause.until)} (${pause.words})` },
    }),
    exemptions: [...exemptions.values()],
    extensions,
  };
}

function exemptionOf({ id, target, until, words }: Sent & { readonly action: 'exempt' }): Exemption {
  return { id, target, until, why: `exemption ${id} until ${iso(until)} (${words})` };
}

/** `undefined`: it is none, or says too little. */
function sentIn({ id, event, actor, details }: StoredAuditRecord): Sent | undefined {
  if (!isControlEvent(event) || !isRecord(details)) return undefined;
  const [time = '', , messageId = ''] = id.split('#');
  const sentAt = Date.parse(time);
  if (Number.isNaN(sentAt)) return undefined;
  const { target, minutes, words = actor } = details;
  const until = typeof details.until === 'string' ? parseInstant(details.until) : undefined;
  if (typeof words !== 'string') return undefined;
  const common = { sentAt, id: `message:${messageId}`, words };
  switch (event) {
    case 'GuardResumed':
      return { ...common, action: 'resume' };
    case 'GuardPaused':
      return until === undefined ? undefined : { ...common, action: 'pause', until };
    case 'ExemptionRevoked':
      return typeof target === 'string' ? { ...common, action: 'unexempt', target } : undefined;
    case 'ExemptionGranted':
      return typeof target === 'string' && until !== undefined
        ? { ...common, action: 'exempt', target, until }
        : undefined;
    case 'LimitExtended':
      return typeof target === 'string' && typeof minutes === 'number' && minutes > 0
        ? { ...common, action: 'extend', target, minutes }
        : undefined;
    default:
      return assertNever(event);
  }
}

/** The record by which a pause or an exemption takes effect: one for each message, however often it comes. */
export function controlRecord(
  control: Control,
  { id, sentAt }: { readonly id: string; readonly sentAt: number },
  { policy, policyVersion }: Pick<Invocation, 'policy' | 'policyVersion'>,
): AuditRecord {
  const event = EVENTS[control.action];
  const details = {
    ...('target' in control && { target: control.target }),
    ...('until' in control && { until: iso(control.until) }),
    ...('minutes' in control && { minutes: control.minutes }),
    words: control.words,
    sentAt: iso(sentAt),
  };
  return {
    subject: GUARD,
    id: ids.control(sentAt, event, id),
    event,
    actor: `sns:${id}`,
    reason: `${effectOf(control)} (${control.words})`,
    mode: policy.mode,
    policyVersion,
    details,
  };
}

/** What holds from now on, for the audit trail and for the person who asked. */
function effectOf(control: Control): string {
  switch (control.action) {
    case 'pause':
      return `rules and AWS messages stop nothing until ${iso(control.until)}, or until somebody resumes; orders of people act`;
    case 'resume':
      return 'rules and AWS messages stop work again; every pause that was sent before is over';
    case 'exempt':
      return `${control.target} is exempt until ${iso(control.until)}`;
    case 'unexempt':
      return `exemptions of ${control.target} by message that were sent before are revoked; those of the policy and of tags stay`;
    case 'extend':
      return `${control.target} may run ${control.minutes} min longer than its rules allow`;
    default:
      return assertNever(control);
  }
}

import type { StoredAuditRecord } from '../../core/audit-record.ts';
import type { Job, Session } from '../../core/service.ts';
import { formatMinutes } from '../../core/spend/money.ts';
import type { Cause } from '../../core/stops/cause.ts';
import { type LiveState, liveState } from '../../core/stops/live-state.ts';
import { lastAttempt, nextStep } from '../../core/stops/next-step.ts';
import type { AuditTrail, DeviceFarm, OpenStop, OpenStops } from '../../ports.ts';
import { readLive } from '../stop/read-live.ts';
import type { StopOrder, StopSettings } from '../stop/stop-order.ts';
import { addRecord, confirmEnd, type EndSettings, hasOutcome } from './confirm-end.ts';

export interface ConfirmPorts {
  readonly farm: Pick<DeviceFarm, 'job' | 'session'>;
  readonly audit: AuditTrail;
  readonly openStops: OpenStops;
}

export type ConfirmSettings = StopSettings & EndSettings;

/** A stop that should have had its effect by now. */
export interface WithoutEffect {
  readonly requested: StoredAuditRecord;
  /** How long it has been waited for, and how the work stands. */
  readonly sentence: string;
}

/** What following one requested stop showed. */
export type Confirmation =
  | { readonly kind: 'confirmed' | 'closed' | 'waiting' }
  /** To be asked again. `last`: by a stop of the whole run or not at all. */
  | ({ readonly kind: 'again'; readonly order: StopOrder; readonly last: boolean } & WithoutEffect)
  /** Nothing is left to try. */
  | ({ readonly kind: 'escalate'; readonly told: boolean } & WithoutEffect)
  | { readonly kind: 'overdue'; readonly problem: string }
  | { readonly kind: 'unreadable'; readonly problem: string; readonly accessDenied: boolean };

/**
 * Follows one stop that was requested to its end, also one whose process died in between, and says what is to be done when it
 * has no effect. Whatever it finds missing in the audit trail it adds. `seen` spares the read when the sweep has just listed
 * the item.
 * @throws AwsCallError when a table does not answer
 */
export async function confirm(
  ports: ConfirmPorts,
  open: OpenStop,
  seen: Job | Session | undefined,
  settings: ConfirmSettings,
): Promise<Confirmation> {
  const known = { ...settings, billing: open.billing };
  const live = seen ? liveState(seen, known) : await readLive(ports.farm, open, known);
  const history = await ports.audit.of(open.arn);
  const requested = lastAttempt(history);
  if (!requested) return dropOrWait(ports, open, settings);
  if (live.state === 'ended') {
    const kind = await confirmEnd(ports, open, live, requested, history, settings);
    return close(ports, open, kind);
  }
  if (live.state === 'stopping' && !hasOutcome(history, requested.attempt)) {
    const reason = 'Device Farm shows STOPPING; no reply to the request is on record';
    await addRecord(ports, requested, 'StopAccepted', reason, settings);
    return { kind: 'waiting' };
  }
  return withoutEffect(ports, open, live, requested, history, settings);
}

/** A note whose intent was never written stands for nothing, unless somebody is writing it at this moment. */
function dropOrWait(
  ports: ConfirmPorts,
  open: OpenStop,
  { now, confirmWithinMinutes }: ConfirmSettings,
): Promise<Confirmation> | Confirmation {
  const waited = (now - open.requestedAt) / 60_000;
  return waited > confirmWithinMinutes ? close(ports, open, 'closed') : { kind: 'waiting' };
}

async function withoutEffect(
  ports: ConfirmPorts,
  open: OpenStop,
  live: Exclude<LiveState, { state: 'ended' }>,
  requested: StoredAuditRecord,
  history: readonly StoredAuditRecord[],
  settings: ConfirmSettings,
): Promise<Confirmation> {
  const unseen = live.state === 'unreadable' || live.state === 'unknown';
  const step = nextStep(history, unseen ? 'unseen' : 'seen', settings);
  const seen = sightOf(live);
  if (step.kind === 'wait') return live.state === 'unreadable' ? unreadable(open, live) : { kind: 'waiting' };
  const sentence = `a stop was ${step.accepted ? 'accepted' : 'requested'} ${formatMinutes(step.waited)} ago and ${seen}`;
  const problem = `${open.arn}: ${sentence}`;
  if (step.kind === 'escalate') return { kind: 'escalate', requested, told: step.told, sentence };
  if (live.state === 'unreadable') return unreadable(open, live);
  if (step.kind === 'unseen') return { kind: 'overdue', problem };
  if (open.only === 'queued' && live.state === 'started') {
    const reason = `has started meanwhile (${live.status}); only queued work was to be stopped`;
    await addRecord(ports, requested, 'StopSkipped', reason, settings);
    return close(ports, open, 'closed');
  }
  const last = step.kind === 'lastTry';
  const first = history.find(({ event }) => event === 'StopRequested') ?? requested;
  const how = last ? 'by stopping its run' : `attempt ${step.number} of ${settings.maxAttempts}`;
  const reason = `asked again (${how}): ${sentence}; wanted: ${first.reason}`;
  const only = live.state === 'stopping' ? 'any' : (open.only ?? 'any');
  return {
    kind: 'again',
    last,
    requested,
    sentence,
    order: retryOf(open, first, { reason, only }, settings),
  };
}

function sightOf(live: Exclude<LiveState, { state: 'ended' }>): string {
  if (live.state === 'unreadable') return `how it stands could not be read: ${live.error.name}`;
  return live.state === 'unknown' ? live.reason : `it is ${live.status}`;
}

function unreadable({ arn }: OpenStop, { error }: Extract<LiveState, { state: 'unreadable' }>): Confirmation {
  return {
    kind: 'unreadable',
    problem: `${arn}: whether its stop took effect could not be read: ${error.name}`,
    accessDenied: error.kind === 'accessDenied',
  };
}

/** The first request once more, in the name of the schedule. */
function retryOf(
  { arn, kind, billing, timeoutMinutes }: OpenStop,
  { project, run, device, rule, mode }: StoredAuditRecord,
  why: Pick<Cause, 'reason' | 'only'>,
  { policyVersion, sweepId }: ConfirmSettings,
): StopOrder {
  return {
    // The names stay those of the request: a job alone knows only ARNs.
    target: { kind, arn, subject: { project, run, device }, billing, timeoutMinutes },
    cause: { ...why, actor: 'schedule', rule, mode, policyVersion, sweepId },
  };
}

async function close(
  ports: Pick<ConfirmPorts, 'openStops'>,
  open: OpenStop,
  kind: 'confirmed' | 'closed',
): Promise<Confirmation> {
  await ports.openStops.close(open.arn);
  return { kind };
}

import type { StoredAuditRecord } from '../core/audit-record.ts';
import { elapsedSince, type LiveState, liveState } from '../core/live-state.ts';
import type { Job, Session } from '../core/service.ts';
import { formatMinutes, formatUsd } from '../core/spend/money.ts';
import { stopRecord } from '../core/stop-record.ts';
import type { AuditTrail, DeviceFarm, OpenStop, OpenStops } from '../ports.ts';
import { readLive } from './read-live.ts';

export interface ConfirmPorts {
  readonly farm: Pick<DeviceFarm, 'job' | 'session'>;
  readonly audit: AuditTrail;
  readonly openStops: OpenStops;
}

export interface ConfirmSettings {
  readonly confirmWithinMinutes: number;
  readonly pricePerMeteredMinute: number;
  readonly policyVersion: string;
  readonly sweepId: string;
  readonly now: number;
}

/** What following one requested stop showed. */
export type Confirmation =
  | { readonly kind: 'confirmed' | 'closed' | 'waiting' }
  | { readonly kind: 'overdue'; readonly problem: string }
  | { readonly kind: 'unreadable'; readonly problem: string; readonly accessDenied: boolean };

/**
 * Follows one stop that was requested to its end, also one whose process died in between. Whatever it finds missing in
 * the audit trail it adds. `seen` spares the read when the sweep has just listed the item.
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
  if (live.state === 'unreadable') {
    return {
      kind: 'unreadable',
      problem: `${open.arn}: whether its stop took effect could not be read: ${live.error.name}`,
      accessDenied: live.error.kind === 'accessDenied',
    };
  }
  const history = await ports.audit.of(open.arn);
  const requested = history.find(
    ({ event, attempt }) => event === 'StopRequested' && attempt === open.attempt,
  );
  const waited = (settings.now - open.requestedAt) / 60_000;
  if (!requested)
    return waited > settings.confirmWithinMinutes ? close(ports, open, 'closed') : { kind: 'waiting' };
  if (live.state === 'ended') return end(ports, open, live, requested, history, settings);
  if (live.state === 'stopping' && !outcomeOf(history, open.attempt)) {
    await add(
      ports,
      requested,
      'StopAccepted',
      'Device Farm shows STOPPING; no reply to the request is on record',
      settings,
    );
  }
  if (waited <= settings.confirmWithinMinutes) return { kind: 'waiting' };
  const now = live.state === 'unknown' ? live.reason : `it is ${live.status}`;
  return {
    kind: 'overdue',
    problem: `${open.arn}: a stop was requested ${formatMinutes(waited)} ago and ${now}`,
  };
}

/** COMPLETED with result STOPPED is our stop taking effect; with another result the work finished by itself. */
async function end(
  ports: ConfirmPorts,
  open: OpenStop,
  live: Extract<LiveState, { state: 'ended' }>,
  requested: StoredAuditRecord,
  history: readonly StoredAuditRecord[],
  settings: ConfirmSettings,
): Promise<Confirmation> {
  const accepted = outcomeOf(history, open.attempt);
  if (live.result !== 'STOPPED') {
    await add(ports, requested, 'StopSkipped', `${live.reason}; nothing was avoided by the stop`, settings);
    return close(ports, open, 'closed');
  }
  if (!accepted) {
    await add(
      ports,
      requested,
      'StopAccepted',
      'Device Farm shows it stopped; no reply to the request is on record',
      settings,
    );
  }
  const seconds = secondsBetween(accepted?.at ?? requested.at, live.stoppedAt);
  const used = live.subject?.minutes;
  const bill = used ? ` after ${formatMinutes(used.total)}, ${formatUsd(live.subject?.money ?? 0)}` : '';
  const took = seconds === undefined ? '' : `, ${seconds} s after the request was accepted`;
  await add(
    ports,
    // The names stay those of the request: a job alone knows only ARNs.
    { ...requested, minutes: used, money: live.subject?.money, billed: live.subject?.billed },
    'StopConfirmed',
    `stopped${bill}${took}`,
    settings,
    seconds,
  );
  return close(ports, open, 'confirmed');
}

function outcomeOf(history: readonly StoredAuditRecord[], attempt: number): StoredAuditRecord | undefined {
  return history.find((record) => record.attempt === attempt && record.event === 'StopAccepted');
}

function secondsBetween(from: string, to: number | undefined): number | undefined {
  const minutes = to === undefined ? undefined : elapsedSince(from, to);
  return minutes === undefined || minutes < 0 ? undefined : Math.round(minutes * 60);
}

async function add(
  ports: ConfirmPorts,
  about: StoredAuditRecord,
  event: 'StopAccepted' | 'StopSkipped' | 'StopConfirmed',
  reason: string,
  { policyVersion, sweepId }: ConfirmSettings,
  seconds?: number,
): Promise<void> {
  const { subject, project, run, device, minutes, money, billed, mode, rule, attempt = 1 } = about;
  const cause = { actor: 'schedule', rule, reason, only: 'any' as const, mode, policyVersion, sweepId };
  const what = { subject, project, run, device, minutes, money, billed };
  await ports.audit.add({
    ...stopRecord(event, attempt, what, cause, reason),
    ...(seconds === undefined ? {} : { seconds }),
  });
}

async function close(
  ports: ConfirmPorts,
  open: OpenStop,
  kind: 'confirmed' | 'closed',
): Promise<Confirmation> {
  await ports.openStops.close(open.arn);
  return { kind };
}

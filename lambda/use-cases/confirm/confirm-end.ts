import type { AuditRecord, StoredAuditRecord } from '../../core/audit-record.ts';
import { timeoutOf } from '../../core/minutes.ts';
import { formatMinutes, formatUsd } from '../../core/spend/money.ts';
import { avoidedBy, avoidedText, NOTHING_AVOIDED } from '../../core/stops/avoided.ts';
import { elapsedSince, type LiveState } from '../../core/stops/live-state.ts';
import { type StopEvent, stopRecord } from '../../core/stops/stop-record.ts';
import type { AuditTrail, OpenStop } from '../../ports.ts';

export interface EndSettings {
  /** US dollars. */
  readonly pricePerMeteredMinute: number;
  readonly policyVersion: string;
  readonly sweepId: string;
}

type Ended = Extract<LiveState, { state: 'ended' }>;

/** COMPLETED with result STOPPED is a stop taking effect; with another result the work finished by itself. */
export async function confirmEnd(
  ports: { readonly audit: Pick<AuditTrail, 'add'> },
  open: OpenStop,
  live: Ended,
  requested: StoredAuditRecord,
  history: readonly StoredAuditRecord[],
  settings: EndSettings,
): Promise<'confirmed' | 'closed'> {
  if (live.result !== 'STOPPED') {
    const reason = `${live.reason}; nothing was avoided by the stop`;
    await addRecord(ports, requested, 'StopSkipped', reason, settings, NOTHING_AVOIDED);
    return 'closed';
  }
  if (!hasOutcome(history, requested.attempt)) {
    const reason = 'Device Farm shows it stopped; no reply to the request is on record';
    await addRecord(ports, requested, 'StopAccepted', reason, settings);
  }
  const { minutes, money, billed } = live.subject ?? {};
  // The names stay those of the request: a job alone knows only ARNs.
  const about = { ...requested, minutes, money, billed };
  const { reason, figures } = effectOf(open, live, history, requested, settings);
  await addRecord(ports, about, 'StopConfirmed', reason, settings, figures);
  return 'confirmed';
}

type Figures = Pick<AuditRecord, 'seconds' | 'avoided' | 'avoidedMoney' | 'estimated'>;

/** What the stop did, in a sentence and in figures. */
function effectOf(
  { timeoutMinutes }: OpenStop,
  { subject, startedAt: started, stoppedAt: stopped, billing, estimated }: Ended,
  history: readonly StoredAuditRecord[],
  requested: StoredAuditRecord,
  { pricePerMeteredMinute }: EndSettings,
): { readonly reason: string; readonly figures: Figures } {
  const avoided = avoidedBy({ started, stopped, billing, timeoutMinutes }, pricePerMeteredMinute);
  const seconds = secondsToEffect(history, requested, stopped);
  const used = subject?.minutes;
  const about = estimated ? 'about ' : '';
  const bill = used
    ? ` after ${about}${formatMinutes(used.total)}, ${about}${formatUsd(subject.money ?? 0)}`
    : '';
  const took = seconds === undefined ? '' : `, ${seconds} s after the request was accepted`;
  return {
    reason: `stopped${bill}${took}; ${avoidedText(avoided, timeoutOf({ timeoutMinutes }))}`,
    figures: {
      ...avoided,
      ...(seconds === undefined ? {} : { seconds }),
      ...(estimated ? { estimated } : {}),
    },
  };
}

/** From the last request that was accepted before the end; whole seconds. */
function secondsToEffect(
  history: readonly StoredAuditRecord[],
  requested: StoredAuditRecord,
  stopped: number | undefined,
): number | undefined {
  if (stopped === undefined) return undefined;
  const accepted = history.filter(({ event }) => event === 'StopAccepted');
  const times = accepted.length > 0 ? accepted : [requested];
  const minutes = times.map(({ at }) => elapsedSince(at, stopped) ?? -1).filter((one) => one >= 0);
  return minutes.length === 0 ? undefined : Math.round(Math.min(...minutes) * 60);
}

export function hasOutcome(history: readonly StoredAuditRecord[], attempt: number | undefined): boolean {
  return history.some((record) => record.attempt === attempt && record.event === 'StopAccepted');
}

/** Adds a record of the attempt that another record is about. */
export async function addRecord(
  { audit }: { readonly audit: Pick<AuditTrail, 'add'> },
  about: StoredAuditRecord,
  event: StopEvent,
  reason: string,
  { policyVersion, sweepId }: Pick<EndSettings, 'policyVersion' | 'sweepId'>,
  figures: Figures = {},
): Promise<void> {
  const { subject, project, run, device, minutes, money, billed, mode, rule, attempt = 1 } = about;
  const cause = { actor: 'schedule', rule, reason, only: 'any' as const, mode, policyVersion, sweepId };
  const what = { subject, project, run, device, minutes, money, billed };
  await audit.add({ ...stopRecord(event, attempt, what, cause, reason), ...figures });
}

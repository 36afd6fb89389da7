import type { AuditRecord, StopTarget, StoredAuditRecord } from '../model.ts';
import { formatMinutes, formatUsd } from '../money.ts';
import type { StopEvent } from '../store/ids.ts';
import { usualMinutes } from '../usage/histories.ts';
import { timeoutOf } from '../usage/minutes.ts';
import { avoidedBy, avoidedText, NOTHING_AVOIDED } from '../usage/savings.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { Ended } from './live.ts';
import { type Facts, type Followed, stopRecord } from './records.ts';

/**
 * COMPLETED with result STOPPED is a stop taking effect; with another result the work finished by itself. `isLate`: only now is on record
 * that the request was accepted.
 */
export async function confirmEnd(
  services: Services,
  end: {
    readonly followed: Followed;
    readonly live: Ended;
    readonly requested: StoredAuditRecord;
    readonly history: readonly StoredAuditRecord[];
  },
  invocation: Invocation,
): Promise<{ readonly kind: 'confirmed' | 'closed'; readonly isLate: boolean }> {
  const { followed, live, requested, history } = end;
  const number = requested.attempt ?? 1;
  const nothingDone =
    live.result !== 'STOPPED'
      ? `${live.reason}; nothing was avoided by the stop`
      : wasRefused(history)
        ? `${live.reason}; AutoStop's request was refused, so somebody else stopped it`
        : undefined;
  if (nothingDone !== undefined) {
    await add(
      services,
      followed,
      { event: 'StopSkipped', number, reason: nothingDone, facts: live.facts, more: NOTHING_AVOIDED },
      invocation,
    );
    return { kind: 'closed', isLate: false };
  }
  const reply = 'Device Farm shows it stopped; no reply to the request is on record';
  const isLate =
    !outcomeOf(history, number) &&
    (await add(services, followed, { event: 'StopAccepted', number, reason: reply }, invocation)) ===
      'written';
  if (followed.stop.target.kind === 'run') return { kind: 'closed', isLate };
  const { target } = followed.stop;
  const { started, stopped, billing, estimated } = live;
  const usual = await usualOf(services, target, invocation);
  const avoided = avoidedBy(
    {
      kind: target.kind === 'session' ? 'session' : 'job',
      started,
      stopped,
      billing,
      timeoutMinutes: target.timeoutMinutes,
      usualMinutes: usual,
    },
    invocation.policy.pricePerMeteredMinute,
  );
  const seconds = secondsToEffect(history, requested, stopped);
  const about = estimated ? 'about ' : '';
  const { minutes, money = 0 } = live.facts;
  const bill = minutes ? ` after ${about}${formatMinutes(minutes.total)}, ${about}${formatUsd(money)}` : '';
  const took = seconds === undefined ? '' : `, ${seconds} s after the request was accepted`;
  const reason = `stopped${bill}${took}; ${avoidedText(avoided, timeoutOf(target))}`;
  const more = { ...avoided, seconds, ...(estimated && { estimated }) };
  await add(
    services,
    followed,
    { event: 'StopConfirmed', number, reason, facts: live.facts, more },
    invocation,
  );
  return { kind: 'confirmed', isLate };
}

/** The usual duration of such work, where history knows one. */
async function usualOf(
  { histories }: Services,
  { project, run, device }: StopTarget,
  { diagnostics }: Invocation,
): Promise<number | undefined> {
  if (!project || !run || device === undefined) return undefined;
  const known = await diagnostics.during(
    'the usual duration of stopped work could not be read',
    histories.of(project.arn, run.name),
    new Map(),
  );
  return usualMinutes((known.get(device) ?? []).map(({ minutes }) => minutes));
}

/** From the last request that was accepted before the end; whole seconds. */
function secondsToEffect(
  history: readonly StoredAuditRecord[],
  requested: StoredAuditRecord,
  stopped: number | undefined,
): number | undefined {
  if (stopped === undefined) return undefined;
  const accepted = history.filter(({ event }) => event === 'StopAccepted');
  const waits = (accepted.length > 0 ? accepted : [requested])
    .map(({ at }) => stopped - Date.parse(at))
    .filter((ms) => ms >= 0);
  return waits.length === 0 ? undefined : Math.round(Math.min(...waits) / 1000);
}

export function outcomeOf(
  history: readonly StoredAuditRecord[],
  number: number,
): StoredAuditRecord | undefined {
  return history.find(({ attempt, event }) => attempt === number && event === 'StopAccepted');
}

/**
 * Whether the invocation that asked took the attempt for failed, as its reply was lost: then nobody has been told that it was
 * stopped.
 */
export function tookForFailed(history: readonly StoredAuditRecord[], number: number): boolean {
  return (
    !outcomeOf(history, number) &&
    history.some(({ event, attempt }) => event === 'StopFailed' && attempt === number)
  );
}

/** Whether Device Farm refused the last attempt and accepted none: then what stops the work is not AutoStop. */
export function wasRefused(history: readonly StoredAuditRecord[]): boolean {
  if (history.some(({ event }) => event === 'StopAccepted')) return false;
  const last = history.findLast(({ event }) => event === 'StopRequested');
  return history.some(
    ({ event, attempt, details }) =>
      event === 'StopFailed' && attempt === last?.attempt && details?.refused === true,
  );
}

/** Adds a record of an attempt in the name of the stop that is followed. */
export async function add(
  { audit }: Services,
  { stop }: Followed,
  record: {
    readonly event: StopEvent;
    readonly number: number;
    readonly reason: string;
    readonly facts?: Facts;
    readonly more?: Partial<AuditRecord>;
  },
  invocation: Invocation,
): Promise<'written' | 'existed'> {
  const { event, number, reason, facts = {}, more } = record;
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  const own = stopRecord(event, number, stop, { invocation, reason, facts: known });
  return audit.add({ ...own, actor: 'schedule', ...more });
}

import { assertNever } from '../assert-never.ts';
import type { AuditRecord } from '../audit-record.ts';
import { formatMinutes, formatUsd } from '../spend/money.ts';
import type { Subject } from '../stops/stop-record.ts';
import type { EndedState, WatchedEnd } from './watched-end.ts';
import type { WatchedStop } from './watched-stop.ts';

/** The record of how work ended that would have been stopped before: once per item and rule. */
export function wouldStopEndedRecord(
  { arn, rule, ruleVersion, at, record }: WatchedStop,
  end: WatchedEnd,
  live: EndedState,
  { policyVersion, sweepId }: { readonly policyVersion: string; readonly sweepId: string },
): AuditRecord {
  const { result, verdict, minutes, minutesToStart, after } = end;
  return {
    ...placeOf(record),
    ...used(live.subject),
    subject: arn,
    id: `WouldStopEnded#${rule}`,
    event: 'WouldStopEnded',
    actor: 'schedule',
    rule,
    mode: 'observe',
    policyVersion,
    sweepId,
    reason: `${sentence(end)} (rule ${rule})`,
    ...(live.estimated && { estimated: true }),
    details: {
      verdict,
      result,
      ruleVersion,
      wouldStopAt: new Date(at).toISOString(),
      minutesToEnd: minutes,
      minutesToStart,
      meteredMinutesAfter: after?.metered,
      moneyAfter: after?.money,
      basisAfter: after?.basis,
    },
  };
}

/** The names are those of the would-be stop: a job alone knows only ARNs. */
function placeOf({ project, run, device }: AuditRecord) {
  return { project, run, device };
}

function used(subject: Subject | undefined) {
  return { minutes: subject?.minutes, money: subject?.money, billed: subject?.billed };
}

function sentence(end: WatchedEnd): string {
  const { verdict, result = 'without a result', minutes } = end;
  const later = `${formatMinutes(minutes)} after it would have been stopped`;
  switch (verdict) {
    case 'falseStop':
      return `ended ${result} ${later}${usedText(end)}: the stop would have killed work that passed`;
    case 'rightStop':
      return `${end.timedOut ? 'ran into its timeout' : `ended ${result}`} ${later}${usedText(end)}: the stop would have saved that`;
    case 'cutShort':
      return `was stopped ${later}${usedText(end)}: how it would have ended is not known`;
    case 'sessionEnded':
      return `the session was closed ${later}${usedText(end)}: that does not say whether it was still needed`;
    case 'unknown':
      return unknownSentence(end);
    default:
      return assertNever(verdict);
  }
}

function unknownSentence({ result }: WatchedEnd): string {
  return result === undefined
    ? 'it no longer exists, or has no result; nothing is learnt from it'
    : `ended ${result}; nothing is learnt from it: the stop would have come too late, or the result says nothing`;
}

function usedText({ after }: WatchedEnd): string {
  if (!after) return '';
  if (after.metered === 0) return ', having used no more metered minutes';
  const about = after.basis === 'clock' ? 'about ' : '';
  return `, having used ${about}${formatMinutes(after.metered)} and ${about}${formatUsd(after.money)} more`;
}

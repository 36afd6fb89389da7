import { parseArn } from '../arn.ts';
import type { Stop, StopTarget, StoredAuditRecord } from '../model.ts';
import type { Snapshot } from '../store/state.ts';
import { DAY, utcDay } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import { FOLLOWED, type Followed, followedId, RECOVERED } from './records.ts';

/**
 * Finds again which stops are to be followed, once for each state table: a lost one took them with it. They are those of the
 * audit trail that were requested since yesterday and have no closing record.
 */
export async function recover(
  services: Services,
  snapshot: Snapshot,
  { now, diagnostics }: Invocation,
): Promise<readonly { readonly value: Followed }[]> {
  if (snapshot.get(RECOVERED, 'stops')) return [];
  const found = await diagnostics.during<readonly Followed[] | undefined>(
    'stops to follow could not be looked for in the audit trail; the next sweep does',
    Promise.all(
      [now - DAY, now].map((at) => services.audit.onDay(utcDay(at), diagnostics.note.bind(diagnostics))),
    ).then((days) => unfinished(days.flat())),
    undefined,
  );
  if (!found) return [];
  const fresh = found.filter(({ stop, attempt }) => !snapshot.get(FOLLOWED, followedId(stop, attempt)));
  const noted = Promise.all(
    fresh.map((followed) =>
      services.state.put(FOLLOWED, followedId(followed.stop, followed.attempt), followed),
    ),
  ).then(() => services.state.put(RECOVERED, 'stops', true));
  await diagnostics.during('stops to follow could not be noted; the next sweep does', noted, undefined);
  return fresh.map((value) => ({ value }));
}

/** The last attempt of each target that was requested, unless it is closed. What closes another one says nothing of it. */
function unfinished(records: readonly StoredAuditRecord[]): readonly Followed[] {
  const keyOf = ({ subject, attempt = 1 }: StoredAuditRecord) => `${subject}#${attempt}`;
  const closed = new Set(
    records.filter(({ event }) => event === 'StopConfirmed' || event === 'StopSkipped').map(keyOf),
  );
  const last = new Map<string, StoredAuditRecord>();
  for (const record of records) {
    if (record.event !== 'StopRequested') continue;
    if ((record.attempt ?? 1) >= (last.get(record.subject)?.attempt ?? 0)) last.set(record.subject, record);
  }
  return [...last.values()].filter((record) => !closed.has(keyOf(record))).flatMap(toFollowed);
}

/** A record that does not say what was meant holds only while the work is queued. */
function toFollowed(record: StoredAuditRecord): readonly Followed[] {
  const { subject, actor, rule, reason, attempt = 1, at, project, run, device, owner, details = {} } = record;
  const arn = parseArn(subject);
  if (!arn || arn.kind === 'project') return [];
  const { billing, timeoutMinutes, only } = details;
  const target: StopTarget = {
    arn: subject,
    kind: arn.kind,
    device,
    ...(owner !== undefined && { owner }),
    ...(project !== undefined && { project: { arn: arn.projectArn, name: project } }),
    ...(billing === 'metered' || billing === 'unmetered' || billing === 'unknown' ? { billing } : {}),
    ...(typeof timeoutMinutes === 'number' && { timeoutMinutes }),
    ...(arn.runArn !== undefined &&
      run !== undefined && {
        run: { arn: arn.runArn, name: run, devices: 0, minutes: { total: 0, metered: 0, unmetered: 0 } },
      }),
  };
  const stop: Stop = { target, reason, actor, rule, scope: only === 'any' ? 'any' : 'queued' };
  return [{ stop, attempt, at: Date.parse(at) }];
}

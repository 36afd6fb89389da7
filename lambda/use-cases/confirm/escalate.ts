import pMap from 'p-map';
import { digest } from '../../core/report/digest.ts';
import type { AuditTrail, Notifier, Tellings } from '../../ports.ts';
import type { Problems } from '../problems.ts';
import type { WithoutEffect } from './confirm.ts';
import { addRecord, type EndSettings } from './confirm-end.ts';

export interface EscalatePorts {
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly tellings: Tellings;
  readonly notifier: Notifier;
}

/** Records and tells, once for each attempt, that stops have no effect. One message for all of a sweep. */
export async function escalate(
  ports: EscalatePorts,
  stops: readonly WithoutEffect[],
  settings: EndSettings,
  problems: Problems,
): Promise<void> {
  const news = await pMap(
    stops,
    (stop) =>
      problems.during(
        `${stop.requested.subject}: that its stop has no effect could not be recorded; the next sweep tells it`,
        claim(ports, stop, settings),
        false,
      ),
    { concurrency: 4 },
  );
  const untold = stops.filter((_, index) => news[index]);
  if (untold.length === 0) return;
  await problems.during(
    'stops without effect could not be told; the next sweep tells them',
    tell(ports, untold),
    undefined,
  );
}

async function claim(ports: EscalatePorts, stop: WithoutEffect, settings: EndSettings): Promise<boolean> {
  await addRecord(ports, stop.requested, 'StopEscalated', reasonOf(stop), settings);
  return ports.tellings.claim(keyOf(stop));
}

/** Marked told after: a crash in between tells them again. */
async function tell(ports: EscalatePorts, stops: readonly WithoutEffect[]): Promise<void> {
  const lines = stops.map((stop) => `${stop.requested.subject}\n  ${reasonOf(stop)}`);
  const text = digest([{ title: 'Stop these by hand in the console of Device Farm', lines }]) ?? '';
  await ports.notifier.publish(`Device Farm auto-stop: ${stops.length} without effect`, text);
  for (const stop of stops) await ports.tellings.told(keyOf(stop));
}

function keyOf({ requested: { subject, attempt = 1 } }: WithoutEffect): string {
  return `escalated#${subject}#${attempt}`;
}

function reasonOf({ requested: { attempt = 1, reason }, sentence }: WithoutEffect): string {
  return `given up at attempt ${attempt}: ${sentence}; ${reason}`;
}

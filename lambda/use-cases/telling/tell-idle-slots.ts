import { type IdleSlots, idleSlotsSentence } from '../../core/spend/idle-slots.ts';
import type { Notifier, Tellings } from '../../ports.ts';

/**
 * Tells of metered work beside idle unmetered slots, once a UTC day for each project, in one message.
 * @throws AwsCallError when a table or the topic does not answer; what was claimed is told later
 */
export async function tellIdleSlots(
  ports: { readonly tellings: Tellings; readonly notifier: Notifier },
  found: readonly IdleSlots[],
  now: number,
): Promise<void> {
  const day = new Date(now).toISOString().slice(0, 10);
  const claimed: string[] = [];
  for (const arn of new Set(found.map(({ project }) => project.arn))) {
    if (await ports.tellings.claim(keyOf(day, arn))) claimed.push(arn);
  }
  if (claimed.length === 0) return;
  const lines = found.filter(({ project }) => claimed.includes(project.arn)).map(idleSlotsSentence);
  await ports.notifier.publish(
    'Device Farm: metered work beside idle unmetered slots',
    [
      ...lines.slice(0, MAX_LINES),
      ...(lines.length > MAX_LINES ? [`and ${lines.length - MAX_LINES} more`] : []),
      'Slots are paid by the month. Runs and sessions use them when they are scheduled with billing method UNMETERED.',
    ].join('\n'),
  );
  for (const arn of claimed) await ports.tellings.told(keyOf(day, arn));
}

const MAX_LINES = 50;

function keyOf(day: string, projectArn: string): string {
  return `idle-slots#${day}#${projectArn}`;
}

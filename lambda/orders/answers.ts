import type { StopResult } from '../model.ts';
import {
  digest,
  pauseCommand,
  projectsOf,
  runSection,
  type Section,
  type Told,
  toldOf,
} from '../notify/lines.ts';
import { tellOnce } from '../notify/notifications.ts';
import type { Notification } from '../notify/topic.ts';
import { iso } from '../time.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { IncomingMessage, OrderOutcome, StopOrder } from './meaning.ts';
import { type OrderMemory, type OrderTarget, remember } from './memory.ts';

/** What an answer says of an order that is not finished. */
export const AGAIN =
  'Not done yet: AutoStop tries again every 5 minutes for up to 27 hours, and tells you when it is done.';

const STOPPED = 'Stopped';
const WOULD_STOP = 'Would have stopped (observe mode)';

/** Answers: once that it is not done yet, and once that it is done. */
export async function conclude(
  services: Services,
  message: IncomingMessage,
  {
    order,
    memory,
    results,
    unreadable,
  }: {
    readonly order: StopOrder;
    readonly memory: OrderMemory;
    readonly results: readonly StopResult[];
    readonly unreadable: readonly string[];
  },
  invocation: Invocation,
): Promise<OrderOutcome> {
  services.metrics.trouble(results.filter(({ kind }) => kind === 'failed').length);
  const stopped = results.filter(({ kind }) => kind === 'stopped').map(({ stop }) => stop.target.arn);
  const isObserved = order.rule !== undefined && invocation.policy.mode === 'observe';
  const sections = sectionsOf(memory, results, unreadable, invocation);
  const count = sections.find(({ title }) => title === (isObserved ? WOULD_STOP : STOPPED))?.count ?? 0;
  const text = [`${sentenceOf(order)}.`, digest(sections) ?? 'There was nothing to stop.'];
  const projects = projectsOf(sections);
  const left = Object.values(memory.targets).filter(({ settled }) => !settled);
  if (left.length === 0 && unreadable.length === 0) {
    const subject = isObserved ? `order: would stop ${count}` : `order done: ${count} stopped`;
    const told = await answer(
      services,
      message,
      { what: 'done', subject, text: text.join('\n\n'), projects },
      invocation,
    );
    if (told) await remember(services, message.id, { ...memory, done: true }, invocation);
    const reason = `${count} stopped`;
    return { status: isObserved ? 'observed' : 'done', retry: !told, reason, stopped };
  }
  const why = [
    ...new Set([...results.filter(({ retry }) => retry).map(({ reason }) => reason), ...unreadable]),
  ];
  const subject = `order not done yet: ${count} stopped, ${left.length} to do`;
  const pause = order.rule === undefined ? undefined : pauseCommand(invocation);
  await answer(
    services,
    message,
    {
      what: 'notYet',
      subject,
      projects,
      text: [AGAIN, ...text, ...(pause ? [`To pause: ${pause}`] : [])].join('\n\n'),
    },
    invocation,
  );
  return { status: 'notYet', retry: true, reason: why.slice(0, 5).join('; '), stopped };
}

/** What became of the targets of all deliveries; work stopped by one call for its run counts by its jobs. */
function sectionsOf(
  { targets }: OrderMemory,
  results: readonly StopResult[],
  unreadable: readonly string[],
  invocation: Invocation,
): readonly Section[] {
  const now = new Map(results.map((result) => [result.stop.target.arn, result]));
  const all = Object.values(targets);
  const runsOfJobs = new Set(
    all.flatMap(({ target }) => (target.kind === 'job' && target.run ? [target.run.arn] : [])),
  );
  const shown = all.filter(({ target, settled }) => !settled || !runsOfJobs.has(target.arn));
  const list = (title: string, wanted: readonly OrderTarget[], exempts: boolean) => {
    const told = wanted.map(({ target, settled }): Told => {
      const reason = settled?.reason ?? now.get(target.arn)?.reason ?? 'no time was left';
      return toldOf({ stop: { target, reason, scope: 'any', actor: '' }, reason }, invocation);
    });
    return runSection(title, told, invocation, { exempts });
  };
  const settledAs = (...kinds: readonly string[]) =>
    shown.filter(({ settled }) => settled && kinds.includes(settled.kind));
  return [
    list(STOPPED, settledAs('stopped'), false),
    list(WOULD_STOP, settledAs('observed'), true),
    list(
      'Not done yet',
      shown.filter(({ settled }) => !settled),
      true,
    ),
    { title: 'Could not be read', lines: unreadable, count: unreadable.length },
    list('Nothing to stop', settledAs('nothing'), false),
    list('Kept by exemptions', settledAs('exempt'), false),
    list('Left alone', settledAs('left'), false),
  ];
}

/** @returns whether it was sent, now or by an earlier delivery */
export function answer(
  services: Services,
  { id, timestamp }: IncomingMessage,
  { what, subject, text, projects }: Notification & { readonly what: 'notYet' | 'done' },
  invocation: Invocation,
): Promise<boolean> {
  const about = `Message ${id}, sent at ${Number.isNaN(Date.parse(timestamp)) ? 'an unknown time' : iso(Date.parse(timestamp))}`;
  const notification = { subject, text: `${text}\n\n${about}`, projects };
  return tellOnce(services, `order#${id}#${what}`, notification, invocation);
}

/** An order in words. */
export function sentenceOf({ target, scope, reason, ignoreExemptions }: StopOrder): string {
  const what = target.kind === 'account' ? `everything in account ${target.account}` : target.arn;
  return `Stop ${scope === 'queued' ? 'queued work of ' : ''}${what}${ignoreExemptions ? ', exempt work too' : ''}: ${reason}`;
}

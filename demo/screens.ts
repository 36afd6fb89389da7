import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import type { StoredAuditRecord } from '../lambda/model.ts';
import { formatUsd, MICRO_PER_USD, moneyFor } from '../lambda/money.ts';
import type { SweepSummary } from '../lambda/sweep/report.ts';
import { isRecord, plain } from '../lambda/text.ts';
import type { LocalInvocation } from './aws/lambda-function.ts';
import { type Bills, billText, type Finding } from './check-day.ts';
import { workFacts } from './day-of-work.ts';
import { columns, paint, paragraph, type TerminalPage, title } from './terminal-page.ts';

/** What this is, for somebody who has just cloned it. */
export function introduction(page: TerminalPage): string {
  return [
    `${paint(page, 'bold', 'AutoStop for AWS Device Farm, at work on this machine')}\n\n`,
    paragraph(
      page,
      'AWS Device Farm bills every minute that a test or a remote session holds a device, and a test that hangs holds it for hours. ' +
        'AutoStop looks every five minutes, stops what breaks your policy, and writes down why.',
    ),
    '\n',
    paragraph(
      page,
      'You are about to see it without an AWS account: the functions, tables, topics, the queue and the schedule are those of the stack ' +
        'that "npm run deploy" deploys. Device Farm is an emulator, filled with the made-up morning of three teams. The policy is ' +
        'demo/policy.yaml. Time runs fast: hours pass in seconds.',
    ),
    '\n',
  ].join('');
}

/** What a sweep writes down of work, by the mark that it is shown with. Other records are shown at the end. */
const MARKS: Readonly<Record<string, string>> = {
  StopRequested: 'STOP',
  WouldStop: 'would',
  StopHeld: 'kept',
};

export interface SweepView {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly summary: SweepSummary;
  /** The audit records that it wrote. */
  readonly records: readonly StoredAuditRecord[];
  readonly pricePerMinute: number;
}

/** One line for a sweep in which nothing happened, a table of what it decided for any other. */
export function sweepText(page: TerminalPage, emulator: DeviceFarmEmulator, view: SweepView): string {
  const { summary, records } = view;
  // The stop of a whole run has records of its own, besides those of its jobs.
  const news = records.filter(({ event, subject }) => event in MARKS && !subject.includes(':run:'));
  const line = headline(view);
  if (news.length === 0 && summary.problems.length === 0) return `${paint(page, 'dim', line)}\n`;
  const rows = columns(news.map((record) => cells(record, emulator, view.pricePerMinute)));
  const works = news.flatMap(({ event, reason }, index) => {
    const next = news[index + 1];
    const row = `  ${rows[index]}\n`;
    const shown = event === 'StopRequested' ? paint(page, 'red', row) : row;
    return next?.reason === reason && next.event === event ? [shown] : [shown, paragraph(page, reason, 9)];
  });
  const problems = summary.problems.map((problem) => paragraph(page, `problem: ${problem}`, 2));
  return `\n${paint(page, 'bold', line)}\n${[...works, ...problems].join('')}\n`;
}

function headline({ at, summary }: SweepView): string {
  const { activeItems, stopped, confirmed, usage } = summary;
  const done = stopped.length > 0 ? `${stopped.length} stopped` : 'nothing to stop';
  const ended = confirmed.length > 0 ? `, ${confirmed.length} stopped earlier and confirmed` : '';
  const spent = usage.map(
    ({ usd, limit }) =>
      `; ${dollars(usd.spent)} of ${dollars(limit)} spent, worst case ${dollars(usd.worstCase)}`,
  );
  return `${clockTime(at)}  ${activeItems} in flight, ${done}${ended}${spent.join('')}`;
}

function cells(
  { event, subject, project = '' }: StoredAuditRecord,
  emulator: DeviceFarmEmulator,
  pricePerMinute: number,
): readonly string[] {
  const { name, device, status, result, metered, minutes } = workFacts(emulator, subject);
  return [
    MARKS[event] ?? event,
    project,
    name,
    device,
    `${minutes.toFixed(0)} min`,
    metered ? formatUsd(moneyFor(minutes, pricePerMinute)) : 'unmetered',
    status === 'COMPLETED' ? `${status} (${result})` : status,
  ];
}

/** A sweep that returned no summary. */
export function failureText(page: TerminalPage, { startedAt, error, result }: LocalInvocation): string {
  const why = error ? `${error.errorType}: ${error.errorMessage}` : `returned ${JSON.stringify(result)}`;
  return `${paint(page, 'red', `${clockTime(startedAt)}  the sweep failed: ${why}`)}\n`;
}

/**
 * What the orders function did by the records of its invocation: for a message to the manual-stop topic, or at the moment of a limit. The
 * queue brings both.
 */
export function orderText(
  page: TerminalPage,
  { startedAt, requestId, event, error }: LocalInvocation,
  records: readonly StoredAuditRecord[],
): string {
  const [message] = isRecord(event) && Array.isArray(event.Records) ? event.Records : [];
  const envelope: unknown = isRecord(message) ? JSON.parse(String(message.body)) : undefined;
  if (isRecord(envelope) && envelope.crossing !== undefined) {
    // Two messages about one moment come at once: the second finds nothing to do.
    const own = records.filter(({ sweepId }) => sweepId === requestId);
    return crossingText(page, startedAt, own);
  }
  const id = isRecord(envelope) ? `sns:${envelope.MessageId}` : '';
  const own = records.filter(({ actor }) => actor === id);
  const answers = own.map(({ event: name, run, device, reason }) =>
    [name, [run, device].filter(Boolean).join(' on '), reason].filter(Boolean).join(': '),
  );
  return [
    `\n${paint(page, 'bold', `${clockTime(startedAt)}  a message to the manual-stop topic`)}\n`,
    paragraph(page, plain(isRecord(envelope) ? String(envelope.Message) : '', 500), 9),
    ...(error ? [`failed, and is tried again: ${error.errorMessage}`] : answers).map((text) =>
      paragraph(page, text, 9),
    ),
    '\n',
  ].join('');
}

/** Work that crossed its limit between two sweeps; nothing where it had ended by then. */
function crossingText(page: TerminalPage, at: number, records: readonly StoredAuditRecord[]): string {
  const stops = records.filter(({ event }) => event === 'StopAccepted');
  if (stops.length === 0) return '';
  return [
    `${paint(page, 'bold', `${new Date(at).toISOString().slice(11, 19)}  a limit is crossed`)}\n`,
    ...stops.map(({ project, run, device, reason }) => {
      const names = [project, run, device].filter(Boolean).join('  ');
      return `${paint(page, 'red', '  STOP')}  ${plain(names)}\n${paragraph(page, plain(reason, 500), 9)}`;
    }),
  ].join('');
}

/** What the day cost, what it would have cost, and what AutoStop says of the difference. */
export function billsText(page: TerminalPage, { withAutoStop, without, savings }: Bills): string {
  const real = formatUsd(without.money - withAutoStop.money);
  const { atMost, likely, withoutLikely } = savings;
  const unknown =
    withoutLikely > 0
      ? `; of ${withoutLikely} stops no usual duration is known, and none of them is in it`
      : '';
  return [
    title(page, 'The bill of the day when all of this work has ended, by the books of the emulator'),
    `  with AutoStop  ${billText(withAutoStop)}\n`,
    `  without        ${billText(without)}\n\n`,
    paragraph(
      page,
      `The real difference is ${real}. AutoStop cannot know when a test would have ended. It says:`,
    ),
    '\n',
    paragraph(
      page,
      `at most ${formatUsd(atMost.money)}: all that it stopped would have gone on to its timeout`,
      2,
    ),
    paragraph(page, `likely ${formatUsd(likely.money)}: up to the usual duration of such work${unknown}`, 2),
  ].join('');
}

/** Whether the day showed what it should, point by point. */
export function findingsText(page: TerminalPage, findings: readonly Finding[]): string {
  const lines = findings.map(({ promise, but }) =>
    but === undefined
      ? `${paint(page, 'green', '  yes ')} ${promise}\n`
      : `${paint(page, 'red', '  NO  ')} ${promise}\n${paragraph(page, but, 8)}`,
  );
  return `${title(page, 'Was it as it should be?')}${lines.join('')}`;
}

/** `09:05` of an instant, in UTC. */
export function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

function dollars(usd: number): string {
  return formatUsd(usd * MICRO_PER_USD);
}

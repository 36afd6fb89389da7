import { plainText } from '../cli/plain-text.ts';
import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import { isRecord } from './aws/is-record.ts';
import type { Invocation } from './aws/lambda-function.ts';
import { type Page, paint, paragraph } from './page.ts';
import { clockTime } from './sweep-text.ts';
import { workFacts } from './work-facts.ts';

/** A message to the manual-stop topic, and what the guard made of it. */
export function orderText(
  page: Page,
  { startedAt, event, result, error }: Invocation,
  emulator: DeviceFarmEmulator,
): string {
  const answers = error
    ? [`failed, and will be tried again: ${error.errorMessage}`]
    : listOf(result).map((answer) => answerText(answer, emulator));
  return [
    `\n${paint(page, 'bold', `${clockTime(startedAt)}  a message to the manual-stop topic`)}\n`,
    ...messagesIn(event).map((message) => paragraph(page, plainText(message), 8)),
    ...answers.map((answer) => paragraph(page, answer, 8)),
    '\n',
  ].join('');
}

function answerText(answer: unknown, emulator: DeviceFarmEmulator): string {
  const { status, reason, stopped, wouldStop } = isRecord(answer) ? answer : {};
  const works = [...listOf(stopped), ...listOf(wouldStop)].map((arn) => workText(String(arn), emulator));
  return [status, reason, works.join(', ')].filter(Boolean).join(': ');
}

function workText(arn: string, emulator: DeviceFarmEmulator): string {
  const { name, device, status } = workFacts(emulator, arn);
  return `${name} on ${device} is ${status}`;
}

function messagesIn(event: unknown): readonly string[] {
  const records = isRecord(event) ? listOf(event.Records) : [];
  return records.map((record) =>
    isRecord(record) && isRecord(record.Sns) ? String(record.Sns.Message) : '',
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

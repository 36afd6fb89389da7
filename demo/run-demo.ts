import { setTimeout } from 'node:timers/promises';
import { DeviceFarmEmulator } from '../emulator/emulator.ts';
import { VirtualClock } from '../emulator/virtual-clock.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import type { SweepSummary } from '../lambda/sweep/report.ts';
import { DAY, HOUR, MINUTE, utcDay } from '../lambda/time.ts';
import { policyFromFile } from '../lib/policy-from-file.ts';
import type { LocalInvocation } from './aws/lambda-function.ts';
import { LocalAws } from './aws/local-aws.ts';
import type { Published } from './aws/local-topics.ts';
import { billOf, billsOf, checkDay, checkMoney, type Finding, isSummary, recordsIn } from './check-day.ts';
import { type DayOfWork, HOURS, seedDay } from './day-of-work.ts';
import { HISTORY_DAYS, HISTORY_SWEEPS } from './morning.ts';
import { autostop, commandFor, orderStop, prepared } from './outside.ts';
import { servePage } from './page-server.ts';
import { type Course, PACES } from './page-state.ts';
import {
  billsText,
  clockTime,
  failureText,
  findingsText,
  introduction,
  orderText,
  sweepText,
} from './screens.ts';
import { paragraph, type TerminalPage, title } from './terminal-page.ts';

const STACK = 'DeviceFarmAutoStop';

export interface DemoOptions {
  readonly page: TerminalPage;
  /** File of the policy. */
  readonly policyFile: string;
  /** Beginning of the day that is shown, in UTC; epoch milliseconds. */
  readonly midnight: number;
  /** Keep sweeping after the day until the signal is aborted. */
  readonly stay: boolean;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
}

/**
 * Shows AutoStop at work. Resolves with whether the day went as it should; leaves no process, port or file.
 * @throws the signal's reason when it was ended early
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { page, policyFile, midnight, signal } = options;
  page.write(introduction(page));
  page.write('Building the functions and synthesising the stack ...\n');
  return prepared(policyFile, STACK, async (directory) => {
    signal.throwIfAborted();
    const clock = new VirtualClock(midnight - HISTORY_DAYS * DAY);
    const emulator = new DeviceFarmEmulator({ now: clock.now });
    const aws = await LocalAws.start({ directory, stackName: STACK, clock, emulator });
    try {
      return await withPage(new Showing(options, aws));
    } finally {
      await aws.close();
    }
  });
}

/** The page in the browser is there as long as the demo is. */
async function withPage(showing: Showing): Promise<boolean> {
  const livePage = await servePage(showing);
  try {
    return await showDay(showing, livePage.url);
  } finally {
    await livePage.close();
  }
}

async function showDay(showing: Showing, address: string): Promise<boolean> {
  const { aws, options, policy } = showing;
  const { page, midnight, stay, signal } = options;
  const { pricePerMeteredMinute: price } = policy;
  page.write(`The same in a browser, while the demo runs: ${address}\n`);
  const day = seedDay(aws.emulator, midnight);
  const unlimited = new DeviceFarmEmulator({ now: aws.clock.now });
  seedDay(unlimited, midnight);
  await sweepDaysBefore(aws, midnight);
  showing.skip();
  page.write(`\nThe morning of ${utcDay(midnight)}, in UTC:\n\n`);
  await sweepThroughDay(showing, day);
  const bills = billsOf(aws, unlimited, midnight, price);
  page.write(billsText(page, bills));
  for (const [heading, words] of [
    ['What "autostop savings" says', ['savings', '--month', utcDay(midnight).slice(0, 7)]],
    ['What "autostop audit" says of the job that hung', ['audit', '--arn', day.hung]],
  ] as const) {
    signal.throwIfAborted();
    page.write(`${title(page, heading)}${await autostop(aws, words)}`);
  }
  const billed = billOf(aws.emulator, midnight, aws.clock.now(), price);
  const findings = [
    ...checkDay(day.expected, aws),
    ...checkMoney(showing.latest, billed, bills),
    withoutFailure(showing.failures),
  ];
  page.write(findingsText(page, findings));
  if (stay) await stayUp(showing, day, address);
  page.write(
    '\n"npm start -- --stay" keeps all this up: the page in the browser, and commands of your own.\n',
  );
  return findings.every(({ but }) => but === undefined);
}

/** AutoStop learns what is usual from the runs that it sees in flight and then ended. */
async function sweepDaysBefore(aws: LocalAws, midnight: number): Promise<void> {
  for (let day = HISTORY_DAYS; day > 0; day -= 1) {
    for (const minutes of HISTORY_SWEEPS) {
      await aws.clock.sleepUntil(midnight - day * DAY + minutes * MINUTE);
      await aws.invoke('SweepFunctionName');
    }
  }
  await aws.clock.sleepUntil(midnight + HOURS.from * MINUTE);
  aws.nextSweepAt = aws.clock.now() + aws.plan.sweepEveryMs;
}

async function sweepThroughDay(showing: Showing, day: DayOfWork): Promise<void> {
  const { aws, options } = showing;
  const until = options.midnight + HOURS.until * MINUTE;
  let ordered = false;
  while (aws.nextSweepAt <= until) {
    options.signal.throwIfAborted();
    if (!ordered && day.order.at < aws.nextSweepAt) {
      ordered = true;
      await aws.clock.sleepUntil(day.order.at);
      const { target } = day.order;
      await orderStop(aws, { target, reason: 'wrong build under test', requestedBy: 'ana' });
    }
    await showing.sweep();
  }
}

/** Goes on with new work in every hour. @throws AbortError when the signal is aborted: there is no other end */
async function stayUp(showing: Showing, day: DayOfWork, address: string): Promise<never> {
  const { aws, options, course } = showing;
  const { page, signal } = options;
  const command = (...words: readonly string[]) => page.write(`  ${commandFor(aws, ...words)}\n\n`);
  course.isStaying = true;
  page.write(title(page, 'In a browser'));
  page.write(`  ${address}\n`);
  page.write(title(page, 'From another terminal, in this directory'));
  page.write('Whether all is well:\n\n');
  command('status');
  page.write('What AutoStop did and why:\n\n');
  command('audit', '--day', utcDay(options.midnight));
  page.write('What its stops avoided:\n\n');
  command('savings', '--month', utcDay(options.midnight).slice(0, 7));
  page.write(
    paragraph(
      page,
      `Staying: a sweep every ${PACES.normal} seconds, so that a second is a minute, with new work in every hour. The page in the ` +
        'browser changes the speed and orders stops. The commands see the same clock. Ctrl-C ends it.',
    ),
  );
  for (let due = 0; ; ) {
    if (aws.clock.now() >= due) {
      due = aws.clock.now() + HOUR;
      const yours = day.addHour(aws.clock.now());
      page.write(`\nStop something yourself, here a session that no rule is about:\n\n`);
      command('stop', yours, '--reason', 'not needed any more');
    }
    for (let second = 0; second < PACES[course.pace]; second++) {
      await setTimeout(1_000, undefined, { signal });
      showing.show();
    }
    await showing.sweep();
  }
}

/** Shows sweep after sweep, and what happens between them. */
class Showing {
  readonly options: DemoOptions;
  readonly aws: LocalAws;
  readonly policy: Policy;
  readonly course: Course = { isStaying: false, pace: 'normal' };
  /** What went wrong with a sweep as a whole. */
  readonly failures: string[] = [];
  /** What the last sweep said that did not fail. */
  latest?: SweepSummary;
  #invocationsSeen = 0;
  #messagesSeen = 0;
  #mailWasShown = false;

  constructor(options: DemoOptions, aws: LocalAws) {
    this.options = options;
    this.aws = aws;
    this.policy = policyFromFile(options.policyFile);
  }

  /** Lets time pass to the next sweep and shows what happened until it has ended. */
  async sweep(): Promise<void> {
    await this.aws.nextSweep();
    await this.aws.settle();
    this.show();
  }

  /** Shows what happened since the last time, in its order: sweeps, orders, and mails that would be sent. */
  show(): void {
    const { aws, options } = this;
    const invocations = aws.invocations.slice(this.#invocationsSeen);
    const messages = aws.topics.messages.slice(this.#messagesSeen);
    this.skip();
    const news = [
      ...invocations.map((one) => ({ at: one.startedAt, text: this.#invocationText(one) })),
      ...messages
        .filter(({ topicArn }) => topicArn === aws.plan.output('NotificationTopicArn'))
        .map((message) => ({ at: message.at, text: this.#mailText(message) })),
    ];
    for (const { text } of news.toSorted((a, b) => a.at - b.at)) options.page.write(text);
  }

  /** Forgets what happened since the last time. */
  skip(): void {
    this.#invocationsSeen = this.aws.invocations.length;
    this.#messagesSeen = this.aws.topics.messages.length;
  }

  /** The first mail about a stop is shown in full. */
  #mailText({ at, subject = '', message }: Published): string {
    const line = `${clockTime(at)}  mail: ${subject}\n`;
    if (this.#mailWasShown || !subject.includes('] stopped')) return line;
    this.#mailWasShown = true;
    return `${line}\n${message.replaceAll(/^(?=.)/gm, ' '.repeat(9))}\n\n`;
  }

  #invocationText(invocation: LocalInvocation): string {
    const { aws, options } = this;
    const { functionName, startedAt: at, endedAt, result: summary } = invocation;
    const own = aws.calls.filter((call) => call.functionName === functionName);
    const records = recordsIn(own.filter((call) => call.at >= at && call.at <= endedAt));
    if (functionName === aws.plan.output('ManualStopFunctionName'))
      return orderText(options.page, invocation, records);
    if (!isSummary(summary)) {
      this.failures.push(`the sweep of ${clockTime(at)} failed`);
      return failureText(options.page, invocation);
    }
    this.latest = summary;
    this.failures.push(...summary.problems.map((problem) => `${clockTime(at)} ${problem}`));
    const { pricePerMeteredMinute: pricePerMinute } = this.policy;
    return sweepText(options.page, aws.emulator, { at, summary, records, pricePerMinute });
  }
}

function withoutFailure(failures: readonly string[]): Finding {
  const promise = 'no sweep failed or missed anything';
  return failures.length === 0 ? { promise } : { promise, but: failures.join('; ') };
}

import type { SweepSummary } from '../lambda/core/report/sweep-summary.ts';
import type { DeviceFarmEmulator } from '../emulator/emulator.ts';
import type { Deployment } from './aws/deployment.ts';
import { isRecord } from './aws/is-record.ts';
import type { Invocation } from './aws/lambda-function.ts';
import type { VirtualClock } from '../emulator/virtual-clock.ts';
import { orderText } from './order-text.ts';
import { type Page, paint } from './page.ts';
import { readDecisions } from './read-logs.ts';
import { clockTime, sweepText } from './sweep-text.ts';
import { workFacts } from './work-facts.ts';

/** A guard at work, and where its sweeps are shown. */
export interface Show {
  readonly page: Page;
  readonly clock: VirtualClock;
  readonly emulator: DeviceFarmEmulator;
  readonly deployment: Deployment;
  readonly pricePerMinute: number;
}

/** Shows sweep after sweep, and what happens between them. */
export class Showing {
  /** What went wrong with a sweep as a whole. */
  readonly failures: string[] = [];
  sweeps = 0;
  /** What the last sweep said that did not fail. */
  latest?: SweepSummary;
  readonly #show: Show;
  readonly #remarked = new Set<string>();
  #invocationsSeen = 0;
  #messagesSeen = 0;

  constructor(show: Show) {
    this.#show = show;
  }

  /** Lets time pass to the next sweep and shows it. */
  async sweep(): Promise<void> {
    const { page, deployment } = this.#show;
    this.between();
    const invocation = await deployment.tick();
    await deployment.settle();
    this.sweeps++;
    page.write(this.#sweepText(invocation));
    this.between();
  }

  /** Shows orders that were carried out and mails that would be sent since the last time. */
  between(): void {
    const { page, emulator, deployment } = this.#show;
    const { ManualStopFunctionName, NotificationTopicArn } = deployment.outputs;
    for (const invocation of deployment.invocations.slice(this.#invocationsSeen)) {
      if (invocation.functionName === ManualStopFunctionName) {
        page.write(orderText(page, invocation, emulator));
      }
    }
    for (const { topicArn, at, subject } of deployment.messages.slice(this.#messagesSeen)) {
      if (topicArn === NotificationTopicArn) page.write(`${clockTime(at)}  mail: ${subject ?? ''}\n`);
    }
    this.#invocationsSeen = deployment.invocations.length;
    this.#messagesSeen = deployment.messages.length;
  }

  #sweepText({ startedAt, result, error, logs }: Invocation): string {
    const { page, emulator, pricePerMinute } = this.#show;
    if (!isSweepSummary(result)) {
      const why = error ? `${error.errorType}: ${error.errorMessage}` : `returned ${JSON.stringify(result)}`;
      this.failures.push(`the sweep of ${clockTime(startedAt)} failed: ${why}`);
      return paint(page, 'red', `${clockTime(startedAt)}  the sweep failed: ${why}`).concat('\n');
    }
    this.latest = result;
    this.failures.push(...result.problems.map((problem) => `${clockTime(startedAt)} ${problem}`));
    const decisions = readDecisions(logs);
    const fresh = decisions.filter(
      ({ arn, action, exemption }) => (exemption || action === 'would-stop') && !this.#remarked.has(arn),
    );
    for (const { arn } of fresh) this.#remarked.add(arn);
    return sweepText(page, {
      at: startedAt,
      summary: result,
      works: decisions.map((decision) => ({ decision, facts: workFacts(emulator, decision.arn) })),
      remarkable: fresh.length > 0,
      pricePerMinute,
    });
  }
}

function isSweepSummary(value: unknown): value is SweepSummary {
  return (
    isRecord(value) &&
    typeof value.activeItems === 'number' &&
    [
      value.stopped,
      value.wouldStop,
      value.confirmed,
      value.problems,
      value.usage,
      value.spend,
      value.lessons,
    ].every(Array.isArray)
  );
}

import { randomUUID } from 'node:crypto';
import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import type { Invocation, LambdaFunction } from './lambda-function.ts';

/** What a function's EventInvokeConfig says of asynchronous invocations. */
export interface AsyncPlan {
  readonly retries: number;
  readonly maxAgeSeconds: number;
  /** ARN of the queue for events that were given up. */
  readonly onFailure?: string;
}

/** Lambda's own settings (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html). */
export const DEFAULT_ASYNC: AsyncPlan = { retries: 2, maxAgeSeconds: 6 * 60 * 60 };

/** A dead letter. `at` is epoch milliseconds of the virtual clock. */
export interface DeadLetter {
  readonly queueArn: string;
  readonly at: number;
  readonly body: unknown;
}

/** Lambda waits a minute before the second attempt and two before the third. */
const waitBefore = (attempt: number) => (attempt === 2 ? 60_000 : 120_000);

interface Event {
  readonly payload: unknown;
  readonly requestId: string;
  readonly acceptedAt: number;
}

/**
 * The queue before a function that is invoked without waiting for it: runs, runs again after failures, and gives up into the
 * dead-letter queue. Retries happen when time passes; they are no reason for time to move.
 */
export class AsyncEvents {
  readonly #target: LambdaFunction;
  readonly #plan: AsyncPlan;
  readonly #clock: VirtualClock;
  readonly #onDeadLetter: (letter: DeadLetter) => void;
  readonly #running = new Set<Promise<unknown>>();
  readonly #retries = new Set<() => void>();
  #closed = false;

  constructor(
    target: LambdaFunction,
    plan: AsyncPlan,
    clock: VirtualClock,
    onDeadLetter: (letter: DeadLetter) => void,
  ) {
    this.#target = target;
    this.#plan = plan;
    this.#clock = clock;
    this.#onDeadLetter = onDeadLetter;
  }

  /** Takes an event; resolves with the first attempt, whatever became of it. */
  accept(payload: unknown): Promise<Invocation> {
    return this.#attempt({ payload, requestId: randomUUID(), acceptedAt: this.#clock.now() }, 1);
  }

  /** Resolves when nothing is running; retries that wait for their time do not count. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Gives up all retries; what runs now is not tried again. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#retries) cancel();
  }

  #attempt(event: Event, attempt: number): Promise<Invocation> {
    const run = this.#target.invoke(event.payload, event.requestId).then((invocation) => {
      if (invocation.error && !this.#closed) this.#failed(event, attempt, invocation);
      return invocation;
    });
    this.#running.add(run);
    void run.finally(() => this.#running.delete(run));
    return run;
  }

  #failed(event: Event, attempt: number, invocation: Invocation): void {
    if (attempt > this.#plan.retries) {
      this.#giveUp(event, attempt, invocation, 'RetriesExhausted');
      return;
    }
    const next = this.#clock.now() + waitBefore(attempt + 1);
    if (next - event.acceptedAt > this.#plan.maxAgeSeconds * 1000) {
      this.#giveUp(event, attempt, invocation, 'EventAgeExceeded');
      return;
    }
    const cancel = this.#clock.at(next, () => {
      this.#retries.delete(cancel);
      void this.#attempt(event, attempt + 1);
    });
    this.#retries.add(cancel);
  }

  /** The record of a failed event (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html). */
  #giveUp(event: Event, attempts: number, { error }: Invocation, condition: string): void {
    if (this.#plan.onFailure === undefined) return;
    const body = {
      version: '1.0',
      timestamp: new Date(this.#clock.now()).toISOString(),
      requestContext: {
        requestId: event.requestId,
        functionArn: `${this.#target.plan.arn}:$LATEST`,
        condition,
        approximateInvokeCount: attempts,
      },
      requestPayload: event.payload,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: error,
    };
    this.#onDeadLetter({ queueArn: this.#plan.onFailure, at: this.#clock.now(), body });
  }
}

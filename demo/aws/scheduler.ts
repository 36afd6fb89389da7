import { randomUUID } from 'node:crypto';
import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import type { Invocation } from './lambda-function.ts';
import type { SchedulePlan } from './plan/schedule-plan.ts';

/** Starts a schedule's target with an event; resolves when that invocation has ended. */
export type Start = (plan: SchedulePlan, event: unknown) => Promise<Invocation>;

interface Running {
  readonly plan: SchedulePlan;
  /** Epoch milliseconds. */
  next: number;
}

/** EventBridge Scheduler for plain rates, which count from the deployment. */
export class Scheduler {
  readonly #running: readonly Running[];
  readonly #clock: VirtualClock;
  readonly #start: Start;

  constructor(plans: readonly SchedulePlan[], clock: VirtualClock, start: Start) {
    this.#running = plans.map((plan) => ({ plan, next: clock.now() + plan.everyMs }));
    this.#clock = clock;
    this.#start = start;
  }

  /** When the next invocation is due, epoch milliseconds; `Infinity` without schedules. */
  get nextAt(): number {
    return Math.min(...this.#running.map(({ next }) => next));
  }

  /**
   * Lets time pass until the next due time and resolves when the invocation that began then has ended.
   * @throws RangeError when the template has no schedule
   */
  async tick(): Promise<Invocation> {
    const due = this.#earliest();
    if (!due) throw new RangeError('the template has no enabled schedule; there is nothing to wait for');
    const at = due.next;
    due.next += due.plan.everyMs;
    await this.#clock.sleepUntil(at);
    return this.#start(due.plan, schedulerEvent(due.plan, at));
  }

  /**
   * Lets time pass until `until` (epoch milliseconds) and invokes at every due time up to it, whether or not the invocation
   * before has ended. Resolves with all of them, in the order of their due times, when all have ended.
   */
  async run(until: number): Promise<readonly Invocation[]> {
    const started: Promise<Invocation>[] = [];
    while (this.nextAt <= until) {
      const due = this.nextAt;
      started.push(this.tick());
      await this.#clock.sleepUntil(due);
    }
    await this.#clock.sleepUntil(until);
    return Promise.all(started);
  }

  #earliest(): Running | undefined {
    return this.#running.reduce<Running | undefined>(
      (first, running) => (first && first.next <= running.next ? first : running),
      undefined,
    );
  }
}

/** The target's input with its context attributes filled in, or else the event that EventBridge Scheduler makes up. */
function schedulerEvent({ arn, input }: SchedulePlan, at: number): unknown {
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`;
  const id = randomUUID();
  if (input === undefined) {
    return {
      version: '0',
      id,
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: arn.split(':')[4],
      time,
      region: arn.split(':')[3],
      resources: [arn],
      detail: '{}',
    };
  }
  const filled = input
    .replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.execution-id>', id)
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.attempt-number>', '1');
  return JSON.parse(filled);
}

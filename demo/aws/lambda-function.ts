import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { VirtualClock, Watched } from '../../emulator/virtual-clock.ts';
import { Container, type FunctionError, type Outcome } from './container.ts';
import type { FunctionPlan } from './template.ts';

/** One invocation that has ended. Times are epoch milliseconds of the virtual clock. */
export interface LocalInvocation {
  readonly functionName: string;
  readonly requestId: string;
  readonly event: unknown;
  readonly startedAt: number;
  readonly endedAt: number;
  /** What the function printed, line by line: logs and metrics. */
  readonly logs: readonly string[];
  /** What the handler returned; absent when it failed. */
  readonly result?: unknown;
  readonly error?: FunctionError;
}

/**
 * A function with its containers: one invocation at a time in each, a new container when all are busy, and an end by force
 * when the timeout has passed (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
 */
export class LambdaFunction implements Watched {
  readonly plan: FunctionPlan;
  readonly #clock: VirtualClock;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #unwatch: () => void;
  readonly #free: Container[] = [];
  readonly #busy = new Set<Container>();
  readonly #all = new Set<Container>();
  #changes = 0;

  /** @param environment the whole environment of its processes */
  constructor(plan: FunctionPlan, clock: VirtualClock, environment: Readonly<Record<string, string>>) {
    this.plan = plan;
    this.#clock = clock;
    this.#environment = environment;
    this.#unwatch = clock.watch(this);
  }

  /** Runs the function once; resolves with its result or its error. */
  async invoke(event: unknown): Promise<LocalInvocation> {
    const container = this.#free.pop() ?? this.#newContainer();
    this.#busy.add(container);
    const [requestId, startedAt] = [randomUUID(), this.#clock.now()];
    const printed: string[] = [];
    const outcome = await this.#withTimeout(container, event, requestId, printed);
    this.#release(container);
    return {
      functionName: this.plan.name,
      requestId,
      event,
      startedAt,
      endedAt: this.#clock.now(),
      logs: printed.join('').split('\n').filter(Boolean),
      ...(outcome.ok ? { result: JSON.parse(outcome.payload) } : { error: outcome.error }),
    };
  }

  /** Ends every container with SIGKILL; resolves when they are gone. Running invocations fail, the next starts cold. */
  async killContainers(): Promise<void> {
    this.#free.length = 0;
    const all = [...this.#all];
    for (const container of all) container.kill();
    await Promise.all(all.map(({ ended }) => ended));
  }

  async close(): Promise<void> {
    await this.killContainers();
    this.#unwatch();
  }

  async idle(): Promise<void> {
    for (const container of this.#busy) await container.idle();
  }

  changes(): number {
    let changes = this.#changes;
    for (const container of this.#all) changes += container.changes();
    return changes;
  }

  moved(): void {
    for (const container of this.#busy) container.tellTime();
  }

  #newContainer(): Container {
    const container = new Container(this.#clock, join(this.plan.directory, 'index.mjs'), this.#environment);
    this.#all.add(container);
    void container.ended.then(() => {
      this.#changes += container.changes() + 1;
      this.#all.delete(container);
    });
    return container;
  }

  #release(container: Container): void {
    this.#changes++;
    this.#busy.delete(container);
    if (container.usable) this.#free.push(container);
    else container.kill();
  }

  /** The timeout counts by the virtual clock, and by the real one in case that the function never sleeps nor ends. */
  async #withTimeout(
    container: Container,
    event: unknown,
    requestId: string,
    printed: string[],
  ): Promise<Outcome> {
    const ms = this.plan.timeoutSeconds * 1000;
    const ended = new AbortController();
    let timedOut = false;
    const timeOut = () => {
      timedOut = true;
      container.kill();
    };
    const real = setTimeout(timeOut, ms);
    // Rejects only when the invocation ended in time.
    this.#clock.sleep(ms, ended.signal).then(timeOut, () => {});
    const outcome = await container.invoke({
      event,
      context: {
        functionName: this.plan.name,
        functionVersion: '$LATEST',
        invokedFunctionArn: this.plan.arn,
        memoryLimitInMB: String(this.plan.memoryMb),
        awsRequestId: requestId,
      },
      deadline: this.#clock.now() + ms,
      log: (text) => printed.push(text),
    });
    clearTimeout(real);
    ended.abort();
    const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${ms / 1000}.00 seconds`;
    return timedOut ? { ok: false, error: { errorType: 'Sandbox.Timedout', errorMessage } } : outcome;
  }
}

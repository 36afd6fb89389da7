import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import {
  type FromContainer,
  type FunctionError,
  parseFromContainer,
  type ToContainer,
} from './container-messages.ts';
import { ContainerSleeps } from './container-sleeps.ts';

const RUNNER = fileURLToPath(new URL('./runner.mjs', import.meta.url));
const PRELOAD = new URL('./clock-preload.mjs', import.meta.url).href;

export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

/** What one invocation tells its container. `deadline` is epoch milliseconds of the virtual clock. */
export interface Work {
  readonly event: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly deadline: number;
  /** Takes what the function prints, piece by piece. */
  readonly log: (text: string) => void;
}

export interface ContainerOptions {
  readonly clock: VirtualClock;
  /** Absolute path of the module that exports the handler. */
  readonly file: string;
  /** Name of the export. */
  readonly handler: string;
  /** The whole environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * One execution environment of a function: a long-lived child process that does one invocation at a time.
 * It knows the virtual clock only by messages, so it sees the same time as everything else here.
 */
export class Container {
  /** Resolves when the process is gone and has said its last word. */
  readonly ended: Promise<void>;
  readonly #clock: VirtualClock;
  readonly #child: ChildProcess;
  readonly #sleeps: ContainerSleeps;
  readonly #questions = new Map<number, () => void>();
  readonly #started: Promise<FunctionError | undefined>;
  #start: (error?: FunctionError) => void = () => {};
  #finish: (outcome: Outcome) => void = () => {};
  #log: (text: string) => void = () => {};
  #ids = 0;
  #changes = 0;
  #usable = true;
  #killed = false;

  constructor(options: ContainerOptions) {
    this.#clock = options.clock;
    this.#sleeps = new ContainerSleeps(options.clock, (id) => {
      this.#send({ type: 'wake', id, now: this.#clock.now() });
    });
    this.#child = fork(RUNNER, {
      execArgv: ['--import', PRELOAD],
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#started = new Promise((resolve) => {
      this.#start = resolve;
    });
    this.ended = this.#listen();
    this.#send({ type: 'init', file: options.file, name: options.handler, now: this.#clock.now() });
  }

  /** Whether it can take another invocation: its process lives and its handler was found. */
  get usable(): boolean {
    return this.#usable;
  }

  /** Does one invocation. Resolves also when the function fails, and when the process ends meanwhile. */
  async invoke({ event, context, deadline, log }: Work): Promise<Outcome> {
    this.#log = log;
    const broken = await this.#started;
    if (broken) return { ok: false, error: broken };
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#send({ type: 'invoke', event, context, deadline, now: this.#clock.now() });
    });
  }

  /** SIGKILL: the process has no say in it. */
  kill(): void {
    this.#usable = false;
    this.#killed = true;
    this.#child.kill('SIGKILL');
  }

  /** Resolves when the process has nothing to do but to sleep on the virtual clock, or has finished, or is gone. */
  async idle(): Promise<void> {
    await this.#started;
    if (this.#killed) await this.ended;
    if (!this.#usable) return;
    await new Promise<void>((resolve) => {
      const id = this.#ids++;
      this.#questions.set(id, resolve);
      this.#send({ type: 'ask', id });
    });
  }

  /** Grows with everything that the process says, except that it is idle. */
  changes(): number {
    return this.#changes;
  }

  /** Tells the process that time has moved. */
  tellTime(): void {
    this.#send({ type: 'time', now: this.#clock.now() });
  }

  #listen(): Promise<void> {
    // Lines that the runner did not take over, such as the last words of a crash.
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#log(text));
    }
    this.#child.on('message', (message) => this.#take(parseFromContainer(message)));
    return new Promise((resolve) => {
      const end = (how: string) => {
        this.#end({ errorType: 'Runtime.ExitError', errorMessage: `runtime exited with error: ${how}` });
        resolve();
      };
      this.#child.on('error', (error) => end(error.message));
      this.#child.on('close', (code, signal) => end(signal ? `signal: ${signal}` : `exit status ${code}`));
    });
  }

  #send(message: ToContainer): void {
    // A process that dies meanwhile is noticed by its end; nobody waits for this message then.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #take(message: FromContainer): void {
    if (message.type !== 'idle') this.#changes++;
    switch (message.type) {
      case 'ready':
        this.#start();
        break;
      case 'broken':
        this.#end(message.error);
        break;
      case 'result':
        this.#done({ ok: true, payload: message.payload });
        break;
      case 'error':
        this.#done({ ok: false, error: message.error });
        break;
      case 'log':
        this.#log(message.text);
        break;
      case 'sleep':
        this.#sleeps.begin(message.id, message.ms);
        break;
      case 'cancel':
        this.#sleeps.cancel(message.id);
        break;
      case 'idle':
        this.#answer(message.id);
    }
  }

  #answer(id: number): void {
    this.#questions.get(id)?.();
    this.#questions.delete(id);
  }

  #done(outcome: Outcome): void {
    this.#finish(outcome);
    for (const id of this.#questions.keys()) this.#answer(id);
  }

  #end(error: FunctionError): void {
    this.#usable = false;
    this.#changes++;
    this.#sleeps.cancelAll();
    this.#start(error);
    this.#done({ ok: false, error });
  }
}

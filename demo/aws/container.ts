import { type ChildProcess, fork } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { VirtualClock } from '../../emulator/virtual-clock.ts';
import { isRecord } from '../../lambda/text.ts';

const RUNNER = fileURLToPath(new URL('./runner.mjs', import.meta.url));
const PRELOAD = new URL('./clock-preload.mjs', import.meta.url).href;

/** An error as a Lambda function replies with it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

/** One invocation. `deadline` is epoch milliseconds of the virtual clock. */
export interface Work {
  readonly event: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly deadline: number;
  /** Takes what the function prints, piece by piece. */
  readonly log: (text: string) => void;
}

/** What `runner.mjs` says. */
type FromContainer =
  | { readonly type: 'ready' }
  | { readonly type: 'broken'; readonly error: FunctionError }
  | { readonly type: 'error'; readonly error: FunctionError }
  | { readonly type: 'result'; readonly payload: string }
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'sleep'; readonly id: number; readonly ms: number }
  | { readonly type: 'idle'; readonly id: number };

const SAID: readonly unknown[] = ['ready', 'broken', 'error', 'result', 'log', 'sleep', 'idle'];

function isSaid(message: unknown): message is FromContainer {
  return isRecord(message) && SAID.includes(message.type);
}

/**
 * One execution environment of a function: a child process that does one invocation at a time. It learns the time by
 * messages, so it sees the same time as everything else here.
 */
export class Container {
  /** Resolves when the process is gone and has said its last word. */
  readonly ended: Promise<void>;
  readonly #clock: VirtualClock;
  readonly #child: ChildProcess;
  readonly #sleeps = new AbortController();
  readonly #questions = new Map<number, () => void>();
  readonly #started: Promise<FunctionError | undefined>;
  #start: (error?: FunctionError) => void = () => {};
  #finish: (outcome: Outcome) => void = () => {};
  #log: (text: string) => void = () => {};
  #ids = 0;
  #changes = 0;
  #usable = true;
  #killed = false;

  /**
   * @param file absolute path of the module that exports `handler`
   * @param environment the whole environment of the process
   */
  constructor(clock: VirtualClock, file: string, environment: Readonly<Record<string, string>>) {
    this.#clock = clock;
    // One for each sleep: stops of many items wait side by side.
    setMaxListeners(0, this.#sleeps.signal);
    this.#child = fork(RUNNER, {
      execArgv: ['--import', PRELOAD],
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#started = new Promise((resolve) => {
      this.#start = resolve;
    });
    this.ended = this.#listen();
    this.#send({ type: 'init', file });
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
      this.#send({ type: 'invoke', event, context, deadline });
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
    this.#send({ type: 'time' });
  }

  #listen(): Promise<void> {
    // Lines that the runner did not take over, such as the last words of a crash.
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#log(text));
    }
    this.#child.on('message', (message) => this.#take(message));
    return new Promise((resolve) => {
      const end = (how: string) => {
        this.#end({ errorType: 'Runtime.ExitError', errorMessage: `runtime exited with error: ${how}` });
        resolve();
      };
      this.#child.on('error', (error) => end(error.message));
      this.#child.on('close', (code, signal) => end(signal ? `signal: ${signal}` : `exit status ${code}`));
    });
  }

  #send(message: Readonly<Record<string, unknown>>): void {
    // A process that dies meanwhile is noticed by its end; nobody waits for this message then.
    if (this.#child.connected) this.#child.send({ ...message, now: this.#clock.now() }, () => {});
  }

  #take(message: unknown): void {
    if (!isSaid(message)) throw new TypeError(`unknown message of runner.mjs: ${JSON.stringify(message)}`);
    if (message.type !== 'idle') this.#changes++;
    if (message.type === 'ready') this.#start();
    else if (message.type === 'broken') this.#end(message.error);
    else if (message.type === 'result') this.#done({ ok: true, payload: message.payload });
    else if (message.type === 'error') this.#done({ ok: false, error: message.error });
    else if (message.type === 'log') this.#log(message.text);
    else if (message.type === 'sleep') this.#sleep(message.id, message.ms);
    else this.#answer(message.id);
  }

  #sleep(id: number, ms: number): void {
    const wake = () => this.#send({ type: 'wake', id });
    // Rejects only when the process is gone: nobody is there to be woken.
    this.#clock.sleep(ms, this.#sleeps.signal).then(wake, () => {});
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
    this.#sleeps.abort();
    this.#start(error);
    this.#done({ ok: false, error });
  }
}

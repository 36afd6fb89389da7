import { applyFaults, spoilBody, stopModeOf } from './apply-faults.ts';
import { type Billed, billedUntil } from './billed.ts';
import { DeviceFarmError } from './errors.ts';
import { Farm } from './farm.ts';
import { type FaultKind, Faults } from './faults.ts';
import type { Json, JsonObject } from './json.ts';
import { operations } from './operations/table.ts';
import { type EmulatorOptions, type Options, resolveOptions } from './options.ts';
import { checkTransport, type Message, operationOf, readInput } from './protocol.ts';
import { type Random, randomUuid, seededRandom } from './random.ts';
import { errorReply, Interruption, jsonReply, type Reply } from './reply.ts';
import { type InProcessHandler, inProcessHandler } from './request-handler.ts';
import type { RequestRecord } from './request-log.ts';
import { addRaw } from './seeding/add-raw.ts';
import { addProject } from './seeding/add-project.ts';
import { addRun } from './seeding/add-run.ts';
import { addSession } from './seeding/add-session.ts';
import type { SeedContext } from './seeding/context.ts';
import { addDevicePool } from './seeding/device-pools.ts';
import type { DevicePoolSeed, ProjectSeed, RawSeed, RunSeed, SessionSeed } from './seeding/seeds.ts';
import { type Listener, listenOn } from './server.ts';
import { showRecord } from './show-record.ts';
import { Throttle } from './throttle.ts';

/** Called with the record of a request; may wait, and may throw to break the connection. */
export type Hook = (request: RequestRecord) => void | Promise<void>;

/**
 * An AWS Device Farm on this machine, for any AWS client. Its README is its specification. All state follows from what
 * was seeded, what was requested, and the injected clock.
 *
 * @example
 * const emulator = new DeviceFarmEmulator({ now: () => Date.now() });
 * const project = emulator.addProject({ name: 'mobile' });
 * emulator.addRun({ project, jobs: [{ testMinutes: 90 }] });
 * const { url, close } = await emulator.listen(); // AWS_ENDPOINT_URL_DEVICE_FARM=url
 */
export class DeviceFarmEmulator {
  readonly faults = new Faults();
  /** Every request received, oldest first. */
  readonly requests: RequestRecord[] = [];
  /** Runs before the operation; a process killed here has asked, and nothing was done. */
  onRequest: Hook = () => {};
  /** Runs after the operation and before its reply; a process killed here never learns that it was done. */
  onEffect: Hook = () => {};
  readonly #options: Options;
  readonly #farm = new Farm();
  readonly #throttle = new Throttle();
  readonly #random: Random;
  readonly #seedContext: SeedContext;

  constructor(options: EmulatorOptions) {
    this.#options = resolveOptions(options);
    this.#random = seededRandom(this.#options.seed);
    const newId = () => randomUuid(this.#random);
    this.#seedContext = { farm: this.#farm, options: this.#options, newId };
  }

  /** Adds a project and returns its ARN. */
  addProject(seed: ProjectSeed = {}): string {
    return addProject(this.#seedContext, seed).arn;
  }

  /** Adds a run and returns its ARN and those of its jobs, by index. Throws a RangeError for an unknown project. */
  addRun(seed: RunSeed): { readonly arn: string; readonly jobs: readonly string[] } {
    const run = addRun(this.#seedContext, seed);
    return { arn: run.arn, jobs: run.jobs.flatMap((job) => job.arn ?? []) };
  }

  /** Adds a remote access session and returns its ARN. Throws a RangeError for an unknown project. */
  addSession(seed: SessionSeed): string {
    return addSession(this.#seedContext, seed).arn;
  }

  /** Adds an item that is served verbatim; returns its ARN, or an empty text when it has none. */
  addRaw(seed: RawSeed): string {
    return addRaw(this.#seedContext, seed).arn ?? '';
  }

  /** Adds a device pool for `ScheduleRun` and returns its ARN. */
  addDevicePool(seed: DevicePoolSeed): string {
    return addDevicePool(this.#seedContext, seed).arn;
  }

  /** The item of that ARN as the API shows it now, without a request. Throws a RangeError when nothing has that ARN. */
  show(arn: string): Json {
    const record = this.#farm.find(arn);
    if (record === undefined) throw new RangeError(`nothing has the ARN ${arn}: add it first`);
    return showRecord(record, this.#farm, this.#options, this.#options.now());
  }

  /** What was really used until `now` (default: the clock's), whatever the API shows. */
  billed(now = this.#options.now()): Billed {
    return billedUntil(this.#farm, now);
  }

  /** Serves on 127.0.0.1; port 0 takes a free one. `close` ends open connections too. */
  listen(port = 0): Promise<Listener> {
    return listenOn(port, (message) => this.handle(message));
  }

  /** A `requestHandler` for an SDK client in the same process: no sockets, but the same protocol. */
  requestHandler(): InProcessHandler {
    return inProcessHandler((message) => this.handle(message));
  }

  /** The protocol without a transport. Rejects only with what a hook threw. */
  async handle(message: Message): Promise<Reply> {
    const request: RequestRecord = {
      at: this.#options.now(),
      operation: operationOf(message),
      input: inputOrEmpty(message),
      changed: false,
    };
    this.requests.push(request);
    const reply = await this.#answer(message, request);
    if (reply.kind === 'http') request.status = reply.status;
    return reply;
  }

  async #answer(message: Message, request: RequestRecord): Promise<Reply> {
    const requestId = randomUuid(this.#random);
    const stamp = () => ({ now: this.#options.now(), requestId });
    try {
      return jsonReply(await this.#perform(message, request), stamp());
    } catch (error) {
      request.errorName = error instanceof Error ? error.name : String(error);
      if (error instanceof DeviceFarmError) return errorReply(error, stamp());
      if (error instanceof Interruption) return error.reply(stamp());
      throw error;
    }
  }

  async #perform(message: Message, request: RequestRecord): Promise<JsonObject> {
    await this.onRequest(request);
    checkTransport(message);
    this.#admit(request.operation);
    const faults = this.faults.strike(request);
    await applyFaults(faults, 'before');
    const body = this.#operate(readInput(message), request, faults);
    await this.onEffect(request);
    await applyFaults(faults, 'after');
    return spoilBody(faults, body, request.input, this.#random);
  }

  #admit(operation: string): void {
    if (!operations.has(operation)) {
      throw new DeviceFarmError('UnknownOperationException', `unknown operation ${operation || '(none)'}`);
    }
    if (this.#options.throttle && !this.#throttle.admits(operation, this.#options.now())) {
      throw new DeviceFarmError(this.#options.throttleError, 'Rate exceeded');
    }
  }

  #operate(input: JsonObject, request: RequestRecord, faults: readonly FaultKind[]): JsonObject {
    const operation = operations.get(request.operation);
    if (operation === undefined) throw new RangeError(`operation ${request.operation} was not admitted`);
    return operation({
      operation: request.operation,
      input,
      now: this.#options.now(),
      farm: this.#farm,
      options: this.#options,
      seedContext: this.#seedContext,
      stopMode: stopModeOf(faults),
      markChanged: () => {
        request.changed = true;
      },
    });
  }
}

/** For the log, where an unreadable body must not keep the request from being recorded. */
function inputOrEmpty(message: Message): JsonObject {
  try {
    return readInput(message);
  } catch (error) {
    if (error instanceof DeviceFarmError) return {};
    throw error;
  }
}

import { applyFaults, type FaultKind, type Faults, spoilBody, stopModeOf } from './faults.ts';
import type { JsonObject } from './json.ts';
import { operations } from './operations/table.ts';
import {
  checkTransport,
  DeviceFarmError,
  errorReply,
  Interruption,
  jsonReply,
  type Message,
  operationOf,
  type Reply,
  type RequestRecord,
  readInput,
} from './protocol.ts';
import { type Random, randomUuid } from './random.ts';
import type { SeedContext } from './seeding/context.ts';
import { Throttle } from './throttle.ts';

/** Called with the record of a request; may wait, and may throw to break the connection. */
export type Hook = (request: RequestRecord) => void | Promise<void>;

/** What a service works with. The hooks are read at every request. */
export interface ServiceParts extends SeedContext {
  readonly faults: Faults;
  readonly requests: RequestRecord[];
  readonly hooks: { readonly onRequest: Hook; readonly onEffect: Hook };
  readonly random: Random;
}

/** The way of a request: log, hook, transport, throttle, faults, operation, hook, faults, reply. */
export class Service {
  readonly #parts: ServiceParts;
  readonly throttle: Throttle;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.throttle = new Throttle(parts.options.otherClient, parts.options.now());
  }

  /** Answers one request. Rejects only with what a hook threw. */
  async handle(message: Message): Promise<Reply> {
    const request: RequestRecord = {
      at: this.#parts.options.now(),
      operation: operationOf(message),
      input: inputOrEmpty(message),
      changed: false,
    };
    this.#log(request);
    const reply = await this.#answer(message, request);
    if (reply.kind === 'http') request.status = reply.status;
    return reply;
  }

  /** The oldest go when there are too many; a tenth at a time, so that it costs little. */
  #log(request: RequestRecord): void {
    const { requests, options } = this.#parts;
    requests.push(request);
    if (requests.length > options.keptRequests) requests.splice(0, Math.ceil(options.keptRequests / 10));
  }

  async #answer(message: Message, request: RequestRecord): Promise<Reply> {
    const requestId = randomUuid(this.#parts.random);
    const stamp = () => ({ now: this.#parts.options.now(), requestId });
    try {
      return jsonReply(await this.#perform(message, request), stamp());
    } catch (error) {
      request.errorName = nameOf(error);
      if (error instanceof DeviceFarmError) return errorReply(error, stamp());
      if (error instanceof Interruption) return error.reply(stamp());
      if (error instanceof HookError) throw error.cause;
      const message = `the emulator failed: ${error instanceof Error ? error.message : String(error)}`;
      return errorReply(new DeviceFarmError('InternalFailure', message), stamp());
    }
  }

  async #perform(message: Message, request: RequestRecord): Promise<JsonObject> {
    await this.#run('onRequest', request);
    checkTransport(message);
    this.#admit(request.operation);
    const faults = this.#parts.faults.strike(request);
    await applyFaults(faults, 'before');
    const body = this.#operate(readInput(message), request, faults);
    await this.#run('onEffect', request);
    await applyFaults(faults, 'after');
    return spoilBody(faults, body, request.input, this.#parts.random);
  }

  async #run(hook: 'onRequest' | 'onEffect', request: RequestRecord): Promise<void> {
    try {
      await this.#parts.hooks[hook](request);
    } catch (error) {
      throw new HookError('a hook broke the connection', { cause: error });
    }
  }

  #admit(operation: string): void {
    if (!operations.has(operation)) {
      throw new DeviceFarmError('UnknownOperationException', `unknown operation ${operation || '(none)'}`);
    }
    if (this.#parts.options.throttle && !this.throttle.admits(operation, this.#parts.options.now())) {
      throw new DeviceFarmError(this.#parts.options.throttleError, 'Rate exceeded');
    }
  }

  #operate(input: JsonObject, request: RequestRecord, faults: readonly FaultKind[]): JsonObject {
    const operation = operations.get(request.operation);
    if (operation === undefined) throw new RangeError(`operation ${request.operation} was not admitted`);
    const { farm, options } = this.#parts;
    return operation({
      operation: request.operation,
      input,
      now: options.now(),
      farm,
      options,
      seedContext: this.#parts,
      stopMode: stopModeOf(faults),
      markChanged: () => {
        request.changed = true;
      },
    });
  }
}

/** What a hook threw. It is meant to break the connection; anything else that is unexpected is a fault of the emulator. */
class HookError extends Error {}

function nameOf(error: unknown): string {
  const cause = error instanceof HookError ? error.cause : error;
  if (cause instanceof DeviceFarmError || cause instanceof Interruption || error instanceof HookError)
    return cause instanceof Error ? cause.name : String(cause);
  return 'InternalFailure';
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

import { type Billed, billedUntil, Farm } from './farm.ts';
import { Faults } from './faults.ts';
import { encodeJson, type Json } from './json.ts';
import { type EmulatorOptions, type Options, resolveOptions } from './options.ts';
import type { Message, Reply, RequestRecord } from './protocol.ts';
import { randomUuid, seededRandom } from './random.ts';
import { type InProcessHandler, inProcessHandler } from './request-handler.ts';
import type { SeedContext } from './seeding/context.ts';
import { addDevicePool, addProject, addRaw, addRun, addSession } from './seeding/seed.ts';
import type { DevicePoolSeed, ProjectSeed, RawSeed, RunSeed, SessionSeed } from './seeding/seeds.ts';
import { type Listener, listenOn } from './server.ts';
import { type Hook, Service } from './service.ts';
import type { OtherRequests } from './throttle.ts';
import { showRecord } from './views.ts';

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
  /** The requests received, oldest first; at most `keptRequests` of them. */
  readonly requests: RequestRecord[] = [];
  /** Runs before the operation; a process killed here has asked, and nothing was done. */
  onRequest: Hook = () => {};
  /** Runs after the operation and before its reply; a process killed here never learns that it was done. */
  onEffect: Hook = () => {};
  readonly #options: Options;
  readonly #farm = new Farm();
  readonly #seedContext: SeedContext;
  readonly #service: Service;

  constructor(options: EmulatorOptions) {
    const random = seededRandom(options.seed ?? 1);
    this.#options = resolveOptions(options);
    this.#seedContext = { farm: this.#farm, options: this.#options, newId: () => randomUuid(random) };
    const { faults, requests } = this;
    this.#service = new Service({ ...this.#seedContext, faults, requests, random, hooks: this });
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
    const sent: Json = JSON.parse(
      encodeJson(showRecord(record, this.#farm, this.#options, this.#options.now())),
    );
    return sent;
  }

  /** What was really used until `now` (default: the clock's), whatever the API shows. */
  billed(now = this.#options.now()): Billed {
    return billedUntil(this.#farm, now);
  }

  /** What the option `otherClient` asked for until now, by operation. */
  otherClient(): ReadonlyMap<string, OtherRequests> {
    this.#service.throttle.followOthers(this.#options.now());
    return this.#service.throttle.otherClient;
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
  handle(message: Message): Promise<Reply> {
    return this.#service.handle(message);
  }
}

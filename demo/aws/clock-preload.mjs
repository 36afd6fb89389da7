// Preloaded into every local function (node --import): moves its clock from outside. `Date` stands still while the function works
// and follows the host's virtual clock while it sleeps. A timer that only resolves a promise is a sleep on that clock; other
// timers, such as the SDK's request timeouts, and performance.now() stay real.
import { subscribe } from 'node:diagnostics_channel';

/** What may be open while the function only waits: sockets kept alive, and the channel to the host. */
const QUIET = new Set(['TCPSocketWrap', 'TLSWrap', 'PipeWrap', 'CloseReq', 'MessagePort', 'SignalWrap']);
const QUIET_TURNS = 4;
/** Real milliseconds of quiet after which a function that does not sleep is believed to wait for nothing that will come. */
const PATIENCE_MS = 50;

const RealDate = Date;
const realTimeout = setTimeout;
const realTurn = setImmediate;
const sleeps = new Map();
let now = RealDate.now();
let sleepId = 0;
let requests = 0;
let questions = 0;

export function setTime(time) {
  now = time;
}

/** Ends a virtual sleep. */
export function wake(id) {
  const resolve = sleeps.get(id);
  sleeps.delete(id);
  resolve?.();
}

/**
 * Answers `true` when this process has nothing left to do but to sleep on the virtual clock, `false` when it was asked again
 * meanwhile. Node does not show all work in its thread pool, so a process that does not even sleep must stay quiet for a while.
 */
export async function isIdle() {
  const question = ++questions;
  for (let quietSince; question === questions; ) {
    for (let i = 0; i < QUIET_TURNS; i++) await new Promise((resolve) => realTurn(resolve));
    quietSince = isQuiet() ? (quietSince ?? performance.now()) : undefined;
    if (quietSince !== undefined && (sleeps.size > 0 || performance.now() - quietSince > PATIENCE_MS))
      return true;
    await new Promise((resolve) => realTimeout(() => resolve(), 1));
  }
  return false;
}

function isQuiet() {
  return requests === 0 && process.getActiveResourcesInfo().every((kind) => QUIET.has(kind));
}

RealDate.now = () => now;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length ? args : [now], newTarget),
  apply: () => new RealDate(now).toString(),
});
RealDate.prototype.constructor = globalThis.Date;

globalThis.setTimeout = (callback, ms, ...values) => {
  if (!resolvesPromise(callback)) return realTimeout(callback, ms, ...values);
  const id = ++sleepId;
  sleeps.set(id, () => callback(...values));
  process.send({ type: 'sleep', id, ms: Number(ms) });
  return id;
};

/** Whether it is the `resolve` of `new Promise((resolve) => ...)` itself: a native function without a name. */
function resolvesPromise(callback) {
  return callback?.name === '' && Function.prototype.toString.call(callback).includes('[native code]');
}

subscribe('http.client.request.start', ({ request }) => {
  requests++;
  request.once('close', () => requests--);
});

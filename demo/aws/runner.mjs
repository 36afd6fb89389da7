// The inside of a local function's container: imports the handler as Lambda's runtime would, takes invocations over IPC and
// sends back results and log lines in the order in which they came.
import { pathToFileURL } from 'node:url';
import { isIdle, setTime, wake } from './clock-preload.mjs';

let handler;
let time = 0;

const on = {
  init: async ({ file }) => {
    try {
      ({ handler } = await import(pathToFileURL(file).href));
      send({ type: 'ready' });
    } catch (error) {
      send({ type: 'broken', error: describe(error) });
    }
  },
  invoke: async ({ event, context, deadline }) => {
    const remaining = () => Math.max(0, deadline - time);
    try {
      const result = await handler(event, { ...context, getRemainingTimeInMillis: remaining });
      // Lambda answers `null` for a handler that returns nothing.
      send({ type: 'result', payload: JSON.stringify(result) ?? 'null' });
    } catch (error) {
      send({ type: 'error', error: describe(error) });
    }
  },
  time: () => {},
  wake: ({ id }) => wake(id),
  ask: async ({ id }) => {
    if (await isIdle()) send({ type: 'idle', id });
  },
};

function send(message) {
  if (process.connected) process.send(message);
}

/** An error in the shape that Lambda replies with (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html). */
function describe(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk, encoding, callback) => {
    send({ type: 'log', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString() });
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) process.nextTick(done);
    return true;
  };
}

process.on('message', (message) => {
  time = message.now;
  setTime(message.now);
  on[message.type](message);
});
// The host decides when a container ends: Ctrl-C reaches the whole process group, and the host closes in order.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());

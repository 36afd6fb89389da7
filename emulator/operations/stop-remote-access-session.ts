import type { Operation } from './call.ts';
import { stopOne } from './stop-one.ts';

/** Asks for one remote access session to be stopped. */
export const stopRemoteAccessSession: Operation = (call) => ({
  remoteAccessSession: stopOne(call, 'session'),
});

import type { Operation } from './call.ts';
import { stopOne } from './stop-one.ts';

/** Asks for one job to be stopped. */
export const stopJob: Operation = (call) => ({ job: stopOne(call, 'job') });

import { workOf } from '../farm.ts';
import { showRecord } from '../show-record.ts';
import type { Operation } from './call.ts';
import { readRun } from './read-run.ts';
import { shownAfterStop } from './stop-one.ts';
import { refuseFinished, stopWork } from './stop-work.ts';

/** Asks for all jobs of a run to be stopped that still can be. */
export const stopRun: Operation = (call) => {
  const run = readRun(call, 'arn');
  if (run.kind === 'raw') return { run: run.item };
  const stopped = workOf(run).filter((job) => stopWork(call, job)).length > 0;
  if (!stopped) refuseFinished(call, run.arn);
  return { run: shownAfterStop(call, showRecord(run, call.farm, call.options, call.now), stopped) };
};

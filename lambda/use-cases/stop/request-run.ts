import { stopRecord } from '../../core/stops/stop-record.ts';
import type { StopReply } from '../../ports.ts';
import type { Attempt } from './stop-attempt.ts';
import type { StopPorts } from './stop-order.ts';

/**
 * The number of the next call for a run. It is to be read before its jobs: whoever sees a job that is not stopping yet then
 * takes the same number as everybody else who saw it so, and one call is made.
 * @throws AwsCallError
 */
export async function nextRunAttempt({ audit }: Pick<StopPorts, 'audit'>, runArn: string): Promise<number> {
  const history = await audit.of(runArn);
  return history.filter(({ event }) => event === 'StopAccepted').length + 1;
}

/**
 * Asks for a run to be stopped, with an intent and an outcome under the ARN of the run itself. Its attempts are counted
 * apart from those of its jobs: which jobs are left differs from one to the next.
 * @throws AwsCallError when the audit trail does not answer
 */
export async function requestRun(
  { audit, stopper }: Pick<StopPorts, 'audit' | 'stopper'>,
  runArn: string,
  number: number,
  attempts: readonly Attempt[],
): Promise<StopReply> {
  const [first] = attempts;
  if (!first) throw new RangeError(`no job of ${runArn} is to be stopped; give at least one`);
  const { project, run } = first.subject;
  const subject = { subject: runArn, project, run };
  const add = (event: 'StopRequested' | 'StopAccepted' | 'StopFailed', reason: string) =>
    audit.add(stopRecord(event, number, subject, first.cause, reason));
  const what = `all that is left of the run (${attempts.length} jobs) by one call: ${first.cause.reason}`;
  await add('StopRequested', what);
  const reply = await stopper.requestRun(runArn, number);
  if (reply.kind === 'accepted') await add('StopAccepted', `${what}; Device Farm replied ${reply.status}`);
  if (reply.kind === 'refused' || reply.kind === 'unrecorded')
    await add('StopFailed', `${reply.error.name}: ${reply.error.message}; wanted: ${what}`);
  return reply;
}

import pMap from 'p-map';
import { CommandUnfinishedError } from '../../core/errors.ts';
import type { IncomingMessage } from '../../core/messages/command.ts';
import { digest } from '../../core/report/digest.ts';
import type { Cause } from '../../core/stops/cause.ts';
import { wouldStopRecord } from '../../core/stops/stop-record.ts';
import type { Metrics } from '../../ports.ts';
import { type RecordWouldStopPorts, recordWouldStop } from '../lessons/record-would-stops.ts';
import { type AnswerPorts, finish } from './answer-message.ts';
import type { MessageResult } from './message-result.ts';
import type { Resolution } from './resolve-targets.ts';

/** Targets recorded at once. */
const RECORDS_AT_ONCE = 8;

/** A budget or an alarm in observe mode: records what it would have stopped, and has it followed to its end. */
export async function observe(
  ports: AnswerPorts & RecordWouldStopPorts & { readonly metrics: Metrics },
  message: IncomingMessage,
  { targets, unreadable }: Resolution,
  cause: Cause,
  now: number,
): Promise<MessageResult> {
  await pMap(
    targets,
    (target) => {
      const record = wouldStopRecord({ ...target.subject, subject: target.arn }, cause);
      return recordWouldStop(ports, record, { ...target, only: cause.only }, now);
    },
    { concurrency: RECORDS_AT_ONCE },
  );
  const wouldStop = targets.map(({ arn }) => arn);
  ports.metrics.count({ wouldStop: wouldStop.length });
  if (unreadable.length > 0)
    throw new CommandUnfinishedError(`message ${message.id}: ${unreadable.slice(0, 5).join('; ')}`);
  const text = digest([{ title: 'Would have stopped (observe mode)', lines: wouldStop }]);
  await finish(
    ports,
    message,
    `Device Farm manual stop: would stop ${wouldStop.length}`,
    `${cause.reason}\n\n${text ?? 'There was nothing to stop.'}`,
  );
  return { status: 'done', stopped: [], wouldStop };
}

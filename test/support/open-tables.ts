import { VirtualClock } from '../../emulator/virtual-clock.ts';
import { tableClient } from '../../lambda/store/table.ts';
import { BEGIN } from './begin.ts';
import { inProcess } from './in-process.ts';
import { TableService } from './table-service.ts';
import { timeOf } from './time-of.ts';

/**
 * DynamoDB in memory with AutoStop's two tables, a client for it, and a virtual clock.
 * @param isFast by the stand-in that knows no more than AutoStop uses
 */
export async function openTables(isFast = false) {
  const clock = new VirtualClock(BEGIN);
  const tables = await TableService.open(isFast);
  const dynamo = tableClient({
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    region: 'us-west-2',
    maxAttempts: 1,
    requestHandler: inProcess(clock.now, (request) => tables.answer(request)),
  });
  return { clock, tables, dynamo, time: timeOf(clock) };
}

import { expect, it } from 'vitest';
import { startAutoStop } from '../support/auto-stop.ts';
import { addJob, shown } from '../support/work.ts';

it('stops a job that has run too long, with its intent before and its outcome after, and tells people', async () => {
  const auto = await startAutoStop();
  const { arn } = addJob(auto);
  await auto.pass(61);
  const summary = await auto.sweep();
  expect(summary.problems).toEqual([]);
  expect(summary).toMatchObject({ stopped: [arn], partial: false, failed: [] });
  expect(shown(auto, arn)).toBe('STOPPING');
  expect(await auto.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted']);
  auto.journal.expectStopsExplained();
  expect(auto.topic.published.map(({ subject }) => subject)).toEqual(['[AutoStop 123456789012] stopped 1']);
});

it('follows a stop to its end', async () => {
  const auto = await startAutoStop();
  const { arn } = addJob(auto);
  await auto.pass(61);
  await auto.sweep();
  await auto.pass(5);
  const summary = await auto.sweep();
  expect(summary).toMatchObject({ confirmed: [arn], stopped: [] });
  expect(await auto.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted', 'StopConfirmed']);
});

it('makes at most six calls to DynamoDB when nothing is in flight', async () => {
  const auto = await startAutoStop();
  for (let index = 0; index < 5; index += 1) auto.emulator.addProject({ name: `p${index}` });
  await auto.sweep();
  await auto.pass(5);
  await auto.sweep();
  await auto.pass(5);
  const before = auto.tables.calls.length;
  await auto.sweep();
  const calls = auto.tables.calls.slice(before);
  expect(
    calls.map(({ operation }) => operation).length,
    JSON.stringify(calls.map(({ operation, input }) => [operation, input])),
  ).toBeLessThanOrEqual(6);
});

it('makes at most twelve calls to DynamoDB more for a stop', async () => {
  const auto = await startAutoStop();
  for (let index = 0; index < 5; index += 1) auto.emulator.addProject({ name: `p${index}` });
  const { arn } = addJob(auto);
  await auto.pass(8);
  await auto.sweep();
  await auto.pass(47);
  const calls: number[] = [];
  for (let index = 0; index < 2; index += 1) {
    const before = auto.tables.calls.length;
    const summary = await auto.sweep();
    calls.push(auto.tables.calls.length - before);
    expect(summary.stopped).toEqual(index === 0 ? [] : [arn]);
    await auto.pass(6);
  }
  const [without = 0, withStop = 0] = calls;
  expect(withStop).toBeLessThanOrEqual(without + 12);
});

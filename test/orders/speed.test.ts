import { expect, it } from 'vitest';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { ACCOUNT } from '../support/local-auto-stop.ts';
import { addJob, shown } from '../support/work.ts';

const EVERYTHING = { action: 'stop', target: 'account', confirm: ACCOUNT };
const MINUTE = 60_000;

const start = () => startAutoStop({ emulator: { pageSize: 10 } });

/** Ended runs, one every three minutes, the newest two hours old. */
function addHistory({ emulator, clock }: TestAutoStop, project: string, count: number) {
  for (let index = 0; index < count; index += 1) {
    const created = clock.now() - (40 + index) * 3 * MINUTE;
    emulator.addRun({ project, created, jobs: [{ testMinutes: 1 }] });
  }
}

const firstStop = ({ journal }: TestAutoStop) => journal.stops()[0]?.request.at ?? Number.NaN;
const listings = ({ emulator }: TestAutoStop) =>
  emulator.requests.filter(({ operation }) => operation === 'ListRuns').length;

it('stops the account at 3 a.m. within 5 seconds, and reads no history of 14,000 runs', async () => {
  const auto = await start();
  const project = auto.emulator.addProject({ name: 'mobile' });
  addHistory(auto, project, 14_000);
  const now = auto.clock.now();
  const work = [1, 2, 3].map((minutes) => addJob(auto, {}, { project, created: now - minutes * MINUTE }));

  const result = await auto.send(EVERYTHING);

  expect(result).toMatchObject({ status: 'done', retry: false });
  expect(firstStop(auto) - now).toBeLessThan(5_000);
  expect(work.map(({ arn }) => shown(auto, arn))).toEqual(Array(3).fill('STOPPING'));
  // Back to what is older than any work can live: 27 hours at 20 runs an hour.
  expect(listings(auto)).toBeLessThan(60);
});

it('stops what sweeps know while it lists a history that is not newest first, and then what they do not know', async () => {
  const auto = await start();
  const project = auto.emulator.addProject({ name: 'mobile', runOrder: 'shuffled' });
  addHistory(auto, project, 100);
  const now = auto.clock.now();
  const known = addJob(auto, { testMinutes: 1_000 }, { project, created: now - MINUTE });
  await auto.sweep();
  addHistory(auto, project, 700);
  const sentAt = auto.clock.now();
  const unknown = addJob(auto, {}, { project, created: sentAt - 1_000 });

  const result = await auto.send(EVERYTHING, { sentAt });

  expect(firstStop(auto) - sentAt).toBeLessThan(5_000);
  expect(auto.clock.now() - sentAt).toBeGreaterThan(10_000);
  expect(auto.journal.stops()[0]?.arn).toBe(known.arn);
  expect(result).toMatchObject({ status: 'done', stopped: expect.arrayContaining([known.arn, unknown.arn]) });
});

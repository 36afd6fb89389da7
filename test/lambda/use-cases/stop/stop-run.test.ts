import { describe, expect, it } from 'vitest';
import type { JobSeed } from '../../../../emulator/seeding/seeds.ts';
import { type Guard, startGuard } from '../../../harness/guard-in-process.ts';
import { writesEvent } from '../../../harness/table-service.ts';
import { shown } from '../../../harness/work.ts';

const LONG: JobSeed = { testMinutes: 140 };
/** Reaches its limit of 60 minutes later than the others. */
const LATE: JobSeed = { testMinutes: 140, startAfterMinutes: 40 };
const SHORT: JobSeed = { testMinutes: 10 };

async function guardWithRun(...jobs: readonly JobSeed[]) {
  const guard = await startGuard({ emulator: { throttle: false } });
  const project = guard.emulator.addProject({ name: 'mobile' });
  const run = guard.emulator.addRun({ project, name: 'nightly', jobs });
  guard.pass(75);
  return { guard, run: run.arn, jobs: run.jobs };
}

const stops = (guard: Guard) => guard.journal.stops().map(({ request, arn }) => [request.operation, arn]);

describe('jobs of one run', () => {
  it('are stopped by one call when they are all that is left, each with its own records', async () => {
    const { guard, run, jobs } = await guardWithRun(LONG, SHORT, LONG, LONG);
    const over = jobs.filter((_, index) => index !== 1);

    const summary = await guard.sweep();

    expect(stops(guard)).toEqual([['StopRun', run]]);
    expect([...summary.stopped].sort()).toEqual([...over].sort());
    for (const arn of over) {
      expect(await guard.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted']);
      expect((await guard.trail(arn))[0]).toMatchObject({
        rule: 'long-jobs',
        project: 'mobile',
        run: 'nightly',
      });
    }
    expect(await guard.trail(run)).toMatchObject([
      { event: 'StopRequested', reason: expect.stringContaining('3 jobs') },
      { event: 'StopAccepted' },
    ]);
    guard.journal.expectStopsExplained();
  });

  it('are confirmed one by one', async () => {
    const { guard, jobs } = await guardWithRun(LONG, LONG);
    await guard.sweep();
    guard.pass(5);

    const summary = await guard.sweep();

    expect([...summary.confirmed].sort()).toEqual([...jobs].sort());
  });

  it.each([
    { what: 'another job goes on', jobs: [LONG, LONG, LATE] },
    { what: 'only one is to be stopped', jobs: [LONG, SHORT] },
  ])('are stopped by their own calls when $what', async ({ jobs: seeds }) => {
    const { guard, jobs } = await guardWithRun(...seeds);

    await guard.sweep();

    expect(stops(guard).every(([operation]) => operation === 'StopJob')).toBe(true);
    expect(jobs.filter((arn) => shown(guard, arn) === 'STOPPING')).toHaveLength(
      seeds.filter((seed) => seed === LONG).length,
    );
  });

  it.each([
    { what: 'the run cannot be read', operation: 'GetRun' },
    { what: 'its jobs cannot be listed', operation: 'ListJobs' },
  ])('are stopped by their own calls when $what', async ({ operation }) => {
    const { guard, run, jobs } = await guardWithRun(LONG, LONG);
    guard.emulator.onRequest = (request) => {
      guard.journal.noteRequest(request);
    };
    // Only what is read after the inventory, for the stop.
    const match = () => guard.emulator.requests.some((request) => request.operation === 'GetJob');
    guard.emulator.faults.add({ kind: 'html', operation, match });

    await guard.sweep();

    expect(stops(guard).map(([name]) => name)).toEqual(['StopJob', 'StopJob']);
    expect(jobs.map((arn) => shown(guard, arn))).toEqual(['STOPPING', 'STOPPING']);
    expect(await guard.trail(run)).toEqual([]);
  });

  it('are not stopped by their run when the intent of one cannot be written', async () => {
    const { guard } = await guardWithRun(LONG, LONG);
    guard.tables.fail({ match: writesEvent('StopRequested'), times: 1 });

    const summary = await guard.sweep();

    expect(stops(guard).map(([operation]) => operation)).toEqual(['StopJob']);
    expect(summary.failed).toHaveLength(1);
    guard.journal.expectStopsExplained();
  });

  it('are all failed when the stop of the run is refused, and stopped by the next sweep', async () => {
    const { guard, run, jobs } = await guardWithRun(LONG, LONG);
    guard.emulator.faults.add({
      kind: 'error',
      name: 'ServiceAccountException',
      operation: 'StopRun',
      times: 1,
    });

    const refused = await guard.sweep();
    guard.pass(5);
    const taken = await guard.sweep();

    expect(refused.failed).toHaveLength(2);
    expect([...taken.stopped].sort()).toEqual([...jobs].sort());
    expect(await guard.eventsOf(run)).toEqual(['StopRequested', 'StopAccepted', 'StopFailed']);
    guard.journal.expectStopsExplained();
  });

  it('are known to stop when only the reply was lost', async () => {
    const { guard, jobs } = await guardWithRun(LONG, LONG);
    guard.emulator.faults.add({ kind: 'closed', operation: 'StopRun' });

    const summary = await guard.sweep();

    expect([...summary.stopped].sort()).toEqual([...jobs].sort());
    expect(guard.journal.stops()).toHaveLength(1);
  });

  it('are asked for again by their run, by a call of its own', async () => {
    const { guard, run, jobs } = await guardWithRun(LONG, LONG);
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopRun', times: 1 });
    await guard.sweep();
    guard.pass(10);

    await guard.sweep();

    expect(stops(guard)).toEqual([
      ['StopRun', run],
      ['StopRun', run],
    ]);
    expect(jobs.map((arn) => shown(guard, arn))).toEqual(['STOPPING', 'STOPPING']);
  });

  it('are stopped by one call when a person names the run', async () => {
    const { guard, run, jobs } = await guardWithRun(LONG, SHORT, LATE);

    const result = await guard.send({ action: 'stop', target: run, reason: 'hangs', requestedBy: 'ada' });

    expect(stops(guard)).toEqual([['StopRun', run]]);
    expect(result).toMatchObject({ status: 'done', stopped: [jobs[0], jobs[2]] });
  });

  it('that have started stay when a person stops queued work', async () => {
    const waiting: JobSeed = { status: 'PENDING_DEVICE' };
    const { guard, run, jobs } = await guardWithRun(LONG, waiting, waiting);

    await guard.send({ action: 'stop', target: run, include: 'queued', reason: 'tidy', requestedBy: 'ada' });

    expect(stops(guard).map(([operation]) => operation)).toEqual(['StopJob', 'StopJob']);
    expect(shown(guard, jobs[0] ?? '')).toBe('RUNNING');
  });

  it('are stopped once by two containers at the same moment', async () => {
    const { guard, jobs } = await guardWithRun(LONG, LONG);
    const other = guard.container();

    await Promise.all([guard.sweep(), guard.sweep({ in: other })]);

    expect(guard.journal.stops().filter(({ request }) => request.changed)).toHaveLength(1);
    expect(jobs.map((arn) => shown(guard, arn))).toEqual(['STOPPING', 'STOPPING']);
    guard.journal.expectStopsExplained();
  });
});

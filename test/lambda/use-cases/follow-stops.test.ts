import { describe, expect, it } from 'vitest';
import { type Guard, startGuard } from '../../harness/guard-in-process.ts';
import { addJob, addSession, shown } from '../../harness/work.ts';

/** A guard with a job over its limit, of a run with as many jobs more that nobody wants to stop. */
async function guardWithLongJob(others = 0) {
  const guard = await startGuard();
  const project = guard.emulator.addProject({ name: 'mobile' });
  const stays = Array.from({ length: others }, () => ({ testMinutes: 140, startAfterMinutes: 70 }));
  const { arn: run, jobs } = guard.emulator.addRun({
    project,
    jobs: [{ testMinutes: Number.POSITIVE_INFINITY }, ...stays],
  });
  guard.pass(70);
  return { guard, run, arn: jobs[0] ?? '' };
}

/** Sweeps every five minutes, as long as told; returns the operations and ARNs of stops, by minute. */
async function sweepFor(guard: Guard, minutes: number) {
  const begin = guard.clock.now();
  for (let minute = 0; minute <= minutes; minute += 5) {
    await guard.sweep();
    guard.pass(5);
  }
  return guard.journal
    .stops()
    .map(({ request, arn }) => [Math.round((request.at - begin) / 60_000), request.operation, arn]);
}

const told = (guard: Guard) => guard.topic.messages.map(({ subject }) => subject);
const escalations = (guard: Guard) => told(guard).filter((subject) => subject?.includes('without effect'));

describe('a stop without effect', () => {
  it.each(['ignoredStop', 'stuckStop'] as const)(
    'that is %s: is asked again, by its run, and told once',
    async (kind) => {
      const { guard, run, arn } = await guardWithLongJob();
      guard.emulator.faults.add({ kind, operation: 'StopJob' });
      guard.emulator.faults.add({ kind, operation: 'StopRun' });

      const stops = await sweepFor(guard, 60);

      expect(stops).toEqual([
        [0, 'StopJob', arn],
        [10, 'StopJob', arn],
        [20, 'StopJob', arn],
        [30, 'StopRun', run],
      ]);
      const trail = await guard.trail(arn);
      expect(trail.filter(({ event }) => event === 'StopEscalated')).toMatchObject([
        { attempt: 4, reason: expect.stringMatching(/10 min ago and it is (RUNNING|STOPPING)/) },
      ]);
      expect(escalations(guard)).toHaveLength(1);
      expect(guard.metrics.at(-1)).toMatchObject({ escalatedStops: 1 });
    },
  );

  it('is given up without a stop of the run when that would stop other work', async () => {
    const { guard, arn } = await guardWithLongJob(1);
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });

    const stops = await sweepFor(guard, 40);

    expect(stops.map(([, operation]) => operation)).toEqual(['StopJob', 'StopJob', 'StopJob']);
    expect(await guard.eventsOf(arn)).toContain('StopEscalated');
    expect(escalations(guard)).toHaveLength(1);
  });

  it('is confirmed when a later attempt takes effect', async () => {
    const { guard, arn } = await guardWithLongJob();
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob', times: 2 });

    await sweepFor(guard, 30);

    expect((await guard.trail(arn)).at(-1)).toMatchObject({
      event: 'StopConfirmed',
      attempt: 3,
      avoided: expect.closeTo(60, -1),
    });
    expect(escalations(guard)).toEqual([]);
    expect(await guard.ports.openStops.all()).toEqual([]);
  });

  it('is still confirmed when it takes effect after it was given up', async () => {
    const { guard, arn } = await guardWithLongJob();
    const faults = ['StopJob', 'StopRun'].map((operation) =>
      guard.emulator.faults.add({ kind: 'stuckStop', operation }),
    );
    await sweepFor(guard, 45);
    for (const fault of faults) fault.remove();
    await guard.send({ action: 'stop', target: arn, reason: 'by hand', requestedBy: 'ada' });
    guard.pass(5);

    const summary = await guard.sweep();

    expect(summary.confirmed).toEqual([arn]);
    expect(shown(guard, arn, 'result')).toBe('STOPPED');
  });

  it('of a session is given up after its attempts: it has no run', async () => {
    const guard = await startGuard();
    const arn = addSession(guard);
    guard.pass(70);
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopRemoteAccessSession' });

    const stops = await sweepFor(guard, 40);

    expect(stops).toHaveLength(3);
    expect(await guard.eventsOf(arn)).toContain('StopEscalated');
  });

  it('keeps its attempt while the calls fail, and is told after as long as all attempts take', async () => {
    const { guard, arn } = await guardWithLongJob();
    guard.emulator.faults.add({ kind: 'error', name: 'ServiceAccountException', operation: 'StopJob' });

    await sweepFor(guard, 25);
    const before = escalations(guard);
    await sweepFor(guard, 10);

    expect(before).toEqual([]);
    expect(escalations(guard)).toHaveLength(1);
    expect((await guard.trail(arn)).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  });

  it('is not asked for again after a pause has begun, but a person’s order is', async () => {
    const { guard, arn } = await guardWithLongJob();
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });
    await guard.sweep();
    const hours = { until: new Date(guard.clock.now() + 3_600_000).toISOString() };
    await guard.send({ action: 'pause', reason: 'release', requestedBy: 'ada', ...hours });

    const paused = await sweepFor(guard, 20);
    await guard.send({ action: 'stop', target: arn, reason: 'by hand', requestedBy: 'ada' });

    expect(paused).toHaveLength(1);
    expect(guard.journal.stops()).toHaveLength(2);
  });

  it('of queued work is not asked for again once the work has started', async () => {
    const guard = await startGuard();
    const { arn } = addJob(guard, { startAfterMinutes: 8 });
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });
    await guard.send({ action: 'stop', target: arn, include: 'queued', reason: 'tidy', requestedBy: 'ada' });
    guard.pass(15);

    await guard.sweep();

    expect(guard.journal.stops()).toHaveLength(1);
    expect((await guard.trail(arn)).at(-1)).toMatchObject({
      event: 'StopSkipped',
      reason: expect.stringContaining('only queued work'),
    });
    expect(await guard.ports.openStops.all()).toEqual([]);
  });

  it('is followed on when the note of it was lost', async () => {
    const { guard, arn } = await guardWithLongJob(1);
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });
    await sweepFor(guard, 20);
    await guard.ports.openStops.close(arn);

    await sweepFor(guard, 20);

    expect(await guard.eventsOf(arn)).toContain('StopEscalated');
  });
});

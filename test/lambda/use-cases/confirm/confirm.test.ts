import { describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../../lambda/core/errors.ts';
import type { OpenStop } from '../../../../lambda/ports.ts';
import { confirm } from '../../../../lambda/use-cases/confirm/confirm.ts';
import type { JobSeed } from '../../../../emulator/seeding/seeds.ts';
import { type Guard, startGuard } from '../../../harness/guard-in-process.ts';
import { touches, writesEvent } from '../../../harness/table-service.ts';
import { addJob, addSession, shown } from '../../../harness/work.ts';

/** A guard that has asked to stop a job 75 minutes old, and the stop that is open. */
async function guardWithOpenStop(job: JobSeed = {}, trouble: (guard: Guard) => void = () => {}) {
  const guard = await startGuard();
  const { arn } = addJob(guard, job);
  guard.pass(75);
  trouble(guard);
  await guard.sweep();
  const [open] = await guard.ports.openStops.all();
  if (!open) throw new Error('no stop is open');
  return { guard, arn, open };
}

function follow(guard: Guard, open: OpenStop) {
  return confirm(guard.ports, open, undefined, {
    now: guard.clock.now(),
    confirmWithinMinutes: 10,
    maxAttempts: 3,
    pricePerMeteredMinute: 0.17,
    policyVersion: 'test-policy',
    sweepId: 'sweep-2',
  });
}

describe('confirm', () => {
  it('closes a stop that took effect, with the seconds it took and the final minutes', async () => {
    const { guard, arn, open } = await guardWithOpenStop({ teardownMinutes: 1 });
    guard.pass(5);

    const result = await follow(guard, open);

    expect(result).toEqual({ kind: 'confirmed' });
    const confirmed = (await guard.trail(arn)).at(-1);
    expect(confirmed).toMatchObject({
      id: '001#3#StopConfirmed',
      rule: 'long-jobs',
      seconds: 60,
      avoided: 74,
      avoidedMoney: 12_580_000,
    });
    expect(confirmed).not.toHaveProperty('estimated');
    expect(confirmed?.minutes?.metered).toBeCloseTo(76, 0);
    expect(confirmed?.reason).toMatch(
      /^stopped after 76 min, \$12\.92, 60 s after the request was accepted; at most 74 min and \$12\.58 avoided, up to its timeout of 150 min$/,
    );
    expect(await guard.ports.openStops.all()).toEqual([]);
  });

  it('confirms a session by its own API', async () => {
    const guard = await startGuard();
    const arn = addSession(guard);
    guard.pass(75);
    await guard.sweep();
    guard.pass(5);

    const summary = await guard.sweep();

    expect(summary.confirmed).toEqual([arn]);
    expect(await guard.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted', 'StopConfirmed']);
  });

  it('claims nothing for work that ended by itself', async () => {
    const { guard, arn, open } = await guardWithOpenStop({ testMinutes: 78 }, (guard) => {
      guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });
    });
    guard.pass(5);

    const result = await follow(guard, open);

    expect(result).toEqual({ kind: 'closed' });
    expect(await guard.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted', 'StopSkipped']);
    expect((await guard.trail(arn)).at(-1)).toMatchObject({
      reason: expect.stringMatching(/PASSED.*nothing was avoided/),
      avoided: 0,
      avoidedMoney: 0,
    });
    expect(await guard.ports.openStops.all()).toEqual([]);
  });

  it('closes the stop of work that no longer exists', async () => {
    const { guard, open } = await guardWithOpenStop();
    guard.emulator.faults.add({ kind: 'error', name: 'NotFoundException', operation: 'GetJob' });

    const result = await follow(guard, open);

    expect(result).toEqual({ kind: 'closed' });
  });

  it('waits while it cannot read', async () => {
    const { guard, arn, open } = await guardWithOpenStop();
    guard.emulator.faults.add({ kind: 'html', operation: 'GetJob' });
    guard.pass(29);

    const result = await follow(guard, open);

    expect(result).toMatchObject({ kind: 'unreadable', problem: expect.stringContaining(arn) });
    expect(await guard.ports.openStops.all()).toEqual([open]);
  });

  it.each([
    { waited: 9.9, kind: 'waiting' },
    { waited: 10, kind: 'again' },
  ])('wants to ask again after 10 min without effect: $waited min is $kind', async ({ waited, kind }) => {
    const { guard, open } = await guardWithOpenStop({}, (guard) => {
      guard.emulator.faults.add({ kind: 'stuckStop', operation: 'StopJob' });
    });
    guard.pass(waited);

    const result = await follow(guard, open);

    expect(result.kind).toBe(kind);
    expect(await guard.ports.openStops.all()).toEqual([open]);
  });

  it.each([
    { minutes: 0, status: 'STOPPING', events: ['StopRequested', 'StopAccepted'] },
    { minutes: 5, status: 'COMPLETED', events: ['StopRequested', 'StopAccepted', 'StopConfirmed'] },
  ])('writes the outcome that died with its process: $status', async ({ minutes, status, events }) => {
    const { guard, arn, open } = await guardWithOpenStop({}, (guard) => {
      guard.tables.fail({ match: writesEvent('StopAccepted'), times: 1 });
    });
    guard.pass(minutes);

    await follow(guard, open);

    expect(shown(guard, arn)).toBe(status);
    expect(await guard.eventsOf(arn)).toEqual(events);
    guard.journal.expectStopsExplained();
  });

  it('drops a note whose intent was never written, but not while somebody may be writing it', async () => {
    const guard = await startGuard();
    const { arn } = addJob(guard);
    guard.pass(75);
    guard.tables.fail({ match: writesEvent('StopRequested'), times: 1 });
    await guard.sweep();
    const open: OpenStop = {
      arn,
      kind: 'job',
      attempt: 1,
      requestedAt: guard.clock.now(),
      actor: 'schedule',
    };

    guard.pass(10);
    const early = await follow(guard, open);
    guard.pass(1);
    const late = await follow(guard, open);

    expect([early.kind, late.kind]).toEqual(['waiting', 'closed']);
    expect(await guard.ports.openStops.all()).toEqual([]);
    expect(await guard.trail(arn)).toEqual([]);
  });

  it('finishes what a failing table interrupted, without a second record', async () => {
    const { guard, arn, open } = await guardWithOpenStop();
    guard.pass(5);
    guard.tables.fail({ match: touches('DeleteItem', 'open-stop'), times: 1 });

    await expect(follow(guard, open)).rejects.toThrow(AwsCallError);
    const result = await follow(guard, open);

    expect(result).toEqual({ kind: 'confirmed' });
    expect(await guard.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted', 'StopConfirmed']);
  });

  it('marks minutes as an estimate while the final counters are missing', async () => {
    const guard = await startGuard({ emulator: { settleMinutes: 30 } });
    const { arn } = addJob(guard);
    guard.pass(75);
    await guard.sweep();
    guard.pass(5);

    const summary = await guard.sweep();

    expect(summary.confirmed).toEqual([arn]);
    const confirmed = (await guard.trail(arn)).at(-1);
    expect(confirmed).toMatchObject({ event: 'StopConfirmed', estimated: true });
    expect(confirmed?.minutes?.metered).toBeCloseTo(75.5, 1);
    expect(confirmed?.reason).toMatch(/after about 76 min, about \$/);
  });

  it('takes the timeout of the run for what was avoided, and no money for unmetered work', async () => {
    const guard = await startGuard();
    const run = { jobTimeoutMinutes: 100, billingMethod: 'UNMETERED' as const };
    const { arn } = addJob(guard, { teardownMinutes: 0 }, run);
    guard.pass(75);
    await guard.sweep();
    guard.pass(5);

    await guard.sweep();

    expect((await guard.trail(arn)).at(-1)).toMatchObject({
      event: 'StopConfirmed',
      avoided: 25,
      avoidedMoney: 0,
    });
  });

  it('gives up what could not be read for as long as all attempts take', async () => {
    const { guard, open } = await guardWithOpenStop();
    guard.emulator.faults.add({ kind: 'html', operation: 'GetJob' });
    guard.pass(30);

    const result = await follow(guard, open);

    expect(result).toMatchObject({
      kind: 'escalate',
      sentence: expect.stringContaining('could not be read'),
    });
  });

  it('does not take a status that it does not know for an end', async () => {
    const { guard, open } = await guardWithOpenStop();
    const rewrite = () => ({ job: { arn: open.arn, status: 'DREAMING' } });
    guard.emulator.faults.add({ kind: 'rewritten', operation: 'GetJob', rewrite });
    guard.pass(11);

    const result = await follow(guard, open);

    expect(result).toMatchObject({ kind: 'overdue', problem: expect.stringContaining('DREAMING') });
  });
});

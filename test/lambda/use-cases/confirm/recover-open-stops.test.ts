import { describe, expect, it } from 'vitest';
import { Table } from '../../../../lambda/aws/table.ts';
import { recoverOpenStops } from '../../../../lambda/use-cases/confirm/recover-open-stops.ts';
import { type Guard, startGuard } from '../../../harness/guard-in-process.ts';
import { AUDIT_TABLE, STATE_TABLE } from '../../../harness/table-service.ts';
import { addJob, addSession } from '../../../harness/work.ts';

/** A guard that forgets: its open stops are gone, and that it knew them. */
async function guardThatStopped(add: (guard: Guard) => unknown) {
  const guard = await startGuard();
  add(guard);
  guard.pass(65);
  await guard.sweep();
  const known = await guard.ports.openStops.all();
  await forget(guard);
  return { guard, known };
}

async function forget({ dynamo }: Guard): Promise<void> {
  const state = new Table(dynamo, STATE_TABLE);
  for (const partition of ['open-stop', 'told'])
    for (const { pk, sk } of await state.query({ key: ['pk', partition] })) await state.remove({ pk, sk });
}

const recover = ({ ports, clock }: Guard) => recoverOpenStops(ports, clock.now());
const readsOfDays = ({ tables }: Guard) =>
  tables.calls.filter(({ table, input }) => table === AUDIT_TABLE && input.IndexName === 'byDay').length;

describe('stops that the state table has forgotten', () => {
  it('are noted as they were', async () => {
    const { guard, known } = await guardThatStopped((one) => {
      addJob(one, {}, { jobTimeoutMinutes: 90 });
      addJob(one, {}, { billingMethod: 'UNMETERED' });
      addSession(one);
    });

    await recover(guard);

    const recovered = await guard.ports.openStops.all();
    expect(known).toHaveLength(3);
    expect(recovered).toHaveLength(3);
    for (const one of known) expect(recovered).toContainEqual({ ...one, requestedAt: expect.any(Number) });
  });

  it('are looked for once, whoever sweeps', async () => {
    const guard = await startGuard();
    await guard.sweep();
    const first = readsOfDays(guard);
    guard.pass(5);

    await Promise.all([guard.sweep(), guard.sweep({ in: guard.container() })]);

    expect([first, readsOfDays(guard)]).toEqual([2, 2]);
  });

  it('are not noted again once they are closed', async () => {
    const { guard } = await guardThatStopped((one) => addJob(one));
    await recover(guard);
    guard.pass(5);
    await guard.sweep();
    await forget(guard);

    await recover(guard);

    expect(await guard.ports.openStops.all()).toEqual([]);
  });

  it('are found across midnight', async () => {
    const { guard, known } = await guardThatStopped((one) => addJob(one));
    guard.clock.advanceTo(Date.UTC(2026, 7, 8, 0, 0, 1));

    await recover(guard);

    expect((await guard.ports.openStops.all()).map(({ arn }) => arn)).toEqual(known.map(({ arn }) => arn));
  });

  it('are followed at their last attempt', async () => {
    const { guard } = await guardThatStopped((one) => {
      one.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });
      addJob(one);
    });
    await recover(guard);
    guard.pass(11);
    await guard.sweep();
    await forget(guard);

    await recover(guard);

    expect(await guard.ports.openStops.all()).toMatchObject([{ attempt: 2 }]);
  });

  it('are followed although a later order found their work over', async () => {
    const { guard, known } = await guardThatStopped((one) => addJob(one));
    const [{ arn } = { arn: '' }] = known;
    guard.pass(5);
    await guard.send({ action: 'stop', target: arn });
    await forget(guard);

    const summary = await guard.sweep();

    expect(summary.confirmed).toEqual([arn]);
    expect(await guard.eventsOf(arn)).toContain('StopConfirmed');
  });

  it('are looked for again by a later sweep when the trail did not answer, and that is told', async () => {
    const { guard, known } = await guardThatStopped((one) => addJob(one));
    guard.tables.fail({ match: ({ input }) => input.IndexName === 'byDay', times: 1 });

    const unread = await guard.sweep();
    guard.pass(5);
    const read = await guard.sweep();

    expect(unread.problems).toEqual([expect.stringContaining('stops to follow could not be looked for')]);
    expect(unread.partial).toBe(true);
    expect(read.confirmed).toEqual(known.map(({ arn }) => arn));
  });
});

import { describe, expect, it } from 'vitest';
import { type Guard, startGuard, TIMEOUT } from '../../../harness/guard-in-process.ts';
import { STATE_TABLE, type TableCall, textIn, touches } from '../../../harness/table-service.ts';
import { addJob, addSession } from '../../../harness/work.ts';

async function guardWithJob() {
  const guard = await startGuard();
  const { arn } = addJob(guard);
  guard.pass(20);
  guard.begin();
  return { guard, arn, target: { kind: 'job' as const, arn } };
}

/** The idempotency records as they were written, oldest first. */
function written(guard: Guard, operation: string): readonly TableCall[] {
  return guard.tables.calls.filter(touches(operation, 'idempotency'));
}

describe('stopper', () => {
  it('makes one call for an ARN and an attempt, and gives its reply again', async () => {
    const { guard, target } = await guardWithJob();

    const replies = [
      await guard.ports.stopper.request(target, 1),
      await guard.ports.stopper.request(target, 1),
    ];

    expect(replies).toEqual(Array(2).fill({ kind: 'accepted', status: 'STOPPING' }));
    expect(guard.journal.stops()).toHaveLength(1);
  });

  it('shares that with every other container, whatever its function is called', async () => {
    const { guard, target } = await guardWithJob();
    const name = process.env.AWS_LAMBDA_FUNCTION_NAME;
    await guard.ports.stopper.request(target, 1);

    process.env.AWS_LAMBDA_FUNCTION_NAME = 'another-function';
    const other = guard.container();
    other.begin();
    const reply = await other.ports.stopper.request(target, 1);
    if (name === undefined) delete process.env.AWS_LAMBDA_FUNCTION_NAME;
    else process.env.AWS_LAMBDA_FUNCTION_NAME = name;

    expect(reply.kind).toBe('accepted');
    expect(guard.journal.stops()).toHaveLength(1);
  });

  it('calls again for the next attempt, and for other work', async () => {
    const { guard, target } = await guardWithJob();
    const other = { kind: 'job' as const, arn: addJob(guard).arn };
    const { stopper } = guard.ports;

    await stopper.request(target, 1);
    await stopper.request(target, 2);
    await stopper.request(other, 1);

    expect(guard.journal.stops().map(({ arn }) => arn)).toEqual([target.arn, target.arn, other.arn]);
  });

  it('stops a run by one call for an attempt, apart from the stops of its jobs', async () => {
    const guard = await startGuard();
    const { run, arn } = addJob(guard);
    guard.pass(20);
    guard.begin();
    const { stopper } = guard.ports;

    const replies = [await stopper.requestRun(run, 1), await stopper.requestRun(run, 1)];
    await stopper.request({ kind: 'job', arn }, 1);

    expect(replies).toEqual(Array(2).fill({ kind: 'accepted', status: 'STOPPING' }));
    expect(guard.journal.stops().map(({ request, arn: of }) => [request.operation, of])).toEqual([
      ['StopRun', run],
      ['StopJob', arn],
    ]);
  });

  it('locks the call for as long as the invocation may last, and remembers its end for 48 hours', async () => {
    const { guard, target } = await guardWithJob();

    await guard.ports.stopper.request(target, 1);

    const [lock] = written(guard, 'PutItem');
    const now = guard.clock.now();
    expect(Object(lock?.input.Item).in_progress_expiration).toEqual({ N: String(now + TIMEOUT) });
    expect(Object(lock?.input.Item).expires).toEqual({ N: String(now / 1000 + 48 * 3600) });
    expect(textIn(lock ?? noCall, 'sk')).toMatch(/^stop#/);
  });

  it('stores the status alone: a reply can hold signed addresses', async () => {
    const guard = await startGuard();
    const arn = addSession(guard);
    guard.pass(20);
    guard.begin();
    guard.emulator.faults.add({
      kind: 'rewritten',
      operation: 'StopRemoteAccessSession',
      rewrite: (body) => ({
        remoteAccessSession: { ...Object(body.remoteAccessSession), endpoint: 'wss://secret' },
      }),
    });

    const reply = await guard.ports.stopper.request({ kind: 'session', arn }, 1);

    expect(reply).toEqual({ kind: 'accepted', status: 'STOPPING' });
    expect(JSON.stringify(guard.tables.calls.filter(({ table }) => table === STATE_TABLE))).not.toContain(
      'secret',
    );
  });

  it('accepts a reply that says nothing', async () => {
    const { guard, target } = await guardWithJob();
    guard.emulator.faults.add({ kind: 'emptyReply', operation: 'StopJob' });

    const reply = await guard.ports.stopper.request(target, 1);

    expect(reply).toEqual({ kind: 'accepted', status: 'no status' });
  });

  it('forgets a refused call, so that it can be made again', async () => {
    const { guard, target } = await guardWithJob();
    guard.emulator.faults.add({
      kind: 'error',
      name: 'ServiceAccountException',
      operation: 'StopJob',
      times: 1,
    });

    const replies = [
      await guard.ports.stopper.request(target, 1),
      await guard.ports.stopper.request(target, 1),
    ];

    expect(replies).toMatchObject([
      { kind: 'refused', error: { name: 'ServiceAccountException' } },
      { kind: 'accepted' },
    ]);
  });

  it('gives up on throttling shortly before the invocation ends', async () => {
    const { guard, target } = await guardWithJob();
    guard.emulator.faults.add({ kind: 'error', name: 'ThrottlingException', operation: 'StopJob' });
    guard.begin({ timeout: 60_000 });
    const began = guard.clock.now();

    const reply = await guard.ports.stopper.request(target, 1);

    expect(reply).toMatchObject({ kind: 'refused', error: { kind: 'throttled' } });
    expect(guard.clock.now() - began).toBeLessThanOrEqual(46_000);
    expect(guard.clock.now() - began).toBeGreaterThanOrEqual(30_000);
  });

  it.each([
    { operation: 'PutItem', calls: 0 },
    { operation: 'UpdateItem', calls: 1 },
  ])('says that nothing is known when $operation of the record fails', async ({ operation, calls }) => {
    const { guard, target } = await guardWithJob();
    guard.tables.fail({ match: touches(operation, 'idempotency') });

    const reply = await guard.ports.stopper.request(target, 1);

    expect(reply).toMatchObject({
      kind: 'unrecorded',
      error: { name: 'InternalServerError', kind: 'unavailable' },
    });
    expect(guard.journal.stops()).toHaveLength(calls);
  });
});

const noCall: TableCall = { operation: '', table: '', input: {} };

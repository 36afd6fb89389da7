import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../../lambda/core/errors.ts';
import { stop } from '../../../../lambda/use-cases/stop/stop.ts';
import type { StopTarget } from '../../../../lambda/use-cases/stop/stop-order.ts';
import type { FaultKind } from '../../../../emulator/faults.ts';
import { type Container, type Guard, startGuard } from '../../../harness/guard-in-process.ts';
import { touches, writesEvent } from '../../../harness/table-service.ts';
import { addJob, addSession, shown } from '../../../harness/work.ts';

const REASON = 'ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs)';

interface Order {
  readonly in?: Container;
  readonly actor?: string;
  readonly only?: 'queued' | 'any';
  readonly once?: boolean;
}

/** Asks for a stop as a sweep does. */
function ask(guard: Guard, arn: string, { in: container = guard, ...order }: Order = {}) {
  container.begin();
  const kind: StopTarget['kind'] = arn.includes(':session:') ? 'session' : 'job';
  const cause = {
    actor: 'schedule',
    rule: 'long-jobs',
    reason: REASON,
    only: 'any' as const,
    mode: 'enforce' as const,
    policyVersion: 'test-policy',
    ...order,
  };
  const settings = {
    now: guard.clock.now(),
    confirmWithinMinutes: 10,
    maxAttempts: 3,
    pricePerMeteredMinute: 0.17,
  };
  return stop(container.ports, { kind, arn, billing: 'metered' }, cause, settings);
}

async function guardWithJob(...job: Parameters<typeof addJob> extends [Guard, ...infer Rest] ? Rest : never) {
  const guard = await startGuard();
  const { arn } = addJob(guard, ...job);
  guard.pass(75);
  return { guard, arn };
}

/** Breaks every request of an operation on that ARN. */
function breakCalls(guard: Guard, operation: string, fault: FaultKind, times?: number) {
  return guard.emulator.faults.add({ ...fault, operation, ...(times === undefined ? {} : { times }) });
}

describe('stop: what it finds when it reads again', () => {
  it('stops a running job: intent, call, outcome', async () => {
    const { guard, arn } = await guardWithJob();

    const outcome = await ask(guard, arn);

    expect(outcome).toEqual({ kind: 'stopped', arn, reason: REASON });
    expect(await guard.trail(arn)).toMatchObject([
      { id: '001#1#StopRequested', reason: REASON, actor: 'schedule', rule: 'long-jobs', attempt: 1 },
      { id: '001#2#StopAccepted', reason: expect.stringContaining('STOPPING') },
    ]);
    expect(shown(guard, arn)).toBe('STOPPING');
    guard.journal.expectStopsExplained();
  });

  it('stops a session', async () => {
    const guard = await startGuard();
    const arn = addSession(guard);
    guard.pass(75);

    const outcome = await ask(guard, arn);

    expect(outcome.kind).toBe('stopped');
    expect(guard.journal.requestsFor(arn)).toMatchObject([{ operation: 'StopRemoteAccessSession' }]);
    guard.journal.expectStopsExplained();
  });

  it('records what the work was and what it had used', async () => {
    const { guard, arn } = await guardWithJob();

    await ask(guard, arn);

    const [requested] = await guard.trail(arn);
    expect(requested).toMatchObject({ device: 'Google Pixel 8', billed: true });
    expect(requested?.minutes?.metered).toBeCloseTo(75, 0);
    expect(requested?.money).toBeCloseTo(75 * 170_000, -6);
  });

  it.each([
    { status: 'COMPLETED', kind: 'alreadyFinished', reason: /COMPLETED/ },
    { status: 'STOPPING', kind: 'alreadyStopping', reason: /somebody else/ },
    { status: 'DREAMING', kind: 'skipped', reason: /"DREAMING" is not known/ },
    { status: '', kind: 'skipped', reason: /not known/ },
  ])('makes no call when the job is "$status"', async ({ status, kind, reason }) => {
    const { guard, arn } = await guardWithJob({ override: { status } });

    const outcome = await ask(guard, arn);

    expect(outcome).toMatchObject({ kind, reason: expect.stringMatching(reason) });
    expect(guard.journal.stops()).toEqual([]);
    expect(await guard.eventsOf(arn)).toEqual(['StopSkipped']);
  });

  it('makes no call when the job is gone', async () => {
    const { guard, arn } = await guardWithJob();
    const nothing = arn.replace(/\d{5}$/, '00099');

    const outcome = await ask(guard, nothing);

    expect(outcome).toMatchObject({ kind: 'alreadyFinished', reason: 'it no longer exists' });
    expect(guard.journal.stops()).toEqual([]);
  });

  it.each<{ name: string; fault: FaultKind; denied: boolean }>([
    { name: 'denied', fault: { kind: 'error', name: 'AccessDeniedException' }, denied: true },
    { name: 'an HTML page', fault: { kind: 'html' }, denied: false },
    { name: 'throttled for good', fault: { kind: 'error', name: 'ThrottlingException' }, denied: false },
    { name: 'a broken connection', fault: { kind: 'closed' }, denied: false },
    { name: 'an empty reply', fault: { kind: 'emptyReply' }, denied: false },
  ])('does not take a read that failed ($name) for an end, nor for a reason to stop', async (failing) => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'GetJob', failing.fault);

    const outcome = await ask(guard, arn);

    expect(outcome).toMatchObject({ kind: 'failed', accessDenied: failing.denied });
    expect(guard.journal.stops()).toEqual([]);
    expect(await guard.eventsOf(arn)).toEqual(['StopFailed']);
  });

  it.each([
    { status: 'PENDING_DEVICE' as const, kind: 'stopped', calls: 1 },
    { status: 'RUNNING' as const, kind: 'skipped', calls: 0 },
    { status: 'PREPARING' as const, kind: 'skipped', calls: 0 },
  ])('stops only queued work when only that was meant: $status is $kind', async ({ status, kind, calls }) => {
    const { guard, arn } = await guardWithJob({ status });

    const outcome = await ask(guard, arn, { only: 'queued' });

    expect(outcome.kind).toBe(kind);
    expect(guard.journal.stops()).toHaveLength(calls);
    guard.journal.expectStopsExplained();
  });
});

describe('stop: attempts', () => {
  it.each([
    { waited: 9.9, kind: 'alreadyStopping', calls: 1 },
    { waited: 10, kind: 'stopped', calls: 2 },
  ])('opens the next attempt 10 min after an accepted stop without effect: $waited min', async (row) => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'ignoredStop' });
    await ask(guard, arn);
    guard.pass(row.waited);

    const outcome = await ask(guard, arn);

    expect(outcome.kind).toBe(row.kind);
    expect(guard.journal.requestsFor(arn)).toHaveLength(row.calls);
  });

  it('asks again when the work is stuck in STOPPING', async () => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'stuckStop' }, 1);
    await ask(guard, arn);
    guard.pass(12);

    const outcome = await ask(guard, arn);

    expect(outcome.kind).toBe('stopped');
    expect((await guard.trail(arn)).map(({ id }) => id)).toEqual([
      '001#1#StopRequested',
      '001#2#StopAccepted',
      '002#1#StopRequested',
      '002#2#StopAccepted',
    ]);
  });

  it('leaves alone what it stopped a moment ago', async () => {
    const { guard, arn } = await guardWithJob();
    await ask(guard, arn);

    const outcome = await ask(guard, arn);

    expect(outcome.kind).toBe('alreadyStopping');
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
  });

  it('does an order that is given once only once, also when the stop had no effect', async () => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'ignoredStop' });
    const order = { actor: 'sns:1', once: true };
    await ask(guard, arn, order);
    guard.pass(30);

    const outcome = await ask(guard, arn, order);

    expect(outcome).toMatchObject({ kind: 'alreadyStopping', reason: expect.stringContaining('very order') });
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
  });

  it('takes somebody else’s order although another one was carried out', async () => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'ignoredStop' }, 1);
    await ask(guard, arn, { actor: 'sns:1', once: true });
    guard.pass(30);

    const outcome = await ask(guard, arn, { actor: 'sns:2', once: true });

    expect(outcome.kind).toBe('stopped');
    guard.journal.expectStopsExplained();
  });
});

describe('stop: when a table fails', () => {
  it.each([
    { what: 'the history cannot be read', match: isHistory },
    { what: 'the open stop cannot be noted', match: touches('PutItem', 'open-stop') },
    { what: 'the intent cannot be written', match: writesEvent('StopRequested') },
  ])('stops nothing when $what', async ({ match }) => {
    const { guard, arn } = await guardWithJob();
    guard.tables.fail({ match });

    const outcome = ask(guard, arn);

    await expect(outcome).rejects.toThrow(AwsCallError);
    expect(guard.journal.stops()).toEqual([]);
    expect(shown(guard, arn)).toBe('RUNNING');
  });

  it('goes on from an intent whose writing was not confirmed', async () => {
    const { guard, arn } = await guardWithJob();
    guard.tables.fail({ match: writesEvent('StopRequested'), when: 'after', times: 1 });
    await expect(ask(guard, arn)).rejects.toThrow(AwsCallError);

    const outcome = await ask(guard, arn);

    expect(outcome.kind).toBe('stopped');
    guard.journal.expectStopsExplained();
  });

  it('makes no call when the idempotency record cannot be written, and says so', async () => {
    const { guard, arn } = await guardWithJob();
    guard.tables.fail({ match: touches('PutItem', 'idempotency'), times: 1 });

    const outcome = await ask(guard, arn);
    const again = await ask(guard, arn);

    expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining('idempotency record') });
    expect(again.kind).toBe('stopped');
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
    expect(await guard.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted', 'StopFailed']);
  });

  it('asks Device Farm what happened when the idempotency record cannot be completed', async () => {
    const { guard, arn } = await guardWithJob();
    guard.tables.fail({ match: touches('UpdateItem', 'idempotency') });

    const outcome = await ask(guard, arn);
    const again = await ask(guard, arn);

    expect(outcome.kind).toBe('stopped');
    expect(again.kind).toBe('alreadyStopping');
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
    guard.journal.expectStopsExplained();
  });

  it('does not call a stop accepted when the work goes on and its record is unknown', async () => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'ignoredStop' });
    guard.tables.fail({ match: touches('UpdateItem', 'idempotency') });

    const outcome = await ask(guard, arn);

    expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining('idempotency record') });
    guard.journal.expectStopsExplained();
  });

  it('names the refusal, not the record that could not be removed after it', async () => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'error', name: 'AccessDeniedException' });
    guard.tables.fail({ match: touches('DeleteItem', 'idempotency') });

    const outcome = await ask(guard, arn);

    expect(outcome).toMatchObject({ kind: 'failed', accessDenied: true });
  });
});

describe('stop: several at once', () => {
  it('makes one call for two containers that stop at the same moment', async () => {
    const { guard, arn } = await guardWithJob();

    const outcomes = await Promise.all([ask(guard, arn), ask(guard, arn, { in: guard.container() })]);

    expect(outcomes.filter(({ kind }) => kind === 'stopped')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'failed')).toEqual([]);
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
    guard.journal.expectStopsExplained();
  });

  it('says that another is at it while the call of another container is under way', async () => {
    const { guard, arn } = await guardWithJob();
    const [arrived, reply] = [gate(), gate()];
    const until = () => {
      arrived.open();
      return reply.opened;
    };
    breakCalls(guard, 'StopJob', { kind: 'slow', when: 'before', until });
    const first = ask(guard, arn);
    await arrived.opened;

    const second = await ask(guard, arn, { in: guard.container() });
    reply.open();

    expect(second.kind).toBe('inProgress');
    expect((await first).kind).toBe('stopped');
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
  });

  it('is not counted twice when another container stopped the work since it was read', async () => {
    const { guard, arn } = await guardWithJob();
    const [read, go] = [gate(), gate()];
    const until = () => {
      read.open();
      return go.opened;
    };
    guard.tables.fail({ match: touches('PutItem', 'open-stop'), times: 1, until });
    const late = ask(guard, arn);
    await read.opened;

    const first = await ask(guard, arn, { in: guard.container() });
    go.open();

    expect(first.kind).toBe('stopped');
    expect(await late).toMatchObject({ kind: 'alreadyStopping', reason: 'another invocation stopped it' });
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
    guard.journal.expectStopsExplained();
  });

  it('takes over from a container that died in its call when its time is up, not before', async () => {
    const { guard, arn } = await guardWithJob();
    const arrived = gate();
    const until = () => {
      arrived.open();
      return new Promise(() => {});
    };
    const fault = breakCalls(guard, 'StopJob', { kind: 'slow', when: 'before', until });
    void ask(guard, arn);
    await arrived.opened;
    fault.remove();

    guard.pass(3.9);
    const early = await ask(guard, arn, { in: guard.container() });
    guard.pass(0.2);
    const late = await ask(guard, arn, { in: guard.container() });

    expect(early.kind).toBe('inProgress');
    expect(late.kind).toBe('stopped');
  });
});

describe('stop: when Device Farm refuses or its reply is lost', () => {
  it.each(['ArgumentException', 'NotFoundException'])(
    'takes %s for success when the work has ended',
    async (name) => {
      const { guard, arn } = await guardThatFindsOnRefusal(name, 'COMPLETED');

      const outcome = await ask(guard, arn);

      expect(outcome.kind).toBe('alreadyFinished');
      guard.journal.expectStopsExplained();
    },
  );

  it.each(['ArgumentException', 'NotFoundException'])(
    'takes %s for success when it is stopping',
    async (name) => {
      const { guard, arn } = await guardThatFindsOnRefusal(name, 'STOPPING');

      const outcome = await ask(guard, arn);

      expect(outcome.kind).toBe('alreadyStopping');
      guard.journal.expectStopsExplained();
    },
  );

  it.each(['ArgumentException', 'NotFoundException', 'ServiceAccountException'])(
    'takes %s for a failure while the work goes on',
    async (name) => {
      const { guard, arn } = await guardWithJob();
      breakCalls(guard, 'StopJob', { kind: 'error', name });

      const outcome = await ask(guard, arn);

      expect(outcome).toMatchObject({ kind: 'failed', error: expect.stringContaining(name) });
      guard.journal.expectStopsExplained();
    },
  );

  it('tells denied access apart, and calls again when it is granted', async () => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'error', name: 'AccessDeniedException' }, 1);

    const denied = await ask(guard, arn);
    const granted = await ask(guard, arn);

    expect(denied).toMatchObject({ kind: 'failed', accessDenied: true });
    expect(granted.kind).toBe('stopped');
    guard.journal.expectStopsExplained();
  });

  it.each<{ name: string; fault: FaultKind }>([
    { name: 'a closed connection', fault: { kind: 'closed', when: 'after' } },
    { name: 'an HTML page', fault: { kind: 'html', when: 'after' } },
    { name: 'an internal error', fault: { kind: 'error', name: 'InternalServiceException', when: 'after' } },
  ])('finds out that the stop was taken when its reply is lost: $name', async ({ fault }) => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', fault, 1);

    const outcome = await ask(guard, arn);

    expect(outcome.kind).toBe('stopped');
    expect(await guard.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted']);
    expect(guard.journal.requestsFor(arn)).toHaveLength(1);
    guard.journal.expectStopsExplained();
  });

  it('finds out that the stop was not taken when the connection broke before', async () => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'closed', when: 'before' }, 1);

    const outcome = await ask(guard, arn);
    const again = await ask(guard, arn);

    expect(outcome.kind).toBe('failed');
    expect(again.kind).toBe('stopped');
    guard.journal.expectStopsExplained();
  });

  it('claims nothing when neither the reply nor the state can be read', async () => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'closed', when: 'after' }, 1);
    const gets = guard.emulator.requests.length;
    guard.emulator.faults.add({
      kind: 'html',
      operation: 'GetJob',
      match: () => guard.emulator.requests.length > gets + 2,
    });

    const outcome = await ask(guard, arn);

    expect(outcome.kind).toBe('failed');
    guard.journal.expectStopsExplained();
  });

  it('waits for its turn when it is throttled, and calls again', async () => {
    const { guard, arn } = await guardWithJob();
    breakCalls(guard, 'StopJob', { kind: 'error', name: 'ThrottlingException' }, 3);

    const outcome = await ask(guard, arn);

    expect(outcome.kind).toBe('stopped');
    expect(guard.journal.stops()).toHaveLength(4);
    guard.journal.expectStopsExplained();
  });
});

describe('stop, whatever fails', () => {
  const trouble = fc.constantFrom<(guard: Guard) => void>(
    () => {},
    (guard) => breakCalls(guard, 'StopJob', { kind: 'closed', when: 'before' }, 1),
    (guard) => breakCalls(guard, 'StopJob', { kind: 'closed', when: 'after' }, 1),
    (guard) => breakCalls(guard, 'StopJob', { kind: 'error', name: 'AccessDeniedException' }, 1),
    (guard) => breakCalls(guard, 'StopJob', { kind: 'error', name: 'ArgumentException', when: 'after' }, 1),
    (guard) => breakCalls(guard, 'GetJob', { kind: 'html' }, 4),
    ...['StopRequested', 'StopAccepted', 'StopFailed'].flatMap((event) =>
      (['before', 'after'] as const).map((when) => (guard: Guard) => {
        guard.tables.fail({ match: writesEvent(event), when, times: 1 });
      }),
    ),
    ...['PutItem', 'UpdateItem', 'DeleteItem'].flatMap((operation) =>
      (['before', 'after'] as const).map((when) => (guard: Guard) => {
        guard.tables.fail({ match: touches(operation, 'idempotency'), when, times: 1 });
      }),
    ),
  );

  it('stops once with effect, and explains every call', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(trouble, { maxLength: 4 }), async (troubles) => {
        const { guard, arn } = await guardWithJob();
        for (const cause of troubles) {
          cause(guard);
          await ask(guard, arn, { in: guard.container() }).catch((error: unknown) => {
            if (!(error instanceof AwsCallError)) throw error;
          });
          guard.pass(5);
        }
        guard.emulator.faults.clear();

        const first = await guard.sweep();
        guard.pass(5);
        const second = await guard.sweep();

        expect([...first.failed, ...second.failed]).toEqual([]);
        expect(shown(guard, arn, 'result')).toBe('STOPPED');
        guard.journal.expectStopsExplained();
      }),
      { numRuns: 40 },
    );
  });
});

/** Refuses the stop with that error; from then on the job shows that status. */
async function guardThatFindsOnRefusal(name: string, status: 'COMPLETED' | 'STOPPING') {
  let refused = false;
  const found = () => (refused ? { status, result: status === 'COMPLETED' ? 'PASSED' : 'PENDING' } : {});
  const { guard, arn } = await guardWithJob({ override: (item) => ({ ...item, ...found() }) });
  const match = () => {
    refused = true;
    return true;
  };
  guard.emulator.faults.add({ kind: 'error', name, operation: 'StopJob', match });
  return { guard, arn };
}

function isHistory({ operation, input }: { operation: string; input: Readonly<Record<string, unknown>> }) {
  return operation === 'Query' && JSON.stringify(input.ExpressionAttributeValues).includes(':job:');
}

/** Something that is waited for. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import { deployGuard } from './deploy-guard.ts';
import { grantsOf, isAllowed, permissionsOf, uses } from './granted.ts';
import { type Guard, MINUTE, START } from './start-guard.ts';

const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    {
      id: 'daily',
      type: 'budget',
      period: 'day',
      limit: { usd: 20 },
      thresholds: [{ percent: 50, action: 'notify' }],
    },
  ],
};

/** What Lambda itself does with the role of a function; no call of the function's own code. */
const OF_LAMBDA = ['logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'];

/** Makes both functions do everything that they can do. */
async function exerciseAll(guard: Guard): Promise<void> {
  const { emulator, clock } = guard;
  const project = emulator.addProject({ name: 'mobile' });
  const created = START - 75 * MINUTE;
  const single = [{ testMinutes: 140 }];
  // Of the first a job is stopped by itself, of the second all jobs by one call.
  const long = () =>
    [single, [...single, ...single]].map((jobs) => emulator.addRun({ project, created, jobs }));
  const hidden = emulator.addRun({ project, created: START - 30 * MINUTE, jobs: [{ testMinutes: 20 }] });
  emulator.addRun({ project, created: START - 300 * MINUTE, jobs: [{ testMinutes: 5 }] });
  emulator.addSession({ project, created });
  long();
  await sweepDuringStop(guard);
  // A run that the listing no longer shows is asked for by itself.
  emulator.faults.add({
    operation: 'ListRuns',
    kind: 'rewritten',
    rewrite: (body) => without(body, hidden.arn),
    times: 1,
  });
  // A refused stop gives its lock back.
  emulator.faults.add({ operation: 'StopJob', kind: 'error', name: 'ServiceAccountException', times: 1 });
  long();
  clock.advance(5 * MINUTE);
  await guard.sweep();
  const named = emulator.addRun({ project, created: START, jobs: [{ testMinutes: 100 }] });
  const session = emulator.addSession({ project, created: START });
  emulator.faults.add({ operation: 'StopJob', kind: 'error', name: 'ServiceAccountException', times: 1 });
  const whole = emulator.addRun({ project, created: START, jobs: [...single, ...single] });
  await guard.publish({ action: 'stop', target: named.arn });
  await guard.publish({ action: 'stop', target: whole.arn });
  await guard.publish({ action: 'stop', target: session });
  // The message whose stop was refused is delivered again after a minute, and once more after two.
  await clock.sleep(10 * MINUTE);
  await guard.deployment.settle();
  emulator.addRun({ project, created: clock.now(), jobs: [{ testMinutes: 100 }] });
  clock.advance(MINUTE);
  await guard.publish({ action: 'stop', target: 'account', confirm: '123456789012' });
}

/** A second sweep comes to the same job while the first one's stop is under way, and finds its lock. */
async function sweepDuringStop(guard: Guard): Promise<void> {
  let second: Promise<unknown> | undefined;
  guard.emulator.onRequest = async ({ operation }) => {
    if (operation !== 'StopJob' || second) return;
    second = guard.sweep();
    await second;
  };
  await guard.sweep();
  guard.emulator.onRequest = () => {};
}

function without(body: { [member: string]: unknown }, arn: string): never {
  const runs = Array.isArray(body.runs) ? body.runs.filter((run) => run?.arn !== arn) : [];
  return { ...body, runs } as never;
}

describe('the roles of the functions', () => {
  it('allow every call that the bundles make, and nothing that they never make', async () => {
    const guard = await deployGuard(POLICY);

    await exerciseAll(guard);

    const grants = grantsOf(guard);
    expect([...grants.keys()]).toHaveLength(2);
    for (const [name, statements] of grants) {
      const calls = guard.deployment.calls.filter(({ functionName }) => functionName === name);
      const refusals = await Promise.all(calls.map((call) => isAllowed(call, statements, '123456789012')));
      expect(new Set(refusals.filter((refusal) => refusal !== ''))).toEqual(new Set());
      const unused = permissionsOf(statements).filter(
        (permission) => !calls.some((call) => uses(call, permission)),
      );
      expect(unused.filter((permission) => !OF_LAMBDA.includes(permission.split(' ')[0] ?? ''))).toEqual([]);
    }
  });
});

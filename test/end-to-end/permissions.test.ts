import { runSimulation } from '@cloud-copilot/iam-simulate';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../demo/aws/server.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { isRecord } from '../../lambda/text.ts';
import { deploy } from './deploy.ts';
import { ACCOUNT, type Deployed, MINUTE, START } from './start.ts';

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
/** What Lambda itself does with the role of a function. */
const OF_LAMBDA = /^(logs:|sqs:(?!SendMessage))/;

type Statements = readonly Readonly<Record<string, unknown>>[];

/** Makes both functions do everything that they can do. */
async function exerciseAll(deployed: Deployed): Promise<void> {
  const { emulator, clock, sweep, publish } = deployed;
  const project = emulator.addProject({ name: 'mobile' });
  const created = START - 75 * MINUTE;
  const job = { testMinutes: 140 };
  // Of the first a job is stopped by itself, of the second all jobs by one call.
  const addLong = () => [[job], [job, job]].map((jobs) => emulator.addRun({ project, created, jobs }));
  const hidden = emulator.addRun({ project, created: START - 30 * MINUTE, jobs: [{ testMinutes: 20 }] });
  emulator.addRun({ project, created: START - 300 * MINUTE, jobs: [{ testMinutes: 5 }] });
  emulator.addSession({ project, created });
  // It crosses the limit before the next sweep.
  emulator.addRun({ project, created: START - 57 * MINUTE, jobs: [job] });
  addLong();
  await sweepDuringStop(deployed);
  // A run that the listing no longer shows is asked for by itself.
  emulator.faults.add({
    operation: 'ListRuns',
    kind: 'rewritten',
    rewrite: ({ runs, ...body }) => ({
      ...body,
      runs: Array.isArray(runs) ? runs.filter((run) => isRecord(run) && run.arn !== hidden.arn) : [],
    }),
    times: 1,
  });
  // A refused stop gives its lock back.
  emulator.faults.add({ operation: 'StopJob', kind: 'error', name: 'ServiceAccountException', times: 1 });
  addLong();
  await clock.sleep(5 * MINUTE);
  await sweep();
  await clock.sleep(20 * MINUTE);
  await sweep();
  const fresh = () => emulator.addRun({ project, created: clock.now(), jobs: [{ testMinutes: 100 }] });
  const [named, whole] = [fresh(), emulator.addRun({ project, created: clock.now(), jobs: [job, job] })];
  emulator.faults.add({ operation: 'StopJob', kind: 'error', name: 'ServiceAccountException', times: 1 });
  emulator.faults.add({ operation: 'StopRun', kind: 'error', name: 'ServiceAccountException', times: 1 });
  await publish({ action: 'stop', target: named.jobs[0] });
  await publish({ action: 'stop', target: whole.arn });
  await publish({ action: 'stop', target: emulator.addSession({ project, created: clock.now() }) });
  // The message whose stop was refused is delivered again after five minutes.
  await clock.sleep(6 * MINUTE);
  await deployed.aws.settle();
  fresh();
  await clock.sleep(MINUTE);
  await publish({ action: 'stop', target: 'account', confirm: ACCOUNT });
  // State that was lost is found again in the audit trail.
  await deployed.loseState();
  await sweep();
  await deployed.loseState();
  deployed.aws.queue.send(JSON.stringify({ crossing: { at: clock.now(), active: 1 } }));
  await deployed.aws.settle();
}

/** A second sweep comes to the same job while the first one's stop is under way, and finds its lock. */
async function sweepDuringStop({ emulator, sweep }: Deployed): Promise<void> {
  let second: Promise<unknown> | undefined;
  emulator.onRequest = async ({ operation }) => {
    if (operation !== 'StopJob' || second) return;
    second = sweep();
    await second;
  };
  await sweep();
  emulator.onRequest = () => {};
}

/** What IAM refuses of a call; empty when it clearly allows it. */
async function refusal(call: Call, statements: Statements): Promise<string> {
  const results = await Promise.all(
    call.resources.map((resource) =>
      runSimulation(
        {
          request: {
            action: `${call.service}:${call.operation}`,
            principal: `arn:aws:sts::${ACCOUNT}:assumed-role/auto-stop/function`,
            resource: { resource, accountId: ACCOUNT },
            contextVariables: {},
          },
          identityPolicies: [{ name: 'own', policy: { Version: '2012-10-17', Statement: statements } }],
          serviceControlPolicies: [],
          resourceControlPolicies: [],
        },
        {},
      ),
    ),
  );
  const refused = results.find((one) => one.resultType !== 'single' || one.overallResult !== 'Allowed');
  const what = `${call.service}:${call.operation} on ${call.resources.join(', ')}`;
  return refused ? `${what}: ${JSON.stringify(refused).slice(0, 300)}` : '';
}

/** Action and resource of every permission. */
function permissionsOf(statements: Statements): readonly (readonly [action: string, resource: string])[] {
  return statements.flatMap(({ Action, Resource }) =>
    [Action]
      .flat()
      .flatMap((action) => [Resource].flat().map((one) => [String(action), String(one)] as const)),
  );
}

/** Whether a permission was used by a call. */
function uses(call: Call, [action, resource]: readonly [string, string]): boolean {
  if (action !== `${call.service}:${call.operation}`) return false;
  const prefix = resource.endsWith('*') ? resource.slice(0, -1) : undefined;
  return call.resources.some((one) => (prefix === undefined ? one === resource : one.startsWith(prefix)));
}

describe('the roles of the functions', () => {
  it('allow every call that the bundles make, and nothing that they never make', async () => {
    const deployed = await deploy(POLICY);

    await exerciseAll(deployed);

    const { plan, calls } = deployed.aws;
    expect(plan.functions).toHaveLength(2);
    for (const { name } of plan.functions) {
      const own = calls.filter(({ functionName }) => functionName === name);
      // One call for each kind of resource: IAM tells them apart by their beginning.
      const kinds = ({ operation, resources }: Call) =>
        `${operation} ${resources.join().replaceAll(/:(project|run|job|session):[^,]*/g, ':$1')}`;
      const distinct = new Map(own.map((call) => [kinds(call), call]));
      const statements = plan.statements(name);
      const refusals = await Promise.all([...distinct.values()].map((call) => refusal(call, statements)));
      expect(refusals.filter(Boolean), name).toEqual([]);
      const unused = permissionsOf(statements).filter((one) => !own.some((call) => uses(call, one)));
      expect(
        unused.filter(([action]) => !OF_LAMBDA.test(action)),
        name,
      ).toEqual([]);
    }
  });
});

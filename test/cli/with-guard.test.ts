import { describe, expect, it } from 'vitest';
import type { PlanReport } from '../../cli/plan-report.ts';
import { parseArn } from '../../lambda/core/arn.ts';
import type { StoredAuditRecord } from '../../lambda/core/audit-record.ts';
import { deployGuard } from '../end-to-end/deploy-guard.ts';
import { type Guard, MINUTE } from '../end-to-end/start-guard.ts';
import { runAutostop } from './run-autostop.ts';
import { useEnvironment } from './use-environment.ts';
import { writePolicy } from './write-policy.ts';

const POLICY = {
  version: 1 as const,
  mode: 'enforce' as const,
  pricePerMeteredMinute: 0.2,
  // Whole waves of long jobs are what these tests begin with.
  safety: { breaker: { percentOfActive: 100 } },
  rules: [
    { id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 60 },
    {
      id: 'daily',
      type: 'budget' as const,
      period: 'day' as const,
      limit: { usd: 1000 },
      thresholds: [{ percent: 100, action: 'stop-all' as const }],
    },
  ],
};
const DAY = '2026-11-23';

/** A guard on this machine, which the SDK of this process reaches too. */
async function guarded(): Promise<Guard> {
  const guard = await deployGuard(POLICY, { throttle: false, pageSize: 3 });
  useEnvironment(guard.deployment.environment);
  return guard;
}

function addJob({ emulator, clock }: Guard, minutesAgo: number, override = {}, run = {}): string {
  const { jobs } = emulator.addRun({
    ...run,
    project: emulator.addProject({ name: 'mobile' }),
    name: 'nightly',
    created: clock.now() - minutesAgo * MINUTE,
    jobs: [{ device: 'Google Pixel 8', testMinutes: 140, override }],
  });
  return jobs[0] ?? '';
}

/** What the command line asked of AWS while `work` went on: its key is that of no function. */
async function callsDuring<T>({ deployment }: Guard, work: () => Promise<T>) {
  const before = deployment.calls.length;
  const result = await work();
  const own = deployment.calls.slice(before).filter(({ functionName }) => functionName === undefined);
  return { result, operations: own.map(({ service, operation }) => `${service}:${operation}`) };
}

const table = ({ deployment }: Guard) => deployment.outputs.AuditTableName ?? '';
const run = (guard: Guard, ...args: string[]) => runAutostop(args, { now: guard.clock.now });

describe('audit', () => {
  it('prints what was done to one job, in order, by a sweep', async () => {
    const guard = await guarded();
    const arn = addJob(guard, 75);
    await guard.sweep();

    const ran = await run(guard, 'audit', '--table', table(guard), '--arn', arn);

    expect(ran).toMatchObject({ code: 0, err: '' });
    const lines = ran.out.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));
    expect(lines.filter((line) => line.startsWith(DAY)).map((line) => line.split(' | ').slice(1))).toEqual([
      ['StopRequested', 'long-jobs', '$15.00', 'schedule'],
      ['StopAccepted', 'long-jobs', '$15.00', 'schedule'],
    ]);
    expect(lines).toContain('ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs)');
    expect(lines).toContain('mobile, run nightly, Google Pixel 8, 75 min, attempt 1');
    expect(lines).toContain(arn);
  });

  it('prints all of a day, today when none is named, and the table named by the environment', async () => {
    const guard = await guarded();
    for (let count = 0; count < 30; count++) addJob(guard, 75);
    await guard.sweep();

    const env = { AUTOSTOP_AUDIT_TABLE: table(guard) };
    const ran = await runAutostop(['audit', '--json'], { now: guard.clock.now, env });

    const records: StoredAuditRecord[] = JSON.parse(ran.out);
    expect(records.filter(({ event }) => event === 'StopAccepted')).toHaveLength(30);
    expect(records.filter(({ event }) => event === 'SweepCompleted')).toHaveLength(1);
    expect(records.map(({ at }) => at)).toEqual(records.map(({ at }) => at).toSorted());
  });

  it('ends with 0 and a sentence when there is no record', async () => {
    const guard = await guarded();

    const ran = await run(guard, 'audit', '--table', table(guard), '--day', '2026-01-01');

    expect(ran).toEqual({ code: 0, out: 'There is no record of 2026-01-01.\n', err: '' });
  });

  it('only queries', async () => {
    const guard = await guarded();
    addJob(guard, 75);
    await guard.sweep();

    const { operations } = await callsDuring(guard, async () => {
      await run(guard, 'audit', '--table', table(guard), '--day', DAY);
      await run(guard, 'audit', '--table', table(guard), '--arn', 'guard');
    });

    expect(operations).toEqual(['dynamodb:Query', 'dynamodb:Query']);
  });

  it('ends with 1 for a table that there is not', async () => {
    const guard = await guarded();

    const ran = await run(guard, 'audit', '--table', 'no-such-table');

    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(
      /^table no-such-table could not be read: ResourceNotFoundException.*\nTake the name/,
    );
  });
});

describe('plan --state-table', () => {
  it('decides as the next sweep does, by what the guard remembers, and writes nothing', async () => {
    const guard = await guarded();
    const arn = addJob(guard, 5, { started: null });
    await guard.sweep();
    guard.clock.advance(61 * MINUTE);
    const options = ['plan', '--json', '--policy', writePolicy(POLICY)];

    const alone = await run(guard, ...options);
    const { result, operations } = await callsDuring(guard, () =>
      run(guard, ...options, '--state-table', guard.deployment.outputs.StateTableName ?? ''),
    );
    const next = await guard.sweep();

    const [blank, informed]: PlanReport[] = [JSON.parse(alone.out), JSON.parse(result.out)];
    expect([alone.code, result.code]).toEqual([0, 2]);
    expect(blank?.items).toMatchObject([{ arn, decision: 'keep' }]);
    expect(informed?.items).toMatchObject([{ arn, decision: 'stop', rule: 'long-jobs' }]);
    expect(next.stopped).toEqual([arn]);
    expect(informed?.budgets.map(({ spent }) => spent)).toEqual(next.usage.map(({ spent }) => spent));
    expect(
      operations.filter((one) => !/^(devicefarm:(List|Get)|dynamodb:(Query|GetItem)$)/.test(one)),
    ).toEqual([]);
    expect(operations).toContain('dynamodb:Query');
  });

  it('counts in its budgets what only the ledger still knows', async () => {
    const guard = await guarded();
    const project = guard.emulator.addProject({ name: 'web' });
    const tests = [{ prepareMinutes: 0, setupMinutes: 0, teardownMinutes: 0, testMinutes: 30 }];
    guard.emulator.addRun({ project, created: guard.clock.now() - 120 * MINUTE, jobs: tests });
    await guard.sweep();
    guard.clock.advance(5 * MINUTE);
    guard.emulator.faults.add({ kind: 'emptyReply', operation: 'ListRuns' });
    const options = ['plan', '--json', '--policy', writePolicy(POLICY)];

    const alone = await run(guard, ...options);
    const informed = await run(
      guard,
      ...options,
      '--state-table',
      guard.deployment.outputs.StateTableName ?? '',
    );

    const spent = [alone, informed].map(({ out }) => (JSON.parse(out) as PlanReport).budgets[0]?.spent);
    expect(spent).toEqual([0, 6]);
  });

  it('ends with 1 for a table that there is not', async () => {
    const guard = await guarded();

    const ran = await run(guard, 'plan', '--policy', writePolicy(POLICY), '--state-table', 'no-such-table');

    expect(ran).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^table no-such-table could not be/),
    });
  });
});

describe('plan --audit-table', () => {
  it('shows what a pause, and exemptions by message and by tag, keep from being stopped, and writes nothing', async () => {
    const guard = await guarded();
    const until = new Date(guard.clock.now() + 120 * MINUTE).toISOString();
    const [byMessage, neither] = [addJob(guard, 75), addJob(guard, 75)];
    const byTag = addJob(guard, 75, {}, { tags: { 'autostop:exempt-until': until } });
    const target = parseArn(byMessage)?.runArn;
    const options = ['plan', '--json', '--policy', writePolicy(POLICY)];
    await guard.publish({ action: 'exempt', target, until, reason: 'store release', requestedBy: 'ada' });
    await guard.publish({ action: 'pause', until, reason: 'game day', requestedBy: 'ada' });

    const alone = await run(guard, ...options);
    const { result, operations } = await callsDuring(guard, () =>
      run(guard, ...options, '--audit-table', table(guard)),
    );

    const [blank, informed]: PlanReport[] = [JSON.parse(alone.out), JSON.parse(result.out)];
    const stopsOf = (report?: PlanReport) =>
      report?.items.filter(({ decision }) => decision === 'stop').map(({ arn }) => arn);
    expect(stopsOf(blank)?.toSorted()).toEqual([byMessage, neither].toSorted());
    expect(blank).toMatchObject({ auditTable: null, pause: null });
    expect(stopsOf(informed)).toEqual([neither]);
    expect(informed).toMatchObject({
      auditTable: table(guard),
      pause: expect.stringMatching(/^paused until 2026-11-23T14:00.*ada.*game day/),
    });
    expect(informed?.items.find(({ arn }) => arn === byTag)).toMatchObject({ exemption: 'tag' });
    expect(informed?.items.find(({ arn }) => arn === byMessage)?.exemption).toMatch(/^message:/);
    expect(
      operations.filter((one) => !/^(devicefarm:(List|Get)|dynamodb:(Query|GetItem)$)/.test(one)),
    ).toEqual([]);
  });

  it('says in words that the guard is paused', async () => {
    const guard = await guarded();
    addJob(guard, 75);
    const until = new Date(guard.clock.now() + 120 * MINUTE).toISOString();
    await guard.publish({ action: 'pause', until, reason: 'game day', requestedBy: 'ada' });

    const env = { AUTOSTOP_AUDIT_TABLE: table(guard) };
    const ran = await runAutostop(['plan', '--policy', writePolicy(POLICY)], { now: guard.clock.now, env });

    expect(ran.code).toBe(2);
    expect(ran.out).toMatch(/The guard is paused until 2026-11-23T14:00[\s\S]*the stops below are\s+held/);
  });

  it('ends with 1 for a table that there is not', async () => {
    const guard = await guarded();

    const ran = await run(guard, 'plan', '--policy', writePolicy(POLICY), '--audit-table', 'no-such-table');

    expect(ran).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/^table no-such-table could not be/),
    });
  });
});

describe('stop', () => {
  it('has a job stopped, in the name of the caller, and says where to look', async () => {
    const guard = await guarded();
    const arn = addJob(guard, 5);
    const topic = guard.deployment.outputs.ManualStopTopicArn ?? '';

    const { result, operations } = await callsDuring(guard, async () => {
      const ran = await run(guard, 'stop', arn, '--topic', topic, '--reason', 'wrong branch');
      await guard.deployment.settle();
      return ran;
    });

    const message = guard.deployment.messages.find(({ topicArn }) => topicArn === topic);
    expect(result).toEqual({
      code: 0,
      err: '',
      out: `sent message ${message?.messageId}\nSee what became of it: npx autostop audit --arn ${arn} --table <audit table>\n`,
    });
    expect(operations).toEqual(['sns:Publish']);
    const accepted = (await guard.trail()).filter(({ event }) => event === 'StopAccepted');
    expect(accepted).toMatchObject([{ subject: arn, actor: `sns:${message?.messageId}` }]);
    expect(accepted[0]?.reason).toMatch(/ada asked by message: wrong branch/);
  });

  it('points at the day for what has more than one record', async () => {
    const guard = await guarded();
    addJob(guard, 5);
    const topic = guard.deployment.outputs.ManualStopTopicArn ?? '';
    const env = { AUTOSTOP_AUDIT_TABLE: table(guard) };

    const ran = await runAutostop(['stop', 'account', '--confirm', '123456789012', '--topic', topic], {
      now: guard.clock.now,
      env,
    });
    await guard.deployment.settle();

    expect(ran.out).toMatch(new RegExp(`autostop audit --day ${DAY}\\n$`));
  });

  it('sends nothing that the guard would refuse', async () => {
    const guard = await guarded();
    const topic = guard.deployment.outputs.ManualStopTopicArn ?? '';

    const ran = await run(guard, 'stop', 'account', '--topic', topic);

    expect(ran).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/nothing is sent.*needs confirm/),
    });
    expect(guard.deployment.messages).toEqual([]);
  });

  it('ends with 1 for a topic that there is not', async () => {
    const guard = await guarded();
    const arn = addJob(guard, 5);

    const ran = await run(guard, 'stop', arn, '--topic', 'arn:aws:sns:us-west-2:123456789012:nothing');

    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(/^topic arn:aws:sns:us-west-2:123456789012:nothing did not take the message: /);
  });
});

describe('steering from the command line', () => {
  it('pauses, exempts, and takes both back', async () => {
    const guard = await guarded();
    const arn = addJob(guard, 75);
    const other = addJob(guard, 75);
    const target = other.replace(':job:', ':run:').replace(/\/[^/]*$/, '');
    const topic = ['--topic', guard.deployment.outputs.ManualStopTopicArn ?? ''];
    const until = ['--until', new Date(guard.clock.now() + 60 * MINUTE).toISOString()];
    const steer = async (...args: string[]) => {
      const ran = await run(guard, ...args, ...topic);
      await guard.deployment.settle();
      guard.clock.advance(1);
      return ran;
    };

    const sent = [await steer('pause', ...until), await steer('exempt', target, ...until)];
    const paused = await guard.sweep();
    await steer('resume', '--reason', 'released');
    const resumed = await guard.sweep();
    await steer('unexempt', target);
    const unexempted = await guard.sweep();

    expect(sent).toMatchObject([
      {
        code: 0,
        out: expect.stringMatching(/^sent message .*\nSee what holds now: npx autostop audit --arn guard/),
      },
      { code: 0 },
    ]);
    expect(paused).toMatchObject({ stopped: [], heldBack: [{ arn }] });
    expect([resumed.stopped, unexempted.stopped]).toEqual([[arn], [other]]);
  });
});

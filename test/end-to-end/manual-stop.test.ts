import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import { deployGuard } from './deploy-guard.ts';
import { type Guard, MINUTE, START } from './start-guard.ts';
import { effectiveStops, expectEveryStopExplained, stopRequests } from './trail.ts';

const ACCOUNT = '123456789012';
const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 140 }],
  exemptions: [
    {
      id: 'release',
      match: { runs: ['release-*'] },
      until: '2027-01-01T00:00:00Z',
      owner: 'mobile',
      reason: 'release',
    },
  ],
  manualStop: { budgets: [{ name: 'Test Budget', stop: 'queued' }] },
};

function seedWork({ emulator }: Guard) {
  const project = emulator.addProject({ name: 'mobile' });
  const created = START - 20 * MINUTE;
  const main = emulator.addRun({
    project,
    name: 'main-1',
    created,
    jobs: [{ testMinutes: 100 }, { testMinutes: 100 }],
  });
  const release = emulator.addRun({ project, name: 'release-1', created, jobs: [{ testMinutes: 100 }] });
  const queued = emulator.addRun({
    project,
    name: 'queued-1',
    created,
    jobs: [{ status: 'PENDING_DEVICE' }],
  });
  const session = emulator.addSession({ project, created });
  return { project, main, release, queued, session };
}

function manualStops({ deployment }: Guard) {
  return deployment.invocations.filter(
    ({ functionName }) => functionName === deployment.outputs.ManualStopFunctionName,
  );
}

function notifications({ deployment }: Guard) {
  return deployment.messages.filter(({ topicArn }) => topicArn === deployment.outputs.NotificationTopicArn);
}

describe('a message that is no order', () => {
  const arn = `arn:aws:devicefarm:us-west-2:${ACCOUNT}:run:p/r`;

  it('is answered once, stops nothing and is not tried again', async () => {
    const guard = await deployGuard(POLICY);
    seedWork(guard);
    const noise = [
      'stop everything',
      '{"action":"stop"',
      'null',
      'x'.repeat(256 * 1024),
      JSON.stringify({ action: 'stop', target: Array.from({ length: 1000 }, () => arn) }),
      { action: 'stop', target: 'account' },
      { action: 'stop', target: 'account', confirm: '210987654321' },
      { action: 'stop', target: arn.replace('us-west-2', 'eu-west-1') },
      { action: 'stop', target: arn.replace(ACCOUNT, '210987654321') },
      { action: 'stop', target: arn.replace('devicefarm', 'ec2') },
      { action: 'stop', target: arn, reason: '<script>alert(1)</script>' },
      { action: 'stop', target: arn, inculde: 'queued' },
      { action: 'stop', target: arn, include: 7 },
      { action: 'start', target: arn },
    ];

    for (const message of noise) await guard.publish(message);
    await guard.clock.sleep(10 * MINUTE);
    await guard.deployment.settle();

    const trail = await guard.trail();
    expect(stopRequests(guard.emulator)).toEqual([]);
    expect(trail.filter(({ event }) => event === 'CommandRejected')).toHaveLength(noise.length);
    expect(trail.every(({ reason }) => reason.length < 1_000)).toBe(true);
    expect(notifications(guard)).toHaveLength(noise.length);
    expect(manualStops(guard)).toHaveLength(noise.length);
    expect(manualStops(guard).filter(({ error }) => error)).toEqual([]);
    expect(guard.deployment.deadLetters).toEqual([]);
  });
});

describe('an order', () => {
  it('for the account stops all but exempt work, and delivered again stops nothing more', async () => {
    const guard = await deployGuard(POLICY);
    const { main, release, queued, session, project } = seedWork(guard);

    const id = await guard.publish({
      action: 'stop',
      target: 'account',
      confirm: ACCOUNT,
      reason: 'cost freeze',
      requestedBy: 'ana',
    });
    const later = guard.emulator.addRun({
      project,
      created: guard.clock.now(),
      jobs: [{ testMinutes: 100 }],
    });
    guard.deployment.redeliver(id);
    await guard.deployment.settle();

    const stopped = [...effectiveStops(guard.emulator).keys()].sort();
    expect(stopped).toEqual([...main.jobs, ...queued.jobs, session].sort());
    expect(stopped).not.toContain(release.jobs[0]);
    expect(stopped).not.toContain(later.jobs[0]);
    expect(stopRequests(guard.emulator)).toHaveLength(4);
    const trail = await guard.trail();
    expectEveryStopExplained(guard.emulator, trail);
    expect(trail.find(({ event }) => event === 'StopRequested')).toMatchObject({
      actor: `sns:${id}`,
      reason: 'ana asked by message: cost freeze',
    });
    expect(notifications(guard)).toHaveLength(1);
  });

  it('whose stop is refused is tried again by Lambda and finishes what is left, or waits among the dead letters', async () => {
    const guard = await deployGuard(POLICY);
    const { main } = seedWork(guard);
    guard.emulator.faults.add({
      operation: 'StopRun',
      match: main.arn,
      kind: 'error',
      name: 'ServiceAccountException',
      times: 2,
    });

    await guard.publish({ action: 'stop', target: main.arn });
    await guard.clock.sleep(10 * MINUTE);
    await guard.deployment.settle();

    expect(manualStops(guard).map(({ error }) => error === undefined)).toEqual([false, false, true]);
    expect(effectiveStops(guard.emulator)).toEqual(new Map(main.jobs.map((one) => [one, 1])));
    expect(guard.deployment.deadLetters).toEqual([]);
    expectEveryStopExplained(guard.emulator, await guard.trail());
  });

  it('that can never be carried out ends among the dead letters', async () => {
    const guard = await deployGuard(POLICY);
    const { main } = seedWork(guard);
    guard.emulator.faults.add({ operation: 'StopJob', kind: 'error', name: 'AccessDeniedException' });

    await guard.publish({ action: 'stop', target: main.jobs[0] ?? '' });
    await guard.clock.sleep(10 * MINUTE);
    await guard.deployment.settle();

    expect(manualStops(guard)).toHaveLength(3);
    expect(guard.deployment.deadLetters).toHaveLength(1);
    expect((await guard.trail()).map(({ event }) => event)).toContain('StopFailed');
  });

  it('may be the real text of a budget that the policy lists', async () => {
    const guard = await deployGuard(POLICY);
    const { queued } = seedWork(guard);
    const alert = readFileSync(new URL('../golden/budgets-notification.txt', import.meta.url), 'utf8');

    await guard.publish(alert);

    expect([...effectiveStops(guard.emulator).keys()]).toEqual(queued.jobs);
    expect((await guard.trail()).find(({ event }) => event === 'StopRequested')).toMatchObject({
      rule: 'budget:Test Budget',
      reason: 'AWS budget "Test Budget" passed its alert threshold ($0.59)',
    });
  });
});

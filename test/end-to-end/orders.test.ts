import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { deploy } from './deploy.ts';
import { ACCOUNT, type Deployed, MINUTE, START } from './start.ts';
import { effectiveStops, expectEveryStopExplained, once, stopRequests } from './trail.ts';

const BUDGET_ALERT = readFileSync(new URL('../golden/budgets-notification.txt', import.meta.url), 'utf8');
const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 140 }],
  exemptions: [
    {
      id: 'release',
      match: { runs: ['release-*'] },
      until: new Date(START + 60 * 60 * MINUTE).toISOString(),
      owner: 'mobile',
      reason: 'release',
    },
  ],
  manualStop: { budgets: [{ name: 'Test Budget', stop: 'queued' }] },
};
const STOP_ALL = {
  action: 'stop',
  target: 'account',
  confirm: ACCOUNT,
  reason: 'cost freeze',
  requestedBy: 'ana',
};

function seedWork({ emulator }: Deployed) {
  const project = emulator.addProject({ name: 'mobile' });
  const add = (name: string, ...jobs: object[]) =>
    emulator.addRun({ project, name, created: START - 20 * MINUTE, jobs });
  return {
    project,
    main: add('main-1', { testMinutes: 100 }, { testMinutes: 100 }),
    release: add('release-1', { testMinutes: 100 }),
    queued: add('queued-1', { status: 'PENDING_DEVICE' }),
    session: emulator.addSession({ project, created: START - 20 * MINUTE }),
  };
}

describe('an order, from the topic through the queue to the function', () => {
  it('for the account stops all but exempt work, is answered once, and delivered again stops nothing more', async () => {
    const deployed = await deploy(POLICY);
    const { emulator, aws, clock } = deployed;
    const { main, queued, session, project } = seedWork(deployed);

    const id = await deployed.publish(STOP_ALL);
    emulator.addRun({ project, created: clock.now(), jobs: [{ testMinutes: 100 }] });
    aws.topics.redeliver(id);
    await aws.settle();

    const wanted = [...main.jobs, ...queued.jobs, session];
    expect(effectiveStops(emulator)).toEqual(once(wanted));
    expect(stopRequests(emulator)).toHaveLength(wanted.length);
    const trail = await deployed.trail();
    expectEveryStopExplained(emulator, trail);
    expect(trail.find(({ event }) => event === 'StopRequested')).toMatchObject({
      actor: `sns:${id}`,
      reason: expect.stringContaining('cost freeze'),
    });
    expect(deployed.mails().map(({ subject }) => subject)).toEqual([
      expect.stringContaining('order done: 4 stopped'),
    ]);
    expect(deployed.orders()).toHaveLength(2);
  });

  it('that finds Device Farm down for 20 minutes is carried out when it is back, and answered twice', async () => {
    const deployed = await deploy(POLICY);
    const { emulator, aws, clock } = deployed;
    const { main, queued, session } = seedWork(deployed);
    const outage = emulator.faults.add({ kind: 'html', operation: '*' });

    await deployed.publish(STOP_ALL);
    await clock.sleepUntil(START + 20 * MINUTE);
    const during = [...effectiveStops(emulator)];
    outage.remove();
    await clock.sleepUntil(START + 26 * MINUTE);
    await aws.settle();

    expect(during).toEqual([]);
    expect(effectiveStops(emulator)).toEqual(once([...main.jobs, ...queued.jobs, session]));
    expect(deployed.orders().length).toBeGreaterThanOrEqual(5);
    expect(deployed.orders().filter(({ error }) => error)).toEqual([]);
    expect(deployed.mails().map(({ subject }) => subject)).toEqual([
      expect.stringContaining('order not done yet'),
      expect.stringContaining('order done: 4 stopped'),
    ]);
    expect(aws.queue.deadLetters).toEqual([]);
    expectEveryStopExplained(emulator, await deployed.trail());
  });

  it('that can never be carried out becomes a dead letter', async () => {
    const deployed = await deploy(POLICY, { maxReceiveCount: 3 });
    const { emulator, aws, clock } = deployed;
    const { session } = seedWork(deployed);
    const operation = 'StopRemoteAccessSession';
    emulator.faults.add({ kind: 'error', operation, name: 'AccessDeniedException' });

    await deployed.publish({ action: 'stop', target: session, reason: 'not needed' });
    await clock.sleep(20 * MINUTE);
    await aws.settle();

    expect(deployed.orders()).toHaveLength(3);
    expect(aws.queue.deadLetters).toMatchObject([{ body: expect.stringContaining('not needed') }]);
    expect((await deployed.trail()).map(({ event }) => event)).toContain('StopFailed');
    expect(effectiveStops(emulator)).toEqual(new Map());
  });

  it('may be the real text of a budget that the policy lists', async () => {
    const deployed = await deploy(POLICY);
    const { queued } = seedWork(deployed);

    await deployed.publish(BUDGET_ALERT);

    expect(effectiveStops(deployed.emulator)).toEqual(once(queued.jobs));
    expect((await deployed.trail()).find(({ event }) => event === 'StopRequested')).toMatchObject({
      rule: 'budget:Test Budget',
      reason: expect.stringContaining('AWS budget "Test Budget" passed its alert threshold ($0.59)'),
    });
  });

  it('that is none is answered once, stops nothing and is not tried again', async () => {
    const deployed = await deploy(POLICY);
    const { main } = seedWork(deployed);
    const noise = [
      'stop everything',
      'x'.repeat(256 * 1024),
      { action: 'stop', target: 'account' },
      { action: 'stop', target: 'account', confirm: '210987654321' },
      { action: 'stop', target: main.arn.replace('us-west-2', 'eu-west-1') },
      { action: 'stop', target: main.arn, inculde: 'queued' },
    ];

    for (const message of noise) await deployed.publish(message);
    await deployed.clock.sleep(10 * MINUTE);
    await deployed.aws.settle();

    const trail = await deployed.trail();
    expect(stopRequests(deployed.emulator)).toEqual([]);
    expect(trail.filter(({ event }) => event === 'CommandRejected')).toHaveLength(noise.length);
    expect(trail.every(({ reason }) => reason.length < 1_000)).toBe(true);
    expect(deployed.mails()).toHaveLength(noise.length);
    expect(deployed.orders()).toHaveLength(noise.length);
    expect(deployed.aws.queue.deadLetters).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { deployed, MINUTE, writePolicy } from './support.ts';

const POLICY = {
  version: 1 as const,
  mode: 'enforce' as const,
  rules: [{ id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 60 }],
};

async function well() {
  const auto = await deployed(POLICY);
  const file = writePolicy(JSON.stringify(POLICY));
  auto.emulator.addProject({ name: 'mobile', defaultJobTimeoutMinutes: 60 });
  const topicArn = auto.aws.plan.output('NotificationTopicArn');
  const subscribe = (address: string, isConfirmed: boolean) =>
    auto.aws.topics.subscriptions.push({ topicArn, address, isConfirmed });
  await auto.sweep();
  return { auto, subscribe, run: () => auto.run('doctor', '--policy', file) };
}

describe('doctor', () => {
  it('ends with 0 when all is well', async () => {
    const { subscribe, run } = await well();
    subscribe('ada@example.com', true);

    const { code, out } = await run();

    expect(out).not.toContain('WRONG');
    expect(code).toBe(0);
    expect(out).toMatch(/^ok +people +1 told$/m);
  });

  it('says that nobody is told, and who must confirm', async () => {
    const { subscribe, run } = await well();
    const before = await run();
    subscribe('ada@example.com', false);

    const after = await run();

    expect([before.code, after.code]).toEqual([1, 1]);
    expect(before.out).toContain('nobody is told: give notificationEmail');
    expect(after.out).toContain('ada@example.com must confirm the subscription');
  });

  it('says that sweeps are missing', async () => {
    const { auto, run } = await well();
    await auto.clock.sleep(200 * MINUTE);

    const { code, out } = await run();

    expect(code).toBe(1);
    expect(out).toMatch(/^WRONG +sweeps +the last sweep ended 200 min ago; see "NoSweep"/m);
  });

  it('says what is not allowed, and looks at the rest', async () => {
    const { auto, run } = await well();
    auto.emulator.faults.add({ kind: 'error', name: 'AccessDeniedException', operation: 'ListProjects' });

    const { code, out } = await run();

    expect(code).toBe(1);
    expect(out).toMatch(
      /^WRONG +projects +ListProjects: AccessDeniedException: .*\. Allow your role the action/m,
    );
    expect(out).toMatch(/^ok +settings/m);
  });

  it('notes default timeouts that are above the policy', async () => {
    const { auto, run } = await well();
    auto.emulator.addProject({ name: 'loose' });

    const { out } = await run();

    expect(out).toMatch(/^note +timeouts +project "loose" ends jobs after 150 min by default/m);
  });
});

import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import { deployGuard } from './deploy-guard.ts';
import { type Guard, MINUTE, START } from './start-guard.ts';

const POLICY: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
};
const ENDLESS = Number.POSITIVE_INFINITY;

/** A job that has run for 65 minutes; its run holds nothing else. */
function addJob({ emulator }: Guard, testMinutes = ENDLESS) {
  const project = emulator.addProject({ name: 'mobile' });
  const run = emulator.addRun({
    project,
    created: START - 65 * MINUTE,
    jobs: [{ testMinutes, teardownMinutes: 1 }],
  });
  return { run: run.arn, arn: run.jobs[0] ?? '' };
}

async function sweepFor(guard: Guard, minutes: number): Promise<void> {
  for (let minute = 0; minute <= minutes; minute += 5) {
    await guard.sweep();
    guard.clock.advance(5 * MINUTE);
  }
}

const recordsOf = async (guard: Guard, arn: string) =>
  (await guard.trail()).filter(({ subject }) => subject === arn);

describe('a stop, through the bundles', () => {
  it.each(['ignoredStop', 'stuckStop'] as const)(
    'that Device Farm accepts without effect (%s) is retried, escalated and told once',
    async (kind) => {
      const guard = await deployGuard(POLICY);
      const { arn, run } = addJob(guard);
      guard.emulator.faults.add({ kind, operation: 'StopJob' });
      guard.emulator.faults.add({ kind, operation: 'StopRun' });

      await sweepFor(guard, 50);

      const stops = guard.emulator.requests.filter(({ operation }) => operation.startsWith('Stop'));
      expect(stops.map(({ input }) => input.arn)).toEqual([arn, arn, arn, run]);
      const records = await recordsOf(guard, arn);
      expect(records.filter(({ event }) => event === 'StopRequested')).toHaveLength(4);
      expect(records.filter(({ event }) => event === 'StopEscalated')).toHaveLength(1);
      const messages = guard.deployment.messages.filter(({ subject }) => subject?.includes('without effect'));
      expect(messages).toHaveLength(1);
      expect(messages[0]?.message).toContain(arn);
    },
  );

  it('of a job that only a stop of its run reaches is confirmed, and not told as without effect', async () => {
    const guard = await deployGuard(POLICY);
    const { arn, run } = addJob(guard);
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });

    await sweepFor(guard, 50);

    const stops = guard.emulator.requests.filter(({ operation }) => operation.startsWith('Stop'));
    expect(stops.map(({ input, changed }) => [input.arn, changed])).toEqual([
      [arn, false],
      [arn, false],
      [arn, false],
      [run, true],
    ]);
    const events = (await recordsOf(guard, arn)).map(({ event }) => event);
    expect(events.filter((event) => event === 'StopConfirmed')).toHaveLength(1);
    expect(events).not.toContain('StopEscalated');
    expect(guard.deployment.messages.filter(({ subject }) => subject?.includes('without effect'))).toEqual(
      [],
    );
  });

  it('of a session without effect is retried, escalated and told once, as no run can be stopped for it', async () => {
    const guard = await deployGuard(POLICY);
    const project = guard.emulator.addProject({ name: 'lab' });
    const session = guard.emulator.addSession({ project, created: START - 65 * MINUTE });
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopRemoteAccessSession' });

    await sweepFor(guard, 60);

    const stops = guard.emulator.requests.filter(({ operation }) => operation.startsWith('Stop'));
    expect(stops.map(({ input }) => input.arn)).toEqual([session, session, session]);
    const events = (await recordsOf(guard, session)).map(({ event }) => event);
    expect(events.filter((event) => event === 'StopEscalated')).toHaveLength(1);
    const told = guard.deployment.messages.filter(({ subject }) => subject?.includes('without effect'));
    expect(told.map(({ message }) => message)).toEqual([expect.stringContaining(session)]);
  });

  it('that works is confirmed with its seconds and with what it avoided at most', async () => {
    const guard = await deployGuard(POLICY);
    const { arn } = addJob(guard);

    await sweepFor(guard, 5);

    const confirmed = (await recordsOf(guard, arn)).find(({ event }) => event === 'StopConfirmed');
    expect(confirmed?.seconds).toBeGreaterThanOrEqual(58);
    expect(confirmed?.seconds).toBeLessThanOrEqual(60);
    expect(confirmed?.avoided).toBeCloseTo(84, 0);
    expect(confirmed?.avoidedMoney).toBe(Math.round((confirmed?.avoided ?? 0) * 170_000));
    expect(confirmed?.reason).toMatch(/at most 84 min and \$14\.\d\d avoided/);
  });

  it('of a job that finishes by itself just after it is not counted as saved', async () => {
    const guard = await deployGuard(POLICY);
    const { arn } = addJob(guard, 67);
    guard.emulator.faults.add({ kind: 'ignoredStop', operation: 'StopJob' });

    await sweepFor(guard, 5);

    const records = await recordsOf(guard, arn);
    expect(records.map(({ event }) => event)).not.toContain('StopConfirmed');
    expect(records.find(({ event }) => event === 'StopSkipped')).toMatchObject({
      avoided: 0,
      avoidedMoney: 0,
      reason: expect.stringContaining('PASSED'),
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../../lambda/core/policy/schema.ts';
import { BEGIN, type Guard, startGuard } from '../../harness/guard-in-process.ts';
import { addJob, addSession } from '../../harness/work.ts';

type RuleInput = PolicyInput['rules'][number];

const MINUTE = 60_000;
/** 12:00 UTC is 14:00 in Berlin, on a Friday. */
const OFFICE_HOURS: RuleInput = {
  id: 'office-hours',
  type: 'window',
  allow: [{ days: ['fri'], from: '07:00', to: '15:00' }],
  timezone: 'Europe/Berlin',
};

const guardWith = (rule: RuleInput) => startGuard({ policy: { rules: [rule] } });

/** Sweeps every five minutes; at which minutes something was stopped. */
async function sweepFor(guard: Guard, minutes: number): Promise<readonly (readonly [number, string])[]> {
  const stops: (readonly [number, string])[] = [];
  for (let passed = 0; passed <= minutes; passed += 5) {
    const { stopped } = await guard.sweep();
    stops.push(...stopped.map((arn) => [passed, arn] as const));
    guard.pass(5);
  }
  return stops;
}

describe('sweep: the window rule', () => {
  it('stops jobs, queued work and sessions once the hours have ended', async () => {
    const guard = await guardWith(OFFICE_HOURS);
    const running = addJob(guard).arn;
    const queued = addJob(guard, { status: 'PENDING_DEVICE' }).arn;
    const session = addSession(guard);

    const stops = await sweepFor(guard, 70);

    expect(new Set(stops)).toEqual(new Set([running, queued, session].map((arn) => [65, arn])));
    expect((await guard.trail(queued))[0]?.reason).toMatch(/^PENDING_DEVICE on Google Pixel 8 at fri 15:05/);
    guard.journal.expectStopsExplained();
  });
});

describe('sweep: the superseded rule', () => {
  it('stops what an older build left behind, and not the newer build', async () => {
    const guard = await guardWith({ id: 'old-builds', type: 'superseded', key: '{key}-{number}' });
    const old = addJob(guard, {}, { name: 'pr-12-43', created: BEGIN - 20 * MINUTE });
    addJob(guard, {}, { name: 'pr-12-44', project: old.project });
    addJob(guard, {}, { name: 'pr-13-1', project: old.project, created: BEGIN - 20 * MINUTE });

    const { stopped } = await guard.sweep();

    expect(stopped).toEqual([old.arn]);
    guard.journal.expectStopsExplained();
  });
});

describe('sweep: the stalled rule', () => {
  const STALLED: RuleInput = { id: 'no-progress', type: 'stalled', maxMinutes: 30 };
  /** Passes a test every five minutes until the 20th, then none. */
  const hanging = (_item: unknown, now: number) => ({
    counters: { total: 9, passed: Math.min(4, Math.floor((now - BEGIN) / (5 * MINUTE))) },
  });

  it('stops a job that has moved and moves no more, and never one that shows no counters', async () => {
    const guard = await guardWith(STALLED);
    const { arn } = addJob(guard, { override: hanging });
    addJob(guard);
    addSession(guard);

    const stops = await sweepFor(guard, 70);

    expect(stops).toEqual([[55, arn]]);
    expect((await guard.trail(arn))[0]?.reason).toBe(
      'no counter moved for 35 min on Google Pixel 8; limit 30 min (rule no-progress)',
    );
  });

  it('starts anew when the memory is lost: nothing is stopped that has not been seen to move', async () => {
    const guard = await guardWith(STALLED);
    addJob(guard, { override: hanging });
    await sweepFor(guard, 30);
    const forgetful = guard.container();
    const lost = { ...forgetful.ports, memories: { all: async () => new Map(), save: async () => true } };

    const stops = [];
    for (let count = 0; count < 10; count += 1) {
      stops.push(...(await guard.sweep({ in: { ...forgetful, ports: lost } })).stopped);
      guard.pass(5);
    }

    expect(stops).toEqual([]);
  });

  it('remembers no counters when no rule looks at them', async () => {
    const guard = await guardWith({ id: 'long', type: 'job-duration', maxMinutes: 100 });
    addJob(guard, { override: hanging });

    await sweepFor(guard, 10);

    const [memory] = (await guard.ports.memories.all()).values();
    expect(memory?.progress).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../../lambda/core/policy/schema.ts';
import { BEGIN, type Guard, startGuard } from '../../harness/guard-in-process.ts';
import { queries } from '../../harness/table-service.ts';
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

/** A rule that needs no memory. */
const MEMORYLESS: RuleInput = { id: 'long', type: 'job-duration', maxMinutes: 100 };

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
    const guard = await guardWith(MEMORYLESS);
    addJob(guard, { override: hanging });

    await sweepFor(guard, 10);

    const [memory] = (await guard.ports.memories.all()).values();
    expect(memory?.progress).toBeUndefined();
  });
});

describe('sweep: the elastic rule', () => {
  const ELASTIC: RuleInput = { id: 'unusual', type: 'elastic', percent: 200, minimumHistory: 2, of: 3 };
  type Job = NonNullable<Parameters<typeof addJob>[1]>;

  /** Lets runs of the same name end and settle, one after the other, under the guard's eyes. */
  async function teach(guard: Guard, jobs: readonly Job[], project: string, sweep = () => guard.sweep()) {
    for (const job of jobs) {
      addJob(guard, { setupMinutes: 0, teardownMinutes: 0, ...job }, { project });
      await sweep();
      guard.pass(40);
      await sweep();
      guard.pass(20);
      await sweep();
    }
  }

  /** When a job of the same name that never ends is stopped, in minutes since it was scheduled. */
  async function stopOfHanging(guard: Guard, project: string): Promise<readonly number[]> {
    addJob(guard, { testMinutes: 140 }, { project });
    return (await sweepFor(guard, 120)).map(([passed]) => passed);
  }

  it('stops a job that runs for longer than jobs of its run name and device do', async () => {
    const guard = await guardWith(ELASTIC);
    const project = guard.emulator.addProject({ name: 'mobile' });
    await teach(guard, [{ testMinutes: 20 }, { testMinutes: 22 }, { testMinutes: 24 }], project);

    const stops = await stopOfHanging(guard, project);

    expect(stops).toEqual([45]);
  });

  it.each<{ what: string; jobs: readonly Job[] }>([
    { what: 'too few', jobs: [{ testMinutes: 5 }] },
    { what: 'not successful', jobs: Array(3).fill({ testMinutes: 5, result: 'FAILED' }) },
    { what: 'on another device', jobs: Array(3).fill({ testMinutes: 5, device: 'Google Pixel 7' }) },
  ])('stops nothing when the jobs to compare with are $what', async ({ jobs }) => {
    const guard = await guardWith(ELASTIC);
    const project = guard.emulator.addProject({ name: 'mobile' });
    await teach(guard, jobs, project);

    const stops = await stopOfHanging(guard, project);

    expect(stops).toEqual([]);
  });

  it('lists the jobs of an ended run once more, and writes once, only when a rule wants it', async () => {
    const counts = [];
    for (const rule of [ELASTIC, MEMORYLESS]) {
      const guard = await guardWith(rule);
      const project = guard.emulator.addProject({ name: 'mobile' });
      await teach(guard, [{ testMinutes: 5 }], project);
      counts.push([
        guard.emulator.requests.filter(({ operation }) => operation === 'ListJobs').length,
        guard.tables.calls.filter((call) => JSON.stringify(call.input).includes('"history#')).length,
      ]);
    }

    const [[withRule = 0, calls] = [], [without = 0, none] = []] = counts;
    expect(withRule - without).toBe(1);
    // One read for the job in flight, and a read and a write for the run that settled.
    expect([calls, none]).toEqual([3, 0]);
  });

  it('learns the same from two sweeps at once as from one', async () => {
    const guard = await guardWith(ELASTIC);
    const project = guard.emulator.addProject({ name: 'mobile' });
    const other = guard.container();

    await teach(guard, [{ testMinutes: 5 }], project, async () => {
      const [summary] = await Promise.all([guard.sweep(), guard.sweep({ in: other })]);
      return summary;
    });

    const samples = (await guard.ports.history.of(project, 'nightly')).get('Google Pixel 8');
    expect(samples).toEqual([{ job: expect.stringMatching(/\/00000$/), minutes: 5 }]);
  });

  it('tells what it could not learn or read, and goes on', async () => {
    const guard = await guardWith(ELASTIC);
    const project = guard.emulator.addProject({ name: 'mobile' });
    addJob(guard, { testMinutes: 5 }, { project });
    await guard.sweep();
    guard.pass(30);
    guard.emulator.faults.add({ operation: 'ListJobs', kind: 'closed' });
    const unlearnt = await guard.sweep();
    addJob(guard, {}, { project });
    guard.pass(10);
    guard.emulator.faults.clear();
    guard.tables.fail({ match: queries(`history#${project}#nightly`) });
    const unread = await guard.sweep();

    expect(unlearnt.problems).toEqual([expect.stringMatching(/teaches of durations could not be kept/)]);
    expect(unread.problems).toEqual([
      expect.stringMatching(/^histories of runs could not be read; elastic rules do not apply/),
    ]);
  });
});

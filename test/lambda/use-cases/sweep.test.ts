import { describe, expect, it } from 'vitest';
import { startGuard } from '../../harness/guard-in-process.ts';

describe('sweep', () => {
  it('stops a job that ran too long, once, and confirms it', async () => {
    const guard = await startGuard();
    const project = guard.emulator.addProject({ name: 'mobile' });
    const { jobs } = guard.emulator.addRun({ project, jobs: [{ testMinutes: 120 }] });
    guard.pass(75);

    const first = await guard.sweep();
    guard.pass(5);
    const second = await guard.sweep();

    expect(first.stopped).toEqual(jobs);
    expect(second).toMatchObject({ stopped: [], confirmed: jobs });
    guard.journal.expectStopsExplained();
  });
});

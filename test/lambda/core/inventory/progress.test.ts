import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withProgress } from '../../../../lambda/core/inventory/progress.ts';
import type { ProjectMemory } from '../../../../lambda/core/inventory/project-memory.ts';
import { blankMemory, type ProjectReading, survey } from '../../../../lambda/core/inventory/survey.ts';
import type { Job } from '../../../../lambda/core/service.ts';
import { job, jobArn, metered, minute, now, project, projectArn, run, runArn } from '../samples.ts';

function reading(jobs: readonly Job[], others: Partial<ProjectReading> = {}): ProjectReading {
  return {
    project,
    runs: [run()],
    runsComplete: true,
    sessions: [],
    sessionsComplete: true,
    jobs: new Map([[runArn(), jobs]]),
    cutShort: new Set(),
    gone: new Set(),
    from: 0,
    ...others,
  };
}

function look(read: ProjectReading, memory: ProjectMemory, at: number) {
  return withProgress(survey(read, memory, at), read, memory, at);
}

/** What is known of one job after sweeps that saw these of it, five minutes apart. */
function watch(...sights: readonly Partial<Job>[]) {
  let memory = blankMemory(projectArn);
  let found = look(reading([]), memory, now - 5 * minute);
  sights.forEach((facts, index) => {
    found = look(reading([job(facts)]), memory, now + index * 5 * minute);
    memory = found.memory;
  });
  return { progress: found.items[0]?.progress, memory };
}

describe('withProgress', () => {
  it.each<{ what: string; sights: Partial<Job>[]; since: number; rose: boolean }>([
    { what: 'first seen', sights: [{ testCounters: { passed: 3 } }], since: 0, rose: false },
    { what: 'without counters', sights: [{}, {}, {}], since: 0, rose: false },
    {
      what: 'standing still',
      sights: [{ testCounters: { passed: 3 } }, { testCounters: { passed: 3 } }],
      since: 0,
      rose: false,
    },
    {
      what: 'passing tests',
      sights: [{ testCounters: { passed: 3 } }, { testCounters: { passed: 4 } }],
      since: 5,
      rose: true,
    },
    {
      what: 'counting minutes',
      sights: [{ counters: metered(3) }, { counters: metered(8) }, { counters: metered(8) }],
      since: 5,
      rose: true,
    },
    {
      what: 'going back',
      sights: [{ testCounters: { passed: 3 } }, { testCounters: { passed: 2 } }],
      since: 5,
      rose: false,
    },
    {
      what: 'showing a counter that was absent',
      sights: [{}, { testCounters: { passed: 2 } }],
      since: 5,
      rose: false,
    },
    {
      what: 'that rose only before it was RUNNING',
      sights: [
        { status: 'PREPARING', testCounters: { total: 0 } },
        { status: 'RUNNING', testCounters: { total: 3 } },
      ],
      since: 5,
      rose: false,
    },
  ])('knows of a job $what', ({ sights, since, rose }) => {
    const { progress } = watch(...sights);

    expect(progress).toEqual({ since: now + since * minute, rose });
  });

  it('remembers nothing of what is not RUNNING', () => {
    const { progress, memory } = watch({ testCounters: { passed: 1 } }, { status: 'STOPPING' });

    expect([progress, memory.progress]).toEqual([undefined, {}]);
  });

  it.each([
    { what: 'keeps it while its run could not be read', gone: false },
    { what: 'drops it when its run is gone', gone: true },
  ])('$what', ({ gone }) => {
    const { memory } = watch({ testCounters: { passed: 1 } }, { testCounters: { passed: 2 } });
    const blind = reading([], {
      runs: [],
      runsComplete: gone,
      jobs: new Map(),
      gone: new Set(gone ? [runArn()] : []),
    });

    const found = look(blind, memory, now + 10 * minute);

    expect(Object.keys(found.memory.progress ?? {})).toEqual(gone ? [] : [jobArn()]);
  });

  it('stands since the last sight that differed from the one before', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }), (passed) => {
        const last = passed.findLastIndex((count, index) => index === 0 || count !== passed[index - 1]);

        const { progress } = watch(...passed.map((count) => ({ testCounters: { passed: count } })));

        expect(progress?.since).toBe(now + last * 5 * minute);
        expect(progress?.rose).toBe(passed.some((count, index) => count > (passed[index - 1] ?? count)));
      }),
    );
  });
});

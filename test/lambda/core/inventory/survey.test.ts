import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProjectMemory } from '../../../../lambda/core/inventory/project-memory.ts';
import { blankMemory, type ProjectReading, survey } from '../../../../lambda/core/inventory/survey.ts';
import { decide } from '../../../../lambda/core/rules/decide.ts';
import type { Job } from '../../../../lambda/core/service.ts';
import {
  charge,
  hour,
  job,
  jobArn,
  metered,
  minute,
  now,
  policy,
  project,
  projectArn,
  run,
  runArn,
  session,
  sessionArn,
} from '../samples.ts';

const blank = blankMemory(projectArn);

function reading(parts: Partial<ProjectReading> = {}): ProjectReading {
  return {
    project,
    runs: [],
    runsComplete: true,
    sessions: [],
    sessionsComplete: true,
    jobs: new Map(),
    cutShort: new Set(),
    gone: new Set(),
    from: now - 48 * hour,
    ...parts,
  };
}

/** One run with its jobs. */
function readingOf(jobs: readonly Job[], facts: Parameters<typeof run>[0] = {}): ProjectReading {
  const one = run(facts);
  return reading({ runs: [one], jobs: new Map([[one.arn, jobs]]) });
}

/** A job that is RUNNING and does not say since when. */
function silentJob(facts: Partial<Job> = {}): Job {
  const { started: _, ...silent } = job();
  return { ...silent, ...facts };
}

/** What the last sweep left unsettled: one run. */
function memoryOf(facts: Parameters<typeof charge>[0] = {}): ProjectMemory {
  const last = charge({ basis: 'inFlight', ...facts });
  return { ...blank, unsettled: { [last.arn]: { charge: last } } };
}

function verdicts(found: ReturnType<typeof survey>, at: number): readonly string[] {
  const rules = policy([{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }]);
  return decide(found.items, { policy: rules, budgets: [], now: at }).decisions.map(({ action }) => action);
}

describe('survey', () => {
  it('joins a job with its run and project', () => {
    const found = survey(readingOf([job()], { timeoutMinutes: 90 }), blank, now);

    expect(found.items).toEqual([
      {
        arn: jobArn(),
        kind: 'job',
        name: 'Google Pixel 8',
        device: 'Google Pixel 8',
        project: { arn: projectArn, name: 'mobile' },
        run: { arn: runArn(), name: 'nightly', minutes: metered(75), devices: 1 },
        status: 'RUNNING',
        phase: 'started',
        platform: 'ANDROID',
        testType: 'APPIUM_NODE',
        created: now - 2 * hour,
        chargedAt: now - 2 * hour,
        runningSince: now - 75 * minute,
        runningSinceSource: 'reported',
        billing: 'metered',
        minutes: metered(75),
        timeoutMinutes: 90,
      },
    ]);
    expect(found.activeRuns).toBe(1);
    expect(found.problems).toEqual([]);
  });

  it('keeps what has ended out of the work in flight, but in the sum of its run', () => {
    const jobs = [
      job({ arn: jobArn('00000'), status: 'COMPLETED', counters: metered(30) }),
      job({ arn: jobArn('00001'), status: 'COMPLETED', stopped: now - 55 * minute }),
      job({ arn: jobArn('00002'), status: 'RUNNING' }),
      job({ arn: jobArn('00003'), status: 'PENDING', started: undefined }),
    ];

    const found = survey(readingOf(jobs), blank, now);

    expect(found.items.map(({ arn }) => arn)).toEqual([jobArn('00002'), jobArn('00003')]);
    expect(found.items.map((item) => item.run?.minutes)).toEqual([metered(125), metered(125)]);
    expect(found.items[0]?.run?.devices).toBe(4);
    expect(found.unsettled).toMatchObject([{ arn: runArn(), minutes: metered(125) }]);
  });

  it('sums the jobs of a run in flight and not its own counter, which is not live', () => {
    const found = survey(readingOf([job()], { counters: metered(0) }), blank, now);

    expect(found.unsettled).toMatchObject([{ minutes: metered(75) }]);
  });

  it('tells minutes on private devices and minutes of unmetered runs apart from money', () => {
    const free = { total: 75, metered: 0, unmetered: 75 };
    const jobs = [job(), job({ arn: jobArn('00001'), privateDevice: true })];

    const mixed = survey(readingOf(jobs), blank, now);
    const unmetered = survey(readingOf([job()], { billing: 'unmetered' }), blank, now);

    expect(mixed.items.map(({ billing, minutes }) => [billing, minutes])).toEqual([
      ['metered', metered(75)],
      ['unmetered', free],
    ]);
    expect(mixed.unsettled).toMatchObject([{ minutes: { total: 150, metered: 75, unmetered: 75 } }]);
    expect(unmetered.items).toMatchObject([{ billing: 'unmetered', minutes: free }]);
    expect(unmetered.unsettled).toMatchObject([{ minutes: free }]);
  });

  it('takes sessions for work of their own', () => {
    const sessions = [session(), session({ arn: sessionArn('s2'), privateDevice: true })];

    const found = survey(reading({ sessions }), blank, now);

    expect(found.items).toMatchObject([
      { kind: 'session', billing: 'metered', minutes: metered(75), chargedAt: now - 2 * hour },
      { kind: 'session', billing: 'unmetered', minutes: { metered: 0, unmetered: 75 } },
    ]);
    expect(found.items.map((item) => item.run)).toEqual([undefined, undefined]);
    expect(found.unsettled).toMatchObject([
      { kind: 'session', billing: 'metered' },
      { kind: 'session', billing: 'unmetered' },
    ]);
  });

  it('has no minutes for queued work, whatever it says of a start', () => {
    const found = survey(readingOf([job({ status: 'PENDING_DEVICE' })]), blank, now);

    expect(found.items).toMatchObject([{ phase: 'queued', minutes: metered(0) }]);
    expect(found.items[0]?.runningSince).toBeUndefined();
  });
});

describe('survey of work that does not say when it started', () => {
  it('counts from the first sight: nothing is over then, and it is later', () => {
    const first = survey(readingOf([silentJob()]), blank, now);
    const later = now + 61 * minute;
    const second = survey(readingOf([silentJob()]), first.memory, later);

    expect(first.items).toMatchObject([
      { runningSince: now, runningSinceSource: 'observed', minutes: metered(0) },
    ]);
    expect(second.items).toMatchObject([{ runningSince: now, minutes: metered(61) }]);
    expect([verdicts(first, now), verdicts(second, later)]).toEqual([['keep'], ['stop']]);
  });

  it('believes a start that is reported after all', () => {
    const first = survey(readingOf([silentJob()]), blank, now);

    const { items } = survey(readingOf([job({ started: now - 5 * minute })]), first.memory, now + minute);

    expect(items).toMatchObject([{ runningSince: now - 5 * minute, runningSinceSource: 'reported' }]);
  });

  it.each(['STOPPING', 'PROCESSING', 'NEW_STATUS'])('keeps its minutes in status %s', (status) => {
    const first = survey(readingOf([silentJob()]), blank, now);

    const second = survey(readingOf([silentJob({ status })]), first.memory, now + 30 * minute);

    expect(second.items).toMatchObject([{ minutes: metered(30) }]);
    expect(second.memory.runningSince).toEqual({ [jobArn()]: now });
  });

  it.each([
    { what: 'that has ended', next: readingOf([silentJob({ status: 'COMPLETED' })]) },
    { what: 'that is queued again', next: readingOf([silentJob({ status: 'PENDING' })]) },
    { what: 'whose run no longer lists it', next: readingOf([]) },
    { what: 'whose run has ended', next: readingOf([], { status: 'COMPLETED' }) },
    { what: 'whose run is gone', next: reading({ gone: new Set([runArn()]) }) },
  ])('forgets the first sight of work $what', ({ next }) => {
    const first = survey(readingOf([silentJob()]), blank, now);

    const { memory } = survey(next, first.memory, now + minute);

    expect(memory.runningSince).toEqual({});
  });

  it.each([
    { what: 'its run was not seen', next: reading({ runsComplete: false }) },
    {
      what: 'the jobs of its run were cut short',
      next: { ...readingOf([]), cutShort: new Set([runArn()]) },
    },
  ])('lets its clock go on when $what', ({ next }) => {
    const first = survey(readingOf([silentJob()]), blank, now);
    const blind = survey(next, first.memory, now + 30 * minute);

    const last = survey(readingOf([silentJob()]), blind.memory, now + 61 * minute);

    expect(last.items).toMatchObject([{ runningSince: now, minutes: metered(61) }]);
  });

  it('lets the clock of a session go on when its listing was cut short', () => {
    const { started: _, ...silent } = session();
    const first = survey(reading({ sessions: [silent] }), blank, now);
    const blind = survey(reading({ sessionsComplete: false }), first.memory, now + 30 * minute);

    const last = survey(reading({ sessions: [silent] }), blind.memory, now + 61 * minute);

    expect(last.items).toMatchObject([{ runningSince: now, minutes: metered(61) }]);
  });
});

describe('survey of what cannot be judged', () => {
  it('keeps and reports a status that it does not know', () => {
    const found = survey(readingOf([job({ status: 'HIBERNATING' })], { status: 'DREAMING' }), blank, now);

    expect(found.items).toMatchObject([{ phase: 'unknown' }]);
    expect(found.activeRuns).toBe(1);
    expect(found.problems).toEqual([
      `${runArn()} is kept: status "DREAMING" is not known`,
      `${jobArn()} is kept: status "HIBERNATING" is not known`,
    ]);
  });

  it.each(['', 'nonsense', runArn(), 'arn:aws:devicefarm:us-west-2:123456789012:job:123-456-EXAMPLE-GUID'])(
    'keeps and reports an item that cannot be named: "%s"',
    (arn) => {
      const found = survey(readingOf([job({ arn })]), blank, now);

      expect(found.items).toMatchObject([{ arn, phase: 'unknown' }]);
      expect(found.problems).toEqual([
        `${arn || 'an item without an ARN'} is kept: "${arn}" is not the ARN of a job or session`,
      ]);
      expect(verdicts(found, now + 24 * hour)).toEqual(['keep']);
    },
  );

  it('takes what has ended for ended, however it is named', () => {
    const ended = session({ arn: 'odd', status: 'COMPLETED', counters: metered(5), stopped: now - hour });

    const found = survey(reading({ sessions: [ended] }), blank, now);

    expect([found.items, found.problems]).toEqual([[], []]);
    expect(found.settled).toMatchObject([{ arn: 'odd', minutes: metered(5) }]);
  });
});

describe('survey of unsettled work', () => {
  it.each([
    { what: 'compared with the ledger', known: new Set<string>(), scannedAt: now },
    { what: 'read as far as needed', known: undefined, scannedAt: now - hour },
  ])('remembers the last comparison with the ledger: $what', ({ known, scannedAt }) => {
    const memory = { ...blank, scannedAt: now - hour };

    const found = survey(reading(known ? { known } : {}), memory, now);

    expect(found.memory.scannedAt).toBe(scannedAt);
  });

  it('settles what the service no longer knows on its last estimate, marked so', () => {
    const memory = memoryOf({ minutes: metered(42) });

    const found = survey(reading({ gone: new Set([runArn()]) }), memory, now);

    expect(found.settled).toEqual([charge({ minutes: metered(42), basis: 'estimated' })]);
    expect(found.memory.unsettled).toEqual({});
  });

  it.each([true, false])('leaves what was not seen as it was: complete listing %s', (runsComplete) => {
    const memory = memoryOf();

    const found = survey(reading({ runsComplete }), memory, now);

    expect(found.unsettled).toEqual([charge({ basis: 'inFlight' })]);
    expect(found.memory.unsettled).toEqual(memory.unsettled);
  });

  it('holds the mark of the right listing for it', () => {
    const created = now - 20 * hour;
    const memory = memoryOf({ kind: 'session', arn: sessionArn(), created });

    const found = survey(reading(), memory, now);

    expect(found.memory.sessions.settled?.through).toBe(created);
    expect(found.memory.runs.settled?.through).toBe(now - 5 * minute);
  });

  it('keeps the last estimate of a run whose jobs could not all be read', () => {
    const memory = memoryOf({ minutes: metered(300) });
    const cut = { ...readingOf([job()]), cutShort: new Set([runArn()]) };

    const found = survey(cut, memory, now);

    expect(found.unsettled).toMatchObject([{ minutes: metered(300) }]);
    expect(found.items).toHaveLength(1);
  });

  it('keeps the last estimate of a session that ended without a word of its minutes', () => {
    const first = survey(reading({ sessions: [session()] }), blank, now);
    const { started: _, ...silent } = session({ status: 'COMPLETED' });

    const second = survey(reading({ sessions: [silent] }), first.memory, now + minute);

    expect(second.unsettled).toMatchObject([{ minutes: metered(75) }]);
  });

  it('settles a run on its counters and not on its jobs', () => {
    const ended = run({ status: 'COMPLETED', counters: metered(90), stopped: now - hour });

    const found = survey(reading({ runs: [ended] }), memoryOf({ minutes: metered(42) }), now);

    expect(found.settled).toEqual([
      charge({ minutes: metered(90), platform: 'ANDROID', testType: 'APPIUM_NODE', estimateError: 48 }),
    ]);
    expect(found.memory.unsettled).toEqual({});
    expect(found.activeRuns).toBe(0);
  });
});

describe('survey of any jobs', () => {
  const counter = fc.option(fc.nat(200), { nil: undefined });
  const time = fc.option(fc.integer({ min: -300, max: 5 }), { nil: undefined });
  const anyJob = fc
    .record({
      status: fc.constantFrom(
        ...[
          'PENDING',
          'SCHEDULING',
          'PREPARING',
          'RUNNING',
          'PROCESSING',
          'STOPPING',
          'COMPLETED',
          'NEW',
          '',
        ],
      ),
      started: time,
      stopped: time,
      counters: fc.record({ total: counter, metered: counter, unmetered: counter }),
      privateDevice: fc.boolean(),
    })
    .map((facts) => ({
      ...facts,
      ...(facts.started === undefined ? {} : { started: now + facts.started * minute }),
      ...(facts.stopped === undefined ? {} : { stopped: now + facts.stopped * minute }),
    }));
  const anyJobs = fc
    .array(anyJob, { maxLength: 8 })
    .map((all) => all.map((facts, index) => job({ ...facts, arn: jobArn(String(index).padStart(5, '0')) })));
  const billing = fc.constantFrom('metered', 'unmetered', 'unknown');

  it('shows each job that has not ended exactly once, and one sum for all of them', () => {
    fc.assert(
      fc.property(anyJobs, billing, (jobs, billing) => {
        const found = survey(readingOf(jobs, { billing }), blank, now);

        const inFlight = jobs.filter(({ status }) => status !== 'COMPLETED').map(({ arn }) => arn);
        expect(found.items.map(({ arn }) => arn)).toEqual(inFlight);
        const [unsettled] = found.unsettled;
        for (const { run } of found.items) expect(run?.minutes).toEqual(unsettled?.minutes);
        const own = found.items.reduce((sum, { minutes }) => sum + minutes.total, 0);
        expect(unsettled?.minutes.total).toBeGreaterThanOrEqual(own - 0.001);
      }),
    );
  });

  it('never makes money of work in flight that is unmetered or on a private device', () => {
    fc.assert(
      fc.property(anyJobs, billing, (jobs, billing) => {
        const found = survey(readingOf(jobs, { billing }), blank, now);

        const free = found.items.filter((item) => item.billing === 'unmetered');
        const isFree = (arn: string) =>
          billing === 'unmetered' || jobs.some((one) => one.arn === arn && one.privateDevice);
        expect(free.map(({ arn }) => arn)).toEqual(found.items.map(({ arn }) => arn).filter(isFree));
        for (const { minutes } of free) expect(minutes.metered).toBe(0);
      }),
    );
  });

  it('remembers nothing that the next sweep would read otherwise', () => {
    fc.assert(
      fc.property(anyJobs, billing, (jobs, billing) => {
        const found = survey(readingOf(jobs, { billing }), blank, now);

        const stored: ProjectMemory = JSON.parse(JSON.stringify(found.memory));

        const next = (memory: ProjectMemory) => survey(readingOf(jobs, { billing }), memory, now + minute);
        expect(next(stored)).toEqual(next(found.memory));
      }),
    );
  });
});

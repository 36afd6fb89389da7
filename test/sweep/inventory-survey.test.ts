import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Billing, Job } from '../../lambda/model.ts';
import type { ProjectReading } from '../../lambda/sweep/inventory-project.ts';
import { survey as surveyOf, withProgress } from '../../lambda/sweep/inventory-survey.ts';
import { blankMemory, type ProjectMemory } from '../../lambda/sweep/project-memory.ts';
import { HOUR, MINUTE } from '../../lambda/time.ts';
import { TIMEOUT_MARGIN_MINUTES } from '../../lambda/usage/minutes.ts';
import {
  ACCOUNT,
  job,
  jobArn,
  metered,
  NOW,
  project,
  run,
  runArn,
  session,
  sessionArn,
  usage,
} from '../support/samples.ts';

const BLANK = blankMemory(project());
const FROM = NOW - 48 * HOUR;

interface Parts extends Partial<Pick<ProjectReading, 'gone' | 'jobs'>> {
  readonly runs?: Partial<ProjectReading['runs']>;
  readonly sessions?: Partial<ProjectReading['sessions']>;
  readonly project?: ProjectReading['task']['project'];
}

/** What a sweep read of a project; by default complete listings without an item. */
function reading({ runs, sessions, project: own = project(), ...parts }: Parts = {}) {
  const nothing = { items: [], complete: true, from: FROM, unordered: false };
  return (memory: ProjectMemory): ProjectReading => ({
    task: { project: own, memory, from: FROM },
    runs: { ...nothing, ...runs },
    sessions: { ...nothing, ...sessions },
    jobs: new Map(),
    gone: new Set(),
    ...parts,
  });
}

function survey(read: ReturnType<typeof reading>, memory: ProjectMemory, at: number) {
  return surveyOf(read(memory), ACCOUNT, at);
}

/** One run with its jobs. */
function readingOf(jobs: readonly Job[], facts: Parameters<typeof run>[0] = {}, complete = true) {
  const one = run(facts);
  return reading({ runs: { items: [one] }, jobs: new Map([[one.arn, { items: jobs, complete }]]) });
}

/** A job that is RUNNING and does not say since when. */
function silentJob(facts: Partial<Job> = {}): Job {
  const { started: _, ...silent } = job();
  return { ...silent, ...facts };
}

/** What the last sweep left unsettled: one run. */
function memoryOf(facts: Parameters<typeof usage>[0] = {}): ProjectMemory {
  const last = usage({ basis: 'inFlight', ...facts });
  return { ...BLANK, unsettled: { [last.arn]: { usage: last } } };
}

describe('the survey of a project', () => {
  it('joins a job with its run and project', () => {
    const found = survey(readingOf([job()], { timeoutMinutes: 90 }), BLANK, NOW);

    expect(found.items).toEqual([
      {
        arn: jobArn(),
        kind: 'job',
        name: 'Google Pixel 8',
        device: 'Google Pixel 8',
        project: { arn: project().arn, name: 'mobile' },
        run: { arn: runArn(), name: 'nightly', minutes: metered(75), devices: 1 },
        status: 'RUNNING',
        phase: 'started',
        platform: 'ANDROID',
        testType: 'APPIUM_NODE',
        created: NOW - 2 * HOUR,
        usageAt: NOW - 2 * HOUR,
        runningSince: NOW - 75 * MINUTE,
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
      job({ arn: jobArn('00001'), status: 'COMPLETED', stopped: NOW - 55 * MINUTE }),
      job({ arn: jobArn('00002'), status: 'RUNNING' }),
      job({ arn: jobArn('00003'), status: 'PENDING', started: undefined }),
    ];

    const found = survey(readingOf(jobs), BLANK, NOW);

    expect(found.items.map(({ arn }) => arn)).toEqual([jobArn('00002'), jobArn('00003')]);
    expect(found.items.map((item) => item.run?.minutes)).toEqual([metered(125), metered(125)]);
    expect(found.items[0]?.run?.devices).toBe(4);
    expect(found.unsettled).toMatchObject([{ arn: runArn(), minutes: metered(125) }]);
  });

  it('sums the jobs of a run in flight and not its own counter, which is not live', () => {
    const found = survey(readingOf([job()], { counters: metered(0) }), BLANK, NOW);

    expect(found.unsettled).toMatchObject([{ minutes: metered(75) }]);
  });

  it('keeps minutes on private devices and of unmetered runs apart from money', () => {
    const free = { total: 75, metered: 0, unmetered: 75 };
    const jobs = [job(), job({ arn: jobArn('00001'), privateDevice: true })];

    const mixed = survey(readingOf(jobs), BLANK, NOW);
    const unmetered = survey(readingOf([job()], { billing: 'unmetered' }), BLANK, NOW);

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

    const found = survey(reading({ sessions: { items: sessions } }), BLANK, NOW);

    expect(found.items).toMatchObject([
      { kind: 'session', billing: 'metered', minutes: metered(75), usageAt: NOW - 2 * HOUR },
      { kind: 'session', billing: 'unmetered', minutes: { metered: 0, unmetered: 75 } },
    ]);
    expect(found.items.map((item) => item.run)).toEqual([undefined, undefined]);
    expect(found.unsettled).toMatchObject([
      { kind: 'session', billing: 'metered' },
      { kind: 'session', billing: 'unmetered' },
    ]);
  });

  it('has no minutes for queued work, whatever it says of a start', () => {
    const found = survey(readingOf([job({ status: 'PENDING_DEVICE' })]), BLANK, NOW);

    expect(found.items).toMatchObject([{ phase: 'queued', minutes: metered(0) }]);
    expect(found.items[0]?.runningSince).toBeUndefined();
  });
});

describe('the survey of work that does not say when it started', () => {
  it('counts from the first sight', () => {
    const first = survey(readingOf([silentJob()]), BLANK, NOW);
    const later = NOW + 61 * MINUTE;
    const second = survey(readingOf([silentJob()]), first.memory, later);

    expect(first.items).toMatchObject([
      { runningSince: NOW, runningSinceSource: 'observed', minutes: metered(0) },
    ]);
    expect(second.items).toMatchObject([{ runningSince: NOW, minutes: metered(61) }]);
  });

  it('believes a start that is reported after all', () => {
    const first = survey(readingOf([silentJob()]), BLANK, NOW);

    const { items } = survey(readingOf([job({ started: NOW - 5 * MINUTE })]), first.memory, NOW + MINUTE);

    expect(items).toMatchObject([{ runningSince: NOW - 5 * MINUTE, runningSinceSource: 'reported' }]);
  });

  it.each(['STOPPING', 'PROCESSING', 'NEW_STATUS'])('keeps its minutes in status %s', (status) => {
    const first = survey(readingOf([silentJob()]), BLANK, NOW);

    const second = survey(readingOf([silentJob({ status })]), first.memory, NOW + 30 * MINUTE);

    expect(second.items).toMatchObject([{ minutes: metered(30) }]);
    expect(second.memory.runningSince).toEqual({ [jobArn()]: NOW });
  });

  it.each([
    { what: 'that has ended', next: readingOf([silentJob({ status: 'COMPLETED' })]) },
    { what: 'that is queued again', next: readingOf([silentJob({ status: 'PENDING' })]) },
    { what: 'whose run no longer lists it', next: readingOf([]) },
    { what: 'whose run has ended', next: readingOf([], { status: 'COMPLETED' }) },
    { what: 'whose run is gone', next: reading({ gone: new Set([runArn()]) }) },
  ])('forgets the first sight of work $what', ({ next }) => {
    const first = survey(readingOf([silentJob()]), BLANK, NOW);

    const { memory } = survey(next, first.memory, NOW + MINUTE);

    expect(memory.runningSince).toEqual({});
  });

  it.each([
    { what: 'its run was not seen', next: reading({ runs: { complete: false } }) },
    {
      what: 'the listing of its jobs broke off',
      next: readingOf([], {}, false),
    },
  ])('lets its clock go on when $what', ({ next }) => {
    const first = survey(readingOf([silentJob()]), BLANK, NOW);
    const blind = survey(next, first.memory, NOW + 30 * MINUTE);

    const last = survey(readingOf([silentJob()]), blind.memory, NOW + 61 * MINUTE);

    expect(last.items).toMatchObject([{ runningSince: NOW, minutes: metered(61) }]);
  });

  it('lets the clock of a session go on when its listing broke off', () => {
    const { started: _, ...silent } = session();
    const first = survey(reading({ sessions: { items: [silent] } }), BLANK, NOW);
    const blind = survey(reading({ sessions: { complete: false } }), first.memory, NOW + 30 * MINUTE);

    const last = survey(reading({ sessions: { items: [silent] } }), blind.memory, NOW + 61 * MINUTE);

    expect(last.items).toMatchObject([{ runningSince: NOW, minutes: metered(61) }]);
  });
});

describe('the survey of what cannot be judged', () => {
  it('keeps and reports a status that it does not know', () => {
    const found = survey(readingOf([job({ status: 'HIBERNATING' })], { status: 'DREAMING' }), BLANK, NOW);

    expect(found.items).toMatchObject([{ phase: 'unknown' }]);
    expect(found.activeRuns).toBe(1);
    expect(found.problems).toEqual([
      'project "mobile": 1 kept, as nobody can judge it: run: status "DREAMING" is not known',
      'project "mobile": 1 kept, as nobody can judge it: job: status "HIBERNATING" is not known',
    ]);
  });

  it('counts what is kept for the same reason in one sentence', () => {
    const jobs = ['00000', '00001'].map((index) => job({ arn: jobArn(index), status: 'HIBERNATING' }));

    const { problems } = survey(readingOf(jobs), BLANK, NOW);

    expect(problems).toEqual([
      'project "mobile": 2 kept, as nobody can judge it: job: status "HIBERNATING" is not known',
    ]);
  });

  it.each(['nonsense', runArn(), 'arn:aws:devicefarm:us-west-2:123456789012:job:123-456-EXAMPLE-GUID'])(
    'keeps and reports an item that cannot be named: "%s"',
    (arn) => {
      const found = survey(readingOf([job({ arn })]), BLANK, NOW);

      expect(found.items).toMatchObject([{ arn, phase: 'unknown' }]);
      expect(found.problems).toEqual([expect.stringContaining(`job: "${arn}" is not the ARN`)]);
    },
  );

  it('takes what has ended for ended, however it is named', () => {
    const ended = session({ arn: 'odd', status: 'COMPLETED', counters: metered(5), stopped: NOW - HOUR });

    const found = survey(reading({ sessions: { items: [ended] } }), BLANK, NOW);

    expect([found.items, found.problems]).toEqual([[], []]);
    expect(found.settled).toMatchObject([{ arn: 'odd', minutes: metered(5) }]);
  });
});

describe('the survey of unsettled work', () => {
  it('settles what the service no longer knows on its last estimate, marked so', () => {
    const memory = memoryOf({ minutes: metered(42) });

    const found = survey(reading({ gone: new Set([runArn()]) }), memory, NOW);

    expect(found.settled).toEqual([usage({ minutes: metered(42), basis: 'estimated' })]);
    expect(found.memory.unsettled).toEqual({});
  });

  it.each([true, false])('leaves what was not seen as it was: complete listing %s', (complete) => {
    const memory = memoryOf();

    const found = survey(reading({ runs: { complete } }), memory, NOW);

    expect(found.unsettled).toEqual([usage({ basis: 'inFlight' })]);
    expect(found.memory.unsettled).toEqual(memory.unsettled);
  });

  it('holds the watermark of the right listing for it', () => {
    const created = NOW - 20 * HOUR;
    const memory = memoryOf({ kind: 'session', arn: sessionArn(), created });

    const found = survey(reading(), memory, NOW);

    expect(found.memory.sessions.settled?.through).toBe(created);
    expect(found.memory.runs.settled?.through).toBe(NOW - 5 * MINUTE);
  });

  it('keeps the last estimate of a run whose jobs could not all be read', () => {
    const memory = memoryOf({ minutes: metered(300) });
    const partial = readingOf([job()], {}, false);

    const found = survey(partial, memory, NOW);

    expect(found.unsettled).toMatchObject([{ minutes: metered(300) }]);
    expect(found.items).toHaveLength(1);
  });

  it('keeps the last estimate of a session that ended without a word of its minutes', () => {
    const first = survey(reading({ sessions: { items: [session()] } }), BLANK, NOW);
    const { started: _, ...silent } = session({ status: 'COMPLETED' });

    const second = survey(reading({ sessions: { items: [silent] } }), first.memory, NOW + MINUTE);

    expect(second.unsettled).toMatchObject([{ minutes: metered(75) }]);
  });

  it('settles a run on its counters and not on its jobs', () => {
    const ended = run({ status: 'COMPLETED', counters: metered(90), stopped: NOW - HOUR });

    const found = survey(reading({ runs: { items: [ended] } }), memoryOf({ minutes: metered(42) }), NOW);

    expect(found.settled).toEqual([
      usage({ minutes: metered(90), platform: 'ANDROID', testType: 'APPIUM_NODE', estimateError: 48 }),
    ]);
    expect(found.memory.unsettled).toEqual({});
    expect(found.activeRuns).toBe(0);
  });
});

describe('the survey of any jobs', () => {
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
      ...(facts.started === undefined ? {} : { started: NOW + facts.started * MINUTE }),
      ...(facts.stopped === undefined ? {} : { stopped: NOW + facts.stopped * MINUTE }),
    }));
  const anyJobs = fc
    .array(anyJob, { maxLength: 8 })
    .map((all) => all.map((facts, index) => job({ ...facts, arn: jobArn(String(index).padStart(5, '0')) })));
  const billing = fc.constantFrom<Billing>('metered', 'unmetered', 'unknown');

  it('shows each job that has not ended exactly once, and one sum for all of them', () => {
    fc.assert(
      fc.property(anyJobs, billing, (jobs, billing) => {
        const found = survey(readingOf(jobs, { billing }), BLANK, NOW);

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
        const found = survey(readingOf(jobs, { billing }), BLANK, NOW);

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
        const found = survey(readingOf(jobs, { billing }), BLANK, NOW);

        const stored: ProjectMemory = JSON.parse(JSON.stringify(found.memory));

        const next = (memory: ProjectMemory) => survey(readingOf(jobs, { billing }), memory, NOW + MINUTE);
        expect(next(stored)).toEqual(next(found.memory));
      }),
    );
  });
});

describe('the work items of a project', () => {
  const ended = { status: 'COMPLETED', started: NOW - 20 * MINUTE, stopped: NOW - 5 * MINUTE };
  const silent = { started: undefined };

  it.each([
    { what: 'its counters', facts: { ...ended, counters: metered(12) }, minutes: 12 },
    { what: 'its clock without counters', facts: ended, minutes: 15 },
    { what: 'its clock while counters are 0', facts: { ...ended, counters: metered(0) }, minutes: 15 },
    { what: 'nothing when it never ran', facts: { ...silent, status: 'COMPLETED' }, minutes: 0 },
    { what: 'nothing while queued', facts: { status: 'SCHEDULING' }, minutes: 0 },
    { what: 'the time since its start while PREPARING', facts: { status: 'PREPARING' }, minutes: 75 },
    { what: 'nothing without a start', facts: { ...silent, status: 'PREPARING' }, minutes: 0 },
  ])('sum $what for a job', ({ facts, minutes }) => {
    const other = job({ arn: jobArn('00001'), status: 'PENDING', started: undefined });

    const { items } = survey(readingOf([job(facts), other]), BLANK, NOW);

    expect(items.at(-1)?.run?.minutes).toEqual(metered(minutes));
  });

  it.each([
    { own: 'IOS', ofRun: 'ANDROID', platform: 'IOS' },
    { own: undefined, ofRun: 'ANDROID', platform: 'ANDROID' },
  ])('have the platform $platform', ({ own, ofRun, platform }) => {
    const { items } = survey(readingOf([job({ platform: own })], { platform: ofRun }), BLANK, NOW);

    expect(items[0]?.platform).toBe(platform);
  });

  it.each([
    { ofRun: 20, ofProject: 30, timeout: 20 },
    { ofRun: undefined, ofProject: 30, timeout: 30 },
    { ofRun: 0, ofProject: 0, timeout: undefined },
  ])('time out as the run says, else its project: $timeout min', ({ ofRun, ofProject, timeout }) => {
    const one = run({ timeoutMinutes: ofRun });
    const jobs = [job({ started: NOW - 9 * HOUR })];
    const read = reading({
      runs: { items: [one] },
      jobs: new Map([[one.arn, { items: jobs, complete: true }]]),
      project: project({ defaultJobTimeoutMinutes: ofProject }),
    });

    const { items } = survey(read, BLANK, NOW);

    expect(items[0]?.timeoutMinutes).toBe(timeout);
    expect(items[0]?.minutes).toEqual(metered((timeout ?? 150) + TIMEOUT_MARGIN_MINUTES));
  });

  it('count at the creation of their run, and can still use what its unlisted jobs may', () => {
    const found = survey(
      readingOf([job({ created: NOW - MINUTE })], { totalJobs: 3, timeoutMinutes: 100 }),
      BLANK,
      NOW,
    );

    expect(found.items).toMatchObject([{ created: NOW - MINUTE, usageAt: NOW - 2 * HOUR }]);
    expect(found.unsettled).toMatchObject([{ minutes: metered(75), remaining: metered(25 + 2 * 100) }]);
  });

  it('can use no more for a number of jobs that no run has', () => {
    const { unsettled } = survey(readingOf([job()], { totalJobs: 1e300 }), BLANK, NOW);

    expect(unsettled).toMatchObject([{ remaining: metered(75) }]);
  });

  it("end with the service's timeout when they are sessions", () => {
    const own = session({ started: NOW - 9 * HOUR });
    const read = reading({
      sessions: { items: [own] },
      project: project({ defaultJobTimeoutMinutes: 30 }),
    });

    expect(survey(read, BLANK, NOW).items).toMatchObject([
      { usageAt: NOW - 2 * HOUR, minutes: metered(160) },
    ]);
  });
});

/** What is known of one job after sweeps that saw these of it, five minutes apart. */
function watch(...sights: readonly Partial<Job>[]) {
  let memory: ProjectMemory = BLANK;
  let found = look(readingOf([]), memory, NOW - 5 * MINUTE);
  sights.forEach((facts, index) => {
    found = look(readingOf([job(facts)]), memory, NOW + index * 5 * MINUTE);
    memory = found.memory;
  });
  return { progress: found.items[0]?.progress, memory };
}

function look(read: ReturnType<typeof reading>, memory: ProjectMemory, at: number) {
  return withProgress(survey(read, memory, at), read(memory), at);
}

describe('the progress of a job', () => {
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
  ])('is known of a job $what', ({ sights, since, rose }) => {
    expect(watch(...sights).progress).toEqual({ since: NOW + since * MINUTE, rose });
  });

  it('is not remembered of what is not RUNNING', () => {
    const { progress, memory } = watch({ testCounters: { passed: 1 } }, { status: 'STOPPING' });

    expect([progress, memory.progress]).toEqual([undefined, {}]);
  });

  it.each([
    { what: 'is kept while its run could not be read', gone: false },
    { what: 'is dropped when its run is gone', gone: true },
  ])('$what', ({ gone }) => {
    const { memory } = watch({ testCounters: { passed: 1 } }, { testCounters: { passed: 2 } });
    const blind = reading({ runs: { complete: gone }, gone: new Set(gone ? [runArn()] : []) });

    const found = look(blind, memory, NOW + 10 * MINUTE);

    expect(Object.keys(found.memory.progress ?? {})).toEqual(gone ? [] : [jobArn()]);
  });

  it('stands since the last sight that differed from the one before', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }), (passed) => {
        const last = passed.findLastIndex((count, index) => index === 0 || count !== passed[index - 1]);

        const { progress } = watch(...passed.map((count) => ({ testCounters: { passed: count } })));

        expect(progress?.since).toBe(NOW + last * 5 * MINUTE);
        expect(progress?.rose).toBe(passed.some((count, index) => count > (passed[index - 1] ?? count)));
      }),
    );
  });
});

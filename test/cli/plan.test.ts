import { describe, expect, it } from 'vitest';
import type { PlanItem, PlanReport } from '../../cli/plan-report.ts';
import type { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import {
  addJob as addTo,
  deployed,
  MINUTE,
  START as NOW,
  openFarm,
  type Ran,
  runAutostop,
  useEnvironment,
  writePolicy,
} from './support.ts';

const LONG_JOBS = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 };
const ENFORCING = { version: 1, mode: 'enforce', rules: [LONG_JOBS] };

function budget(usd: number) {
  const thresholds = [{ percent: 100, action: 'stop-all' }];
  return { id: 'daily', type: 'budget', period: 'day', limit: { usd }, thresholds };
}

function reportOf({ out }: Ran): PlanReport {
  return JSON.parse(out);
}

/** One project with one run of one job; returns the job's ARN. */
function addJob(emulator: DeviceFarmEmulator, minutesAgo: number, job = {}, run = {}): string {
  const project = emulator.addProject({ name: 'mobile', defaultJobTimeoutMinutes: 60 });
  const created = NOW - minutesAgo * MINUTE;
  const { jobs } = emulator.addRun({
    project,
    name: 'nightly',
    created,
    jobTimeoutMinutes: 150,
    jobs: [{ device: 'Google Pixel 8', testMinutes: 140, ...job }],
    ...run,
  });
  return jobs[0] ?? '';
}

async function planOf(policy: unknown, ...options: string[]): Promise<PlanReport> {
  return reportOf(await runAutostop(['plan', '--json', '--policy', writePolicy(policy), ...options]));
}

async function onlyItem(policy: unknown, ...options: string[]): Promise<PlanItem | undefined> {
  return (await planOf(policy, ...options)).items[0];
}

it('a plan lists the projects once', async () => {
  const emulator = await openFarm();
  addJob(emulator, 75);

  const plan = await planOf(ENFORCING);

  expect(plan).toMatchObject({ account: '123456789012', counts: { projects: 1, items: 1 } });
  expect(emulator.requests.filter(({ operation }) => operation === 'ListProjects')).toHaveLength(1);
});

describe('the exit code', () => {
  it.each([
    ['something is to be stopped', 75, ENFORCING, 3],
    ['the policy only observes what it would stop', 75, { ...ENFORCING, mode: 'observe' }, 3],
    ['nothing is to be stopped', 60, ENFORCING, 0],
  ])('is 0 when %s, and says so to scripts with --exit-code', async (_, minutes, policy, code) => {
    const emulator = await openFarm();
    addJob(emulator, minutes);
    const plan = ['plan', '--policy', writePolicy(policy)];

    const [plain, asked] = [await runAutostop(plan), await runAutostop([...plan, '--exit-code'])];

    expect(plain).toMatchObject({ code: 0, err: '' });
    expect(asked).toEqual({ ...plain, code });
  });

  it('is 1 when something is to be stopped and the rest cannot be read, and 3 with --exit-code', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75);
    emulator.faults.add({ kind: 'error', operation: 'ListRemoteAccessSessions', name: 'ArgumentException' });
    const plan = ['plan', '--policy', writePolicy(ENFORCING)];

    const [plain, asked] = [await runAutostop(plan), await runAutostop([...plan, '--exit-code'])];

    expect([plain.code, asked.code]).toEqual([1, 3]);
    expect(asked.err).toMatch(/not everything could be read/);
  });

  it('is 1 when the policy is wrong, and nothing is asked of AWS', async () => {
    const emulator = await openFarm();

    const ran = await runAutostop(['plan', '--policy', writePolicy({ ...ENFORCING, mode: 'stop' })]);

    expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/mode: found "stop"/) });
    expect(emulator.requests).toEqual([]);
  });

  it('is 1 when the projects cannot be listed', async () => {
    const emulator = await openFarm();
    emulator.faults.add({ kind: 'error', operation: 'ListProjects', name: 'AccessDeniedException' });

    const ran = await runAutostop(['plan', '--policy', writePolicy(ENFORCING)]);

    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(/^ListProjects: AccessDeniedException.*\nAllow your role/);
  });

  it('is 1 when nothing but the projects can be read, and the plan says why', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75);
    for (const operation of ['ListRuns', 'ListRemoteAccessSessions']) {
      emulator.faults.add({ kind: 'error', operation, name: 'AccessDeniedException' });
    }

    const ran = await runAutostop(['plan', '--policy', writePolicy(ENFORCING)]);

    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(
      /NOT EVERYTHING COULD BE READ[\s\S]*its runs could not be listed[\s\S]*AccessDenied/,
    );
    expect(ran.err).toMatch(/not everything could be read/);
  });

  it('is 1 without credentials, and says how to get some', async () => {
    await openFarm();
    useEnvironment({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' });

    const ran = await runAutostop(['plan', '--policy', writePolicy(ENFORCING)]);

    expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/aws sso login.*AWS_PROFILE/) });
  });
});

describe('a plan', () => {
  it('asks Device Farm only to list and get', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75);
    addJob(emulator, 30, { status: 'PENDING_DEVICE' });

    await runAutostop(['plan', '--policy', writePolicy(ENFORCING)]);

    const operations = new Set(emulator.requests.map(({ operation }) => operation));
    expect([...operations].filter((operation) => !/^(List|Get)/.test(operation))).toEqual([]);
    expect(emulator.requests.some(({ changed }) => changed)).toBe(false);
    expect(operations).toContain('ListJobs');
  });

  it('has every key that the format promises, whatever is known', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75, { override: { started: null, device: null } }, { override: { platform: null } });
    emulator.addSession({ project: emulator.addProject({ name: 'web' }), created: NOW - 5 * MINUTE });

    const report = await planOf({ ...ENFORCING, rules: [LONG_JOBS, budget(50)] });

    expect(Object.keys(report)).toEqual([
      'format',
      'at',
      'account',
      'policy',
      'stateTable',
      'auditTable',
      'pause',
      'partial',
      'problems',
      'counts',
      'items',
      'budgets',
      'spend',
      'accountSettings',
      'idleSlots',
      'longTimeouts',
      'observed',
    ]);
    expect(report.items.map((item) => Object.keys(item))).toEqual([ITEM_KEYS, ITEM_KEYS]);
    expect(report.items.map(({ kind, run }) => [kind, run])).toEqual([
      ['job', 'nightly'],
      ['session', null],
    ]);
    expect(report).toMatchObject({ format: 2, at: '2026-11-23T12:00:00.000Z', account: '123456789012' });
  });

  it('gives the figures of a job that is to be stopped', async () => {
    const emulator = await openFarm();
    const arn = addJob(emulator, 75);

    const item = await onlyItem({ ...ENFORCING, pricePerMeteredMinute: 0.2 });

    expect(item).toMatchObject({
      arn,
      minutes: { total: 75, metered: 75, unmetered: 0 },
      usd: 15,
      decision: 'stop',
      order: 1,
      rule: 'long-jobs',
      reason: 'ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs)',
      verdicts: [{ rule: 'long-jobs', verdict: 'over', mode: 'enforce' }],
    });
  });

  it('orders what is to be stopped as a sweep does: queued work first', async () => {
    const emulator = await openFarm();
    const running = addJob(emulator, 75);
    const queued = addJob(emulator, 75, { status: 'PENDING_DEVICE' });
    const policy = { ...ENFORCING, rules: [LONG_JOBS, { id: 'stuck', type: 'queue-age', maxMinutes: 30 }] };

    const { items } = await planOf(policy);

    expect(new Map(items.map(({ arn, order }) => [arn, order]))).toEqual(
      new Map([
        [queued, 1],
        [running, 2],
      ]),
    );
  });

  it('decides as the policy observes, and with --as-enforced as if it enforced', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75);
    const policy = { ...ENFORCING, mode: 'observe' };

    const [observed, enforced] = [await planOf(policy), await planOf(policy, '--as-enforced')];

    expect(observed.counts).toMatchObject({ stop: 0, observe: 1 });
    expect(enforced.counts).toMatchObject({ stop: 1, observe: 0 });
    expect(enforced.policy).toMatchObject({ mode: 'observe', asEnforced: true });
  });

  it('lets a rule that observes stop nothing, also with --as-enforced', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75);
    const policy = { version: 1, rules: [{ ...LONG_JOBS, mode: 'observe' }] };

    const item = await onlyItem(policy, '--as-enforced');

    expect(item).toMatchObject({ decision: 'observe', order: 1 });
  });
});

const ITEM_KEYS = [
  'arn',
  'kind',
  'project',
  'projectArn',
  'run',
  'runArn',
  'name',
  'device',
  'platform',
  'testType',
  'status',
  'phase',
  'billing',
  'minutes',
  'usd',
  'created',
  'runningSince',
  'runningSinceSource',
  'timeoutMinutes',
  'decision',
  'order',
  'rule',
  'exemption',
  'reason',
  'verdicts',
];

describe('what is kept', () => {
  it('is explained when it is exempt', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75);
    const until = new Date(NOW + 60 * MINUTE).toISOString();
    const exemption = { id: 'release', match: { runs: ['nightly'] }, until, owner: 'ada', reason: 'release' };

    const item = await onlyItem({ ...ENFORCING, exemptions: [exemption] });

    expect(item).toMatchObject({ decision: 'keep', exemption: 'release', order: null });
    expect(item?.reason).toMatch(/exemption release until 2026-11-23T13:00.*otherwise: ran 75 min/);
  });

  it('is explained when its status is not known', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75, { override: { status: 'FLYING' } });

    const report = await planOf(ENFORCING);

    expect(report.items[0]).toMatchObject({ decision: 'keep', phase: 'unknown' });
    expect(report.items[0]?.reason).toMatch(/status "FLYING" is not known/);
    expect(report.problems).toHaveLength(1);
    expect(report.partial).toBe(false);
  });

  it('is explained when it is unmetered under a budget of money', async () => {
    const emulator = await openFarm();
    addJob(emulator, 50, {}, { billingMethod: 'UNMETERED' });

    const item = await onlyItem({ ...ENFORCING, rules: [LONG_JOBS, budget(0.01)] });

    expect(item).toMatchObject({ decision: 'keep', billing: 'unmetered', usd: 0 });
    expect(item?.reason).toBe(
      'ran 50 min on Google Pixel 8; limit 60 min (rule long-jobs); rule daily does not apply: it is unmetered; it costs nothing',
    );
  });

  it('is explained when it waits and only running work is limited', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75, { status: 'PENDING_CONCURRENCY' });

    const item = await onlyItem(ENFORCING);

    expect(item?.reason).toBe('rule long-jobs does not apply: it is PENDING_CONCURRENCY, not RUNNING');
  });

  it('is explained when it is a session and only runs are limited', async () => {
    const emulator = await openFarm();
    emulator.addSession({ project: emulator.addProject(), created: NOW - 100 * MINUTE });
    const rules = [{ id: 'wide', type: 'run-minutes', maxMinutes: 60 }];

    const item = await onlyItem({ ...ENFORCING, rules });

    expect(item?.reason).toBe('rule wide does not apply: it is a session; it belongs to no run');
  });

  it('is explained when the rule is for other work', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75);

    const item = await onlyItem({ ...ENFORCING, rules: [{ ...LONG_JOBS, match: { projects: ['web-*'] } }] });

    expect(item?.reason).toBe('rule long-jobs does not apply: it does not match this rule');
  });

  it('is not stopped at first sight when it does not say since when it runs, and the plan says so', async () => {
    const emulator = await openFarm();
    addJob(emulator, 75, { override: { started: null } });
    const policy = writePolicy(ENFORCING);

    const [json, text] = [
      await runAutostop(['plan', '--json', '--policy', policy]),
      await runAutostop(['plan', '--policy', policy]),
    ];

    expect(reportOf(json).items[0]).toMatchObject({ decision: 'keep', runningSinceSource: 'observed' });
    expect(text.out).toMatch(/1 RUNNING without a start: .*--stack/);
  });
});

describe('budgets', () => {
  it('count what has ended in this period and the estimate for what is in flight', async () => {
    const emulator = await openFarm();
    const project = emulator.addProject({ name: 'web' });
    const ended = { jobs: [{ prepareMinutes: 0, setupMinutes: 0, teardownMinutes: 0, testMinutes: 20 }] };
    emulator.addRun({ project, created: NOW - 300 * MINUTE, ...ended });
    emulator.addRun({ project, created: NOW - 13 * 60 * MINUTE, ...ended });
    addJob(emulator, 30);

    const { budgets } = await planOf({
      ...ENFORCING,
      pricePerMeteredMinute: 1,
      rules: [budget(40), { ...budget(100), id: 'quiet' }],
    });

    expect(budgets).toMatchObject([
      { rule: 'daily', unit: 'usd', spent: 50, limit: 40, incomplete: false, crossed: [{ percent: 100 }] },
      { rule: 'quiet', spent: 50, limit: 100, crossed: [] },
    ]);
  });

  it('say that they are a lower bound when a listing broke off', async () => {
    const emulator = await openFarm();
    addJob(emulator, 30);
    emulator.faults.add({ kind: 'error', operation: 'ListRemoteAccessSessions', name: 'ArgumentException' });

    const ran = await runAutostop(['plan', '--policy', writePolicy({ ...ENFORCING, rules: [budget(40)] })]);

    expect(ran.code).toBe(1);
    expect(ran.out).toMatch(/daily: \$5\.10 of \$40\.00 .* at least: not everything of this period/);
  });
});

describe('the table', () => {
  it('tells an account without projects so', async () => {
    await openFarm();

    const ran = await runAutostop(['plan', '--policy', writePolicy(ENFORCING)]);

    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/This account has no Device Farm projects in us-west-2\./);
    expect(ran.out).not.toMatch(/DEVICE/);
  });

  it('tells an account without work in flight so', async () => {
    const emulator = await openFarm();
    emulator.addProject({ defaultJobTimeoutMinutes: 60 });

    const ran = await runAutostop(['plan', '--policy', writePolicy(ENFORCING)]);

    expect(ran.out).toMatch(
      /1 project, 0 runs in flight, 0 jobs and sessions not completed\. Nothing to stop\./,
    );
    expect(ran.out).not.toMatch(/DEVICE|Budgets|timeouts/);
  });

  it('groups by project and run, and says of each item why', async () => {
    const emulator = await openFarm();
    addJob(
      emulator,
      75,
      {},
      {
        jobs: [
          { device: 'A', testMinutes: 140 },
          { device: 'B', testMinutes: 140 },
        ],
      },
    );
    emulator.addSession({ project: emulator.addProject({ name: 'web' }), name: 'bug', device: 'C' });

    const ran = await runAutostop(['plan', '--policy', writePolicy(ENFORCING)]);

    const lines = ran.out.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));
    expect(lines.slice(lines.indexOf('project "mobile"'), lines.indexOf('project "mobile"') + 10)).toEqual([
      'project "mobile"',
      'run "nightly"',
      'A | RUNNING | 75 | $12.75 | stop #1',
      'ran 75 min on A; limit 60 min (rule long-jobs)',
      'B | RUNNING | 75 | $12.75 | stop #2',
      'ran 75 min on B; limit 60 min (rule long-jobs)',
      'project "web"',
      'sessions',
      'C, "bug" | RUNNING | 0 | $0.00 | keep',
      'ran 0 min on C; limit 60 min (rule long-jobs)',
    ]);
  });

  it('adds ARNs and what each rule says with --verbose', async () => {
    const emulator = await openFarm();
    const arn = addJob(emulator, 75);
    const policy = writePolicy({ ...ENFORCING, rules: [LONG_JOBS, { ...budget(50), mode: 'observe' }] });

    const [brief, verbose] = [
      await runAutostop(['plan', '--policy', policy]),
      await runAutostop(['plan', '--policy', policy, '--verbose']),
    ];

    expect(brief.out).not.toContain(arn);
    expect(verbose.out).toContain(arn);
    expect(verbose.out).toMatch(/long-jobs: OVER: ran 75 min/);
    expect(verbose.out).toMatch(/daily: within \(observes only\): \$12\.75 of \$50\.00/);
  });

  it('obeys no escape sequence of a name, wherever it is printed', async () => {
    const emulator = await openFarm();
    const project = emulator.addProject({ name: 'lab\u001b[2J\u009b31m' });
    addJob(emulator, 75, {}, { name: 'red\u001b[31m\u202enight\r\nstop #1', project });
    emulator.faults.add({ kind: 'error', operation: 'ListRemoteAccessSessions', name: 'ArgumentException' });
    const policy = writePolicy({ ...ENFORCING, rules: [LONG_JOBS, budget(50)] });

    const [text, json] = [
      await runAutostop(['plan', '--verbose', '--policy', policy]),
      await runAutostop(['plan', '--json', '--policy', policy]),
    ];

    expect(text.out).toContain('run "red.[31m.night..stop #1"');
    expect(text.out).toMatch(/NOT EVERYTHING[\s\S]*"lab\.\[2J\.31m"[\s\S]*Spend[\s\S]*"lab\.\[2J\.31m"/);
    expect((text.out + json.out).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('marks money of work that does not say how it is billed', async () => {
    const emulator = await openFarm();
    addJob(emulator, 30, {}, { override: { billingMethod: null } });

    const ran = await runAutostop(['plan', '--policy', writePolicy(ENFORCING)]);

    expect(ran.out).toMatch(/\$5\.10\? /);
    expect(ran.out).toMatch(/does not say how the work is billed/);
  });
});

describe('a plan without the memory of AutoStop', () => {
  it.each([
    [
      { type: 'stalled', maxMinutes: 1 },
      'rule one does not apply: it has not been seen to move a counter while RUNNING',
    ],
    [
      { type: 'elastic', percent: 100 },
      'rule one does not apply: it has a history of 0 successful jobs of run "nightly" on Google Pixel 8; 5 are needed',
    ],
  ])('says of %j why it does not apply', async (rule, reason) => {
    const emulator = await openFarm();
    addJob(emulator, 75);

    const item = await onlyItem({ ...ENFORCING, rules: [{ id: 'one', ...rule }] });

    expect(item?.reason).toBe(reason);
  });
});

const DEPLOYED = {
  version: 1 as const,
  mode: 'enforce' as const,
  pricePerMeteredMinute: 0.2,
  safety: { breaker: { percentOfActive: 100 } },
  rules: [
    { id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 60 },
    {
      id: 'daily',
      type: 'budget' as const,
      period: 'day' as const,
      limit: { usd: 1000 },
      thresholds: [{ percent: 100, action: 'stop-all' as const }],
    },
  ],
};
const READS = /^(devicefarm:(List|Get)|dynamodb:(Query|GetItem)$)/i;

describe('plan --state-table', () => {
  it('decides as the next sweep does, by what AutoStop remembers, and writes nothing', async () => {
    const auto = await deployed(DEPLOYED);
    const arn = addTo(auto, 5, { override: { started: null } });
    await auto.sweep();
    auto.clock.advance(61 * MINUTE);
    const options = ['plan', '--json', '--exit-code', '--policy', writePolicy(DEPLOYED)];
    const ran: Ran[] = [];

    const operations = await auto.operationsDuring(async () => {
      ran.push(await auto.run(...options));
      ran.push(await auto.run(...options, '--state-table', auto.stateTable));
    });
    const next = await auto.sweep();

    const [blank, informed] = ran.map(reportOf);
    expect(ran.map(({ code }) => code)).toEqual([0, 3]);
    expect(blank?.items).toMatchObject([{ arn, decision: 'keep' }]);
    expect(informed?.items).toMatchObject([{ arn, decision: 'stop', rule: 'long-jobs' }]);
    expect(next.stopped).toEqual([arn]);
    expect(informed?.budgets.map(({ spent }) => spent)).toEqual(next.usage.map(({ spent }) => spent));
    expect(operations.filter((one) => !READS.test(one))).toEqual([]);
    expect(operations).toContain('dynamodb:Query');
  });

  it('counts in its budgets what only the ledger still knows', async () => {
    const auto = await deployed(DEPLOYED);
    const ended = { prepareMinutes: 0, setupMinutes: 0, teardownMinutes: 0, testMinutes: 30 };
    addTo(auto, 120, ended);
    await auto.sweep();
    auto.clock.advance(5 * MINUTE);
    auto.emulator.faults.add({ kind: 'emptyReply', operation: 'ListRuns' });
    const options = ['plan', '--json', '--policy', writePolicy(DEPLOYED)];

    const ran = [await auto.run(...options), await auto.run(...options, '--state-table', auto.stateTable)];

    expect(ran.map((one) => reportOf(one).budgets[0]?.spent)).toEqual([0, 6]);
  });
});

describe('plan --audit-table', () => {
  it('heeds a pause, and exemptions by message, and writes nothing', async () => {
    const auto = await deployed(DEPLOYED);
    const until = new Date(auto.clock.now() + 120 * MINUTE).toISOString();
    const [byMessage, neither] = [addTo(auto, 75), addTo(auto, 75)];
    const byTag = addTo(auto, 75, {}, { tags: { 'autostop:exempt-until': until } });
    const options = ['plan', '--json', '--policy', writePolicy(DEPLOYED)];
    const target = byMessage.replace(':job:', ':run:').replace(/\/[^/]*$/, '');
    await auto.order('exempt', target, '--until', until, '--reason', 'store release');
    await auto.order('pause', '--until', until, '--reason', 'game day');
    const ran: Ran[] = [];

    const operations = await auto.operationsDuring(async () => {
      ran.push(await auto.run(...options));
      ran.push(await auto.run(...options, '--audit-table', auto.auditTable));
    });
    const text = await auto.run('plan', '--policy', options[3] ?? '', '--audit-table', auto.auditTable);

    const [blank, informed] = ran.map(reportOf);
    const stopsOf = (report?: PlanReport) =>
      report?.items
        .filter(({ decision }) => decision === 'stop')
        .map(({ arn }) => arn)
        .toSorted();
    expect(stopsOf(blank)).toEqual([byMessage, neither].toSorted());
    expect(blank).toMatchObject({ auditTable: null, pause: null });
    expect(stopsOf(informed)).toEqual([neither]);
    expect(informed).toMatchObject({
      auditTable: auto.auditTable,
      pause: expect.stringMatching(/^paused until 2026-11-23T14:00.*ada.*game day/),
    });
    expect(informed?.items.find(({ arn }) => arn === byTag)).toMatchObject({ exemption: 'tag' });
    expect(informed?.items.find(({ arn }) => arn === byMessage)?.exemption).toMatch(/^message:/);
    expect(text.out).toMatch(/AutoStop is paused until 2026-11-23T14:00[\s\S]*the stops below are\s+held/);
    expect(operations.filter((one) => !READS.test(one))).toEqual([]);
  });

  it('shows how the work ended that a rule in observe mode would have stopped', async () => {
    const policy = { ...DEPLOYED, mode: 'observe' as const };
    const auto = await deployed(policy);
    for (let count = 0; count < 5; count++) addTo(auto, 62, { testMinutes: 70 });
    await auto.sweepFor(40);
    const file = writePolicy(policy);
    const plan = (...args: string[]) => auto.run('plan', '--policy', file, ...args);
    const table = ['--audit-table', auto.auditTable];

    const [text, json, without] = [await plan(...table), await plan('--json', ...table), await plan()];
    auto.clock.advance(31 * 24 * 60 * MINUTE);
    const later = await plan('--json', ...table);

    expect(reportOf(json).observed).toMatchObject([
      { rule: 'long-jobs', ended: 5, falseStops: 5, falseStopRate: 1 },
    ]);
    expect(text.out).toMatch(
      /Dry-run results of the rules that observe\n {2}long-jobs: 5 would-be stops ended; 5 of 5 false positives \(100 %\)/,
    );
    expect(without.out).not.toMatch(/Dry-run results/);
    expect(without.out).toMatch(/Name the stack \(--stack\) to see false positives/);
    expect(reportOf(later).observed).toEqual([]);
  });

  it.each(['--state-table', '--audit-table'])('ends with 1 for a %s that does not exist', async (option) => {
    const auto = await deployed(DEPLOYED);

    const ran = await auto.run('plan', '--policy', writePolicy(DEPLOYED), option, 'no-such-table');

    expect(ran).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/table no-such-table could not be read: ResourceNotFoundException/),
    });
  });
});

import { describe, expect, it } from 'vitest';
import { begin, itemsOf, minute, startFarm, textAt } from './start-farm.ts';

function farmWithJobs(count = 1) {
  const farm = startFarm();
  const project = farm.emulator.addProject();
  const jobs = Array.from({ length: count }, () => ({ testMinutes: 600 }));
  const run = farm.emulator.addRun({ project, jobs, jobTimeoutMinutes: 300 });
  const [job = ''] = run.jobs;
  return { ...farm, project, run, job };
}

/** A promise that the test settles. */
function promised() {
  let settle: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

describe('the log of requests', () => {
  it('11.1 holds moment, operation, input, status and error name, oldest first', async () => {
    const { emulator, call, pass, job } = farmWithJobs();

    await call('GetJob', { arn: job });
    pass(5);
    await call('StopJob', { arn: job });
    await call('GetJob', { arn: 'nonsense' });
    await emulator.handle({ headers: {}, body: 'not json' });

    expect(emulator.requests).toEqual([
      { at: begin, operation: 'GetJob', input: { arn: job }, status: 200, changed: false },
      { at: begin + 5 * minute, operation: 'StopJob', input: { arn: job }, status: 200, changed: true },
      {
        at: begin + 5 * minute,
        operation: 'GetJob',
        input: { arn: 'nonsense' },
        status: 400,
        errorName: 'ValidationException',
        changed: false,
      },
      {
        at: begin + 5 * minute,
        operation: '',
        input: {},
        status: 400,
        errorName: 'UnknownOperationException',
        changed: false,
      },
    ]);
  });

  it('11.1 says that a repeated stop changed nothing', async () => {
    const { emulator, call, job } = farmWithJobs();

    await call('StopJob', { arn: job });
    await call('StopJob', { arn: job });

    expect(emulator.requests.map(({ changed }) => changed)).toEqual([true, false]);
  });
});

describe('hooks', () => {
  it('11.2 run before the operation, and between the operation and its reply', async () => {
    const { emulator, call, job } = farmWithJobs();
    const seen: unknown[] = [];
    emulator.onRequest = ({ operation }) => void seen.push(operation, textAt(emulator.show(job), 'status'));
    emulator.onEffect = ({ changed }) => void seen.push(changed, textAt(emulator.show(job), 'status'));

    await call('StopJob', { arn: job });

    expect(seen).toEqual(['StopJob', 'RUNNING', true, 'STOPPING']);
  });

  it('11.2 hold the request up as long as they wait', async () => {
    const { emulator, call, job } = farmWithJobs();
    const { promise, settle } = promised();
    emulator.onRequest = () => promise;

    const answer = call('StopJob', { arn: job });
    const meanwhile = emulator.show(job);
    settle();
    await answer;

    expect(meanwhile).toMatchObject({ status: 'RUNNING' });
    expect(emulator.show(job)).toMatchObject({ status: 'STOPPING' });
  });

  it.each([
    ['onRequest', 'RUNNING'],
    ['onEffect', 'STOPPING'],
  ] as const)('11.2 break the connection when %s throws, and the job is %s', async (hook, status) => {
    const { emulator, job } = farmWithJobs();
    const { url, close } = await emulator.listen();
    emulator[hook] = () => {
      throw new RangeError('killed');
    };

    const headers = { 'x-amz-target': 'DeviceFarm_20150623.StopJob' };
    const answer = fetch(url, { method: 'POST', headers, body: JSON.stringify({ arn: job }) });

    await expect(answer).rejects.toThrow('fetch failed');
    expect(emulator.show(job)).toMatchObject({ status });
    expect(emulator.requests).toMatchObject([{ operation: 'StopJob', errorName: 'RangeError' }]);
    expect(emulator.requests[0]).not.toHaveProperty('status');
    await close();
  });
});

describe('faults', () => {
  it('11.3 strike the operation that they name, or all', async () => {
    const { emulator, call, job, project } = farmWithJobs();
    emulator.faults.add({ operation: 'GetJob', kind: 'error', name: 'ServiceAccountException' });

    const [getJob, listRuns] = [await call('GetJob', { arn: job }), await call('ListRuns', { arn: project })];
    emulator.faults.add({ operation: '*', kind: 'error', name: 'AccessDeniedException' });

    expect([getJob.body.__type, listRuns.body.__type]).toEqual(['ServiceAccountException', undefined]);
    expect(textAt((await call('ListRuns', { arn: project })).body, '__type')).toBe('AccessDeniedException');
  });

  it('11.3 strike the ARN or what the function picks', async () => {
    const { emulator, call, run, project } = farmWithJobs(3);
    const [one, two, three] = run.jobs;
    const fault = { kind: 'error', name: 'AccessDeniedException' } as const;
    emulator.faults.add({ ...fault, operation: 'StopJob', match: one });
    emulator.faults.add({ ...fault, operation: 'StopJob', match: ({ input }) => input.arn === two });
    emulator.faults.add({ ...fault, operation: 'ListTagsForResource', match: project });

    const answers = await Promise.all([
      ...[one, two, three].map((arn) => call('StopJob', { arn })),
      call('ListTagsForResource', { ResourceARN: project }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 200, 400]);
  });

  it('11.3 strike as often as they say', async () => {
    const { emulator, call } = farmWithJobs();
    const fault = emulator.faults.add({ operation: '*', kind: 'error', name: 'Throttling', times: 2 });

    const answers = [await call('ListProjects'), await call('ListProjects'), await call('ListProjects')];

    expect(answers.map(({ status }) => status)).toEqual([400, 400, 200]);
    expect(fault.struck).toBe(2);
  });

  it('11.3 strike until they are removed', async () => {
    const { emulator, call } = farmWithJobs();
    const first = emulator.faults.add({ operation: '*', kind: 'error', name: 'First' });
    emulator.faults.add({ operation: '*', kind: 'error', name: 'Second' });

    const names = [textAt((await call('ListProjects')).body, '__type')];
    first.remove();
    names.push(textAt((await call('ListProjects')).body, '__type'));
    emulator.faults.clear();

    expect(names).toEqual(['First', 'Second']);
    expect((await call('ListProjects')).status).toBe(200);
  });

  it.each([
    ['AccessDeniedException', undefined, 400],
    ['ThrottlingException', undefined, 400],
    ['InternalServiceException', undefined, 500],
    ['ServiceUnavailableException', 503, 503],
  ])('11.4 answer %s (status %j) under HTTP %i without effect', async (name, status, expected) => {
    const { emulator, call, job } = farmWithJobs();
    emulator.faults.add({ operation: 'StopJob', kind: 'error', name, status, message: 'told so' });

    const answer = await call('StopJob', { arn: job });

    expect(answer).toMatchObject({ status: expected, body: { __type: name, message: 'told so' } });
    expect(emulator.show(job)).toMatchObject({ status: 'RUNNING' });
  });

  it('11.4 answer an error after the effect', async () => {
    const { emulator, call, job } = farmWithJobs();
    emulator.faults.add({
      operation: 'StopJob',
      kind: 'error',
      name: 'InternalServiceException',
      when: 'after',
    });

    const answer = await call('StopJob', { arn: job });

    expect(answer.status).toBe(500);
    expect(emulator.show(job)).toMatchObject({ status: 'STOPPING' });
  });

  it.each([
    [undefined, 503],
    [502, 502],
  ])('11.4 answer an HTML page (status %j)', async (status, expected) => {
    const { emulator } = farmWithJobs();
    emulator.faults.add({ operation: 'ListProjects', kind: 'html', status });

    const reply = await emulator.handle({
      headers: { 'x-amz-target': 'DeviceFarm_20150623.ListProjects' },
      body: '{}',
    });

    expect(reply).toMatchObject({ status: expected, headers: { 'content-type': 'text/html' } });
    expect(reply).toHaveProperty('body', expect.stringMatching(/^<html>/));
    expect(reply).toHaveProperty('headers.date', new Date(begin).toUTCString());
  });

  it.each([
    [undefined, 'STOPPING'],
    ['after', 'STOPPING'],
    ['before', 'RUNNING'],
  ] as const)('11.5 close the connection (when: %j) with the job %s', async (when, status) => {
    const { emulator, job } = farmWithJobs();
    const { url, close } = await emulator.listen();
    emulator.faults.add({ operation: 'StopJob', kind: 'closed', when });

    const headers = { 'x-amz-target': 'DeviceFarm_20150623.StopJob' };
    const answer = fetch(url, { method: 'POST', headers, body: JSON.stringify({ arn: job }) });

    await expect(answer).rejects.toThrow('fetch failed');
    expect(emulator.show(job)).toMatchObject({ status });
    expect(emulator.requests).toMatchObject([{ errorName: 'ConnectionClosed' }]);
    expect(emulator.requests[0]).not.toHaveProperty('status');
    await close();
  });

  it.each([
    [undefined, 'STOPPING'],
    ['before', 'RUNNING'],
  ] as const)('11.6 wait for a promise (when: %j) with the job %s meanwhile', async (when, status) => {
    const { emulator, call, job } = farmWithJobs();
    const [reached, released] = [promised(), promised()];
    const until = () => {
      reached.settle();
      return released.promise;
    };
    emulator.faults.add({ operation: 'StopJob', kind: 'slow', when, until });

    const answer = call('StopJob', { arn: job });
    await reached.promise;
    const meanwhile = emulator.show(job);
    released.settle();

    expect((await answer).status).toBe(200);
    expect(meanwhile).toMatchObject({ status });
    expect(emulator.show(job)).toMatchObject({ status: 'STOPPING' });
  });

  it('11.7 answer a stop with STOPPING and change nothing', async () => {
    const { emulator, call, job, run } = farmWithJobs();
    emulator.faults.add({ operation: '*', kind: 'ignoredStop', times: 2 });

    const ofJob = await call('StopJob', { arn: job });
    const ofRun = await call('StopRun', { arn: run.arn });

    expect([ofJob.body, ofRun.body]).toMatchObject([
      { job: { status: 'STOPPING' } },
      { run: { status: 'STOPPING' } },
    ]);
    expect(emulator.show(job)).toMatchObject({ status: 'RUNNING' });
    expect(emulator.requests.map(({ changed }) => changed)).toEqual([false, false]);
  });

  it.each(['StopJob', 'StopRun'])('11.8 leave a job in STOPPING until another %s', async (operation) => {
    const { emulator, call, pass, job, run } = farmWithJobs();
    emulator.faults.add({ operation: 'StopJob', kind: 'stuckStop', times: 1 });
    pass(10);

    await call('StopJob', { arn: job });
    pass(50);
    const stuck = emulator.show(job);
    const again = await call(operation, { arn: operation === 'StopJob' ? job : run.arn });
    pass(0.5);

    expect(stuck).toMatchObject({ status: 'STOPPING' });
    expect(again.status).toBe(200);
    expect(emulator.show(job)).toMatchObject({ status: 'COMPLETED', result: 'STOPPED' });
    expect(emulator.billed().jobs.get(job)?.metered).toBeCloseTo(60.5, 9);
    expect(emulator.requests.map(({ changed }) => changed)).toEqual([true, true]);
  });

  it('11.8 bill a stuck job until it is released, although it would have ended by itself', async () => {
    const { emulator, call, pass } = startFarm();
    const { jobs } = emulator.addRun({ project: emulator.addProject(), jobs: [{ testMinutes: 20 }] });
    const [arn = ''] = jobs;
    emulator.faults.add({ operation: 'StopJob', kind: 'stuckStop', times: 1 });
    pass(10);

    await call('StopJob', { arn });
    pass(50);
    await call('StopJob', { arn });
    pass(10);

    expect(emulator.show(arn)).toMatchObject({ status: 'COMPLETED', result: 'STOPPED' });
    expect(emulator.billed().jobs.get(arn)?.metered).toBeCloseTo(60.5, 9);
  });

  it('11.8 bill a stuck job up up to its timeout', async () => {
    const { emulator, call, pass, job } = farmWithJobs();
    emulator.faults.add({ operation: 'StopJob', kind: 'stuckStop' });
    pass(10);

    await call('StopJob', { arn: job });
    pass(1000);

    expect(emulator.show(job)).toMatchObject({ status: 'STOPPING' });
    expect(emulator.billed().jobs.get(job)?.metered).toBe(300);
  });

  it('11.8 leave queued work in STOPPING as well, for nothing', async () => {
    const { emulator, call, pass } = startFarm();
    const { jobs } = emulator.addRun({
      project: emulator.addProject(),
      jobs: [{ status: 'PENDING_DEVICE' }],
    });
    const [arn = ''] = jobs;
    emulator.faults.add({ operation: 'StopJob', kind: 'stuckStop', times: 1 });

    await call('StopJob', { arn });
    pass(50);
    const stuck = emulator.show(arn);
    await call('StopJob', { arn });

    expect(stuck).toMatchObject({ status: 'STOPPING' });
    expect(emulator.show(arn)).toMatchObject({ status: 'COMPLETED', result: 'STOPPED' });
    expect(emulator.billed().account.total).toBe(0);
  });

  const indexes = (body: Parameters<typeof itemsOf>[0]) =>
    itemsOf(body, 'jobs').map((item) => Number(textAt(item, 'arn').slice(-5)));

  it('11.9 reverse, shuffle or duplicate the items of a page', async () => {
    const { emulator, call, run } = farmWithJobs(10);
    const listUnder = async (kind: 'reversedPage' | 'shuffledPage' | 'duplicatedItems') => {
      const fault = emulator.faults.add({ operation: 'ListJobs', kind });
      const { body } = await call('ListJobs', { arn: run.arn });
      fault.remove();
      return indexes(body);
    };

    const reversed = await listUnder('reversedPage');
    const mixed = await listUnder('shuffledPage');
    const duplicated = await listUnder('duplicatedItems');

    const inOrder = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(reversed).toEqual(inOrder.toReversed());
    expect(mixed).not.toEqual(inOrder);
    expect(mixed.toSorted((a, b) => a - b)).toEqual(inOrder);
    expect(duplicated).toEqual(inOrder.flatMap((index) => [index, index]));
  });

  it('11.9 repeat a token for ever', async () => {
    const { emulator, call, run } = farmWithJobs(25);
    emulator.faults.add({ operation: 'ListJobs', kind: 'repeatedToken' });
    const tokens: unknown[] = [];

    let nextToken: string | undefined;
    for (let page = 0; page < 4; page += 1) {
      const { body } = await call('ListJobs', { arn: run.arn, nextToken });
      nextToken = textAt(body, 'nextToken');
      tokens.push(nextToken);
    }

    expect(new Set(tokens).size).toBe(1);
  });

  it('11.10 take members out of items, in listings and single replies', async () => {
    const { emulator, call, run, job } = farmWithJobs();
    emulator.faults.add({ operation: '*', kind: 'missingMembers', members: ['started', 'arn'] });

    const list = await call('ListJobs', { arn: run.arn });
    const one = await call('GetJob', { arn: job });

    for (const item of [itemsOf(list.body, 'jobs')[0], one.body.job]) {
      expect(item).toMatchObject({ status: 'RUNNING' });
      expect(item).not.toHaveProperty('started');
      expect(item).not.toHaveProperty('arn');
    }
  });

  it('11.10 answer nothing at all, or what a function makes of it', async () => {
    const { emulator, call } = farmWithJobs();
    emulator.faults.add({ operation: 'ListProjects', kind: 'emptyReply', times: 1 });

    const empty = await call('ListProjects');
    emulator.faults.add({
      operation: 'ListProjects',
      kind: 'rewritten',
      rewrite: (body) => ({ count: itemsOf(body, 'projects').length }),
    });
    const rewritten = await call('ListProjects');

    expect([empty.body, rewritten.body]).toEqual([{}, { count: 1 }]);
  });
});

import { StopJobCommand } from '@aws-sdk/client-device-farm';
import { DeleteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { farmClient } from '../../lambda/device-farm/device-farm.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { AUDIT_TABLE, STATE_TABLE, textIn, writesEvent } from '../support/table-service.ts';
import { addJob, addSession, shown } from '../support/work.ts';

const LONG = { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 } as const;
const STOPS = ['StopJob', 'StopRun', 'StopRemoteAccessSession'];

const stopCalls = ({ emulator }: TestAutoStop) =>
  emulator.requests.filter(({ operation }) => STOPS.includes(operation));

async function loseState({ dynamo }: TestAutoStop): Promise<void> {
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: STATE_TABLE }));
  for (const { pk = { S: '' }, sk = { S: '' } } of Items)
    await dynamo.send(new DeleteItemCommand({ TableName: STATE_TABLE, Key: { pk, sk } }));
}

/** Device Farm as somebody else calls it. */
function byHand({ emulator }: TestAutoStop) {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return farmClient({ credentials, requestHandler: emulator.requestHandler() });
}

async function damage({ dynamo }: TestAutoStop, sk: string): Promise<void> {
  const Item = marshall({ pk: 'sweep', sk, packed: 'rubbish', version: 1 });
  await dynamo.send(new PutItemCommand({ TableName: STATE_TABLE, Item }));
}

/** A job over its limit whose stop was accepted 11 minutes ago, without effect. */
async function withPendingStop(policy: Partial<PolicyInput> = {}) {
  const auto = await startAutoStop({ policy });
  const job = addJob(auto);
  auto.emulator.faults.add({ kind: 'ignoredStop', operation: '*' });
  await auto.pass(61);
  await auto.sweep();
  expect(stopCalls(auto)).toHaveLength(1);
  await auto.pass(11);
  return { auto, ...job };
}

describe('a pending stop', () => {
  it('is asked for again while the policy still wants it', async () => {
    const { auto, arn } = await withPendingStop();

    await auto.sweep();

    expect(stopCalls(auto)).toHaveLength(2);
    expect(await auto.eventsOf(arn)).toEqual([
      'StopRequested',
      'StopAccepted',
      'StopRequested',
      'StopAccepted',
    ]);
  });

  it.each<[string, Partial<PolicyInput>]>([
    ['the policy observes', { mode: 'observe' }],
    ['the rule observes', { rules: [{ ...LONG, mode: 'observe' }] }],
    ['the limit was raised', { rules: [{ ...LONG, maxMinutes: 100 }] }],
    ['the rule is gone', { rules: [{ id: 'stuck', type: 'queue-age', maxMinutes: 60 }] }],
    [
      'the work is exempt',
      {
        exemptions: [
          {
            id: 'release',
            match: { runs: ['nightly'] },
            until: '2030-01-01T00:00:00Z',
            owner: 'mobile',
            reason: 'release',
          },
        ],
      },
    ],
  ])('is left alone once %s', async (_, next) => {
    const { auto, arn } = await withPendingStop();
    auto.deploy(next);

    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      await auto.sweep();
      await auto.pass(11);
    }

    expect(stopCalls(auto)).toHaveLength(1);
    expect(shown(auto, arn)).toBe('RUNNING');
  });

  it('of exempt work is left alone also while its project cannot be listed', async () => {
    const auto = await startAutoStop();
    const { arn, project } = addJob(auto);
    auto.emulator.faults.add({ kind: 'error', operation: 'StopJob', name: 'InternalFailure', times: 3 });
    await auto.pass(61);
    await auto.sweep();
    const before = stopCalls(auto).length;
    const exemption = { id: 'release', match: { projects: ['mobile'] }, until: '2030-01-01T00:00:00Z' };
    auto.deploy({ exemptions: [{ ...exemption, owner: 'mobile', reason: 'release' }] });
    auto.emulator.faults.add({ kind: 'html', operation: 'ListRuns', match: project });

    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      await auto.pass(11);
      await auto.sweep();
    }

    expect(stopCalls(auto)).toHaveLength(before);
    expect(shown(auto, arn)).toBe('RUNNING');
  });

  it('is held while AutoStop is paused', async () => {
    const { auto } = await withPendingStop();
    await auto.send({ action: 'pause', reason: 'release' });

    await auto.sweep();

    expect(stopCalls(auto)).toHaveLength(1);
  });

  it('without effect goes by the whole run at last, and then people are told once', async () => {
    const { auto, arn } = await withPendingStop();

    for (let sweeps = 0; sweeps < 8; sweeps += 1) {
      await auto.sweep();
      await auto.pass(11);
    }

    const operations = stopCalls(auto).map(({ operation }) => operation);
    expect(operations.slice(0, 3)).toEqual(['StopJob', 'StopJob', 'StopJob']);
    expect(operations.slice(3)).toContain('StopRun');
    expect(operations.length).toBeLessThanOrEqual(5);
    const told = auto.topic.published.filter(({ subject }) => subject.includes('without effect'));
    expect(told).toHaveLength(1);
    expect(told[0]?.message).toContain('mobile / nightly, Google Pixel 8');
    expect((await auto.eventsOf(arn)).at(-1)).toBe('StopEscalated');
  });
});

describe('a stop', () => {
  it('whose call is answered by one 503 is made within the same sweep', async () => {
    const auto = await startAutoStop();
    const { arn } = addJob(auto);
    auto.emulator.faults.add({ kind: 'html', operation: 'StopJob', times: 1 });
    await auto.pass(61);

    const summary = await auto.sweep();

    expect(summary).toMatchObject({ stopped: [arn], failed: [] });
    expect(shown(auto, arn)).toBe('STOPPING');
    auto.journal.expectStopsExplained();
  });

  it('is never made without its intent in the audit trail', async () => {
    const auto = await startAutoStop();
    const { arn } = addJob(auto);
    auto.tables.fail({ match: writesEvent('StopRequested') });
    await auto.pass(61);

    const summary = await auto.sweep();

    expect(stopCalls(auto)).toEqual([]);
    expect(summary.stopped).toEqual([]);
    expect(summary.failed).toEqual([{ arn, error: expect.any(String) }]);
  });

  it('whose outcome was not recorded is recorded by the next sweep, and not asked for again', async () => {
    const auto = await startAutoStop();
    const { arn } = addJob(auto);
    const lost = auto.tables.fail({ match: writesEvent('StopAccepted') });
    await auto.pass(61);
    await auto.sweep();
    lost();

    await auto.sweep();
    await auto.pass(5);
    await auto.sweep();

    expect(stopCalls(auto)).toHaveLength(1);
    expect(await auto.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted', 'StopConfirmed']);
  });

  it('of work that ended meanwhile is skipped, and hides no attempt of other work', async () => {
    const auto = await startAutoStop();
    const { arn } = addJob(auto, { testMinutes: 70 });
    const other = addJob(auto);
    await auto.pass(61);
    auto.emulator.faults.add({
      kind: 'rewritten',
      operation: 'GetJob',
      match: arn,
      times: 1,
      rewrite: (body) => ({ job: { ...Object(body.job), status: 'COMPLETED', result: 'PASSED' } }),
    });

    const first = await auto.sweep();
    await auto.pass(1);
    const second = await auto.sweep();

    expect(first.stopped).toEqual([other.arn]);
    expect(second.stopped).toEqual([arn]);
    expect(await auto.eventsOf(arn)).toEqual(['StopSkipped', 'StopRequested', 'StopAccepted']);
    await auto.pass(5);
    const third = await auto.sweep();
    expect(third.confirmed).toContain(arn);
  });

  it('of all that is left of a run goes by one call, each job with its own intent and outcome', async () => {
    const auto = await startAutoStop();
    const project = auto.emulator.addProject({ name: 'mobile' });
    const jobs = [{ testMinutes: 120 }, { testMinutes: 120 }];
    const run = auto.emulator.addRun({ project, name: 'nightly', jobs });
    await auto.pass(61);

    const summary = await auto.sweep();

    expect([...summary.stopped].sort()).toEqual([...run.jobs].sort());
    expect(stopCalls(auto).map(({ operation }) => operation)).toEqual(['StopRun']);
    for (const arn of [...run.jobs, run.arn])
      expect(await auto.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted']);
  });

  it('of a run is made again by a process that comes after one that died between call and record', async () => {
    const auto = await startAutoStop();
    const project = auto.emulator.addProject({ name: 'mobile' });
    const run = auto.emulator.addRun({
      project,
      name: 'nightly',
      jobs: [{ testMinutes: 120 }, { testMinutes: 120 }],
    });
    const ignored = auto.emulator.faults.add({ kind: 'ignoredStop', operation: '*' });
    const lost = auto.tables.fail({ match: writesEvent('StopAccepted') });
    await auto.pass(61);
    await auto.sweep();
    ignored.remove();
    lost();
    await auto.pass(11);

    await auto.sweep();

    for (const arn of run.jobs) expect(shown(auto, arn)).toBe('STOPPING');
  });

  it('is never asked for by a policy that observes', async () => {
    const auto = await startAutoStop({ policy: { mode: 'observe' } });
    const { arn } = addJob(auto);
    await auto.pass(61);

    const summary = await auto.sweep();
    await auto.pass(5);
    await auto.sweep();

    expect(summary).toMatchObject({ wouldStop: [arn], stopped: [] });
    expect(stopCalls(auto)).toEqual([]);
    expect(await auto.eventsOf(arn)).toEqual(['WouldStop']);
  });

  it('is found again in the audit trail when the state table was lost', async () => {
    const auto = await startAutoStop();
    const { arn } = addJob(auto);
    await auto.pass(61);
    await auto.sweep();
    await loseState(auto);
    await auto.pass(5);

    const summary = await auto.sweep();

    expect(summary.confirmed).toEqual([arn]);
    expect(stopCalls(auto)).toHaveLength(1);
  });
});

describe('while others use up the rate of StopJob', () => {
  it('sessions and whole runs are stopped all the same, within a minute', async () => {
    const auto = await startAutoStop();
    const jobs = Array.from({ length: 6 }, () => addJob(auto).arn);
    const session = addSession(auto);
    auto.emulator.faults.add({ kind: 'error', operation: 'StopJob', name: 'ThrottlingException' });
    await auto.pass(61);
    const begun = auto.clock.now();

    const summary = await auto.sweep();

    expect([...summary.stopped].sort()).toEqual([...jobs, session].sort());
    expect(auto.clock.now() - begun).toBeLessThan(60_000);
  });
});

describe('the end of an invocation', () => {
  it.each([
    ['GetJob', { kind: 'error', name: 'ThrottlingException' } as const],
    ['StopJob', { kind: 'error', name: 'ThrottlingException' } as const],
  ])('is outlived by no %s that is answered by %j', async (operation, fault) => {
    for (const timeout of [18_000, 40_000, 240_000]) {
      const auto = await startAutoStop();
      addJob(auto);
      await auto.sweep();
      await auto.pass(61);
      auto.emulator.faults.add({ ...fault, operation });
      const end = auto.clock.now() + timeout;

      await auto.sweep({ timeout });

      expect(auto.clock.now(), `${timeout}`).toBeLessThan(end);
    }
  });
});

describe('the cap of the rolling hour', () => {
  it('lets so many stops through, holds the rest, and goes on when the hour allows it', async () => {
    const auto = await startAutoStop({ policy: { safety: { maxStopsPerHour: 2 } } });
    for (let index = 0; index < 3; index += 1) addJob(auto, { testMinutes: 149 });
    await auto.pass(61);

    const first = await auto.sweep();
    await auto.pass(59);
    const early = await auto.sweep();
    await auto.pass(1);
    const later = await auto.sweep();

    expect(first.stopped).toHaveLength(2);
    expect(first.heldBack).toEqual([{ arn: expect.any(String), why: expect.stringContaining('cap') }]);
    expect(early.stopped).toEqual([]);
    expect(later.stopped).toHaveLength(1);
  });
});

describe('the circuit breaker', () => {
  const BREAKER: Partial<PolicyInput> = {
    safety: { breaker: { minimumActive: 3, percentOfActive: 50, holdMinutes: 30 } },
  };

  it('holds stops when too much is newly over at once, and lets them through after its time', async () => {
    const auto = await startAutoStop({ policy: BREAKER });
    for (let index = 0; index < 4; index += 1) addJob(auto);
    await auto.sweep();
    await auto.pass(61);

    const first = await auto.sweep();
    await auto.pass(31);
    const later = await auto.sweep();

    expect(first.stopped).toEqual([]);
    expect(first.heldBack).toHaveLength(4);
    expect(later.stopped).toHaveLength(4);
  });

  it('does not open while AutoStop is paused', async () => {
    const auto = await startAutoStop({ policy: BREAKER });
    for (let index = 0; index < 4; index += 1) addJob(auto);
    await auto.sweep();
    await auto.pass(61);
    await auto.send({ action: 'pause', reason: 'release' });

    await auto.sweep();

    expect(auto.topic.published.map(({ subject }) => subject).filter((one) => /breaker/.test(one))).toEqual(
      [],
    );
  });
});

describe('a stored item that is malformed', () => {
  it.each([
    'follow',
    'breaker',
    'allowance',
    'digest',
    'untold',
    'announced',
    'project',
    'rotation',
    'account',
  ])('of kind %s disarms nothing, is reported, and is gone in the next sweep', async (prefix) => {
    const auto = await startAutoStop();
    const { arn, project } = addJob(auto);
    await auto.sweep();
    const ids: Record<string, string> = {
      follow: arn,
      project,
      breaker: 'memory',
      allowance: 'hour',
      announced: 'keys',
      rotation: 'projects',
      account: 'settings',
    };
    await damage(auto, `${prefix}#${ids[prefix] ?? 'x'}`);
    await auto.pass(61);

    const summary = await auto.sweep();
    await auto.pass(5);
    const next = await auto.sweep();

    expect(summary.stopped).toEqual([arn]);
    expect(summary.problems.join('\n')).toContain(prefix);
    expect(next.problems).toEqual([]);
  });
});

describe('a run that is stopped by one call', () => {
  it('counts its jobs as stopped, and tells them, though the outcome of the run could not be recorded', async () => {
    const auto = await startAutoStop();
    const project = auto.emulator.addProject({ name: 'mobile' });
    const jobs = [{ testMinutes: 120 }, { testMinutes: 120 }];
    const run = auto.emulator.addRun({ project, name: 'wide', jobs });
    await auto.pass(61);
    const isOutcome = writesEvent('StopAccepted');
    auto.tables.fail({ match: (call) => isOutcome(call) && textIn(call, 'subject') === run.arn });

    const { stopped } = await auto.sweep();

    expect(stopped).toEqual(run.jobs);
    expect(auto.journal.requestsFor(run.arn)).toHaveLength(1);
    expect(auto.topic.published.map(({ subject }) => subject)).toEqual(['[AutoStop 123456789012] stopped 2']);
  });
});

describe('a stop whose outcome was written, and the reply of the table lost', () => {
  it.each([
    ['a queued job, which ends at once', { status: 'PENDING_DEVICE' }, 'queue-age'],
    ['a running job', { testMinutes: 120 }, 'job-duration'],
  ] as const)('counts as stopped, is told, and has its place under the cap: %s', async (_, seed, type) => {
    const safety = { maxStopsPerHour: 1 };
    const auto = await startAutoStop({ policy: { rules: [{ id: 'limit', type, maxMinutes: 60 }], safety } });
    const jobs = [addJob(auto, seed), addJob(auto, seed)].map(({ arn }) => arn);
    await auto.pass(62);
    auto.tables.fail({ match: writesEvent('StopAccepted'), when: 'after', times: 1 });

    const { stopped, heldBack } = await auto.sweep();

    expect(stopped).toHaveLength(1);
    expect(heldBack).toHaveLength(1);
    expect(stopCalls(auto)).toHaveLength(1);
    expect([...stopped, ...heldBack.map(({ arn }) => arn)].sort()).toEqual(jobs.sort());
    expect(auto.topic.published.map(({ subject }) => subject)).toEqual([
      '[AutoStop 123456789012] stopped 1, held back 1',
    ]);
  });
});

describe('a stop that Device Farm refused', () => {
  it('claims nothing when somebody else stops the work', async () => {
    const auto = await startAutoStop();
    const { arn } = addJob(auto);
    await auto.pass(61);
    const fault = { kind: 'error', name: 'ServiceAccountException' } as const;
    auto.emulator.faults.add({ ...fault, operation: 'StopJob', times: 10 });
    await auto.sweep();
    auto.emulator.faults.clear();
    await byHand(auto).send(new StopJobCommand({ arn }));
    await auto.pass(1);

    const { confirmed } = await auto.sweep();

    expect(confirmed).toEqual([]);
    const last = (await auto.trail(arn)).at(-1);
    expect(last).toMatchObject({ event: 'StopSkipped', reason: expect.stringContaining('somebody else') });
    expect(last).toMatchObject({ avoided: 0, avoidedMoney: 0 });
  });
});

describe('a stop whose outcome could not be written', () => {
  it('is told, and recorded by the next sweep', async () => {
    const auto = await startAutoStop();
    const { arn } = addJob(auto);
    await auto.pass(61);
    const mend = auto.tables.fail({ match: writesEvent('StopAccepted') });

    const { stopped, partial } = await auto.sweep();
    mend();
    await auto.pass(5);
    const next = await auto.sweep();

    expect({ stopped, partial }).toEqual({ stopped: [arn], partial: true });
    expect(next.confirmed).toEqual([arn]);
    expect(await auto.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted', 'StopConfirmed']);
    expect(auto.topic.published.map(({ subject }) => subject)).toEqual(['[AutoStop 123456789012] stopped 1']);
    expect(stopCalls(auto)).toHaveLength(1);
  });
});

describe('two invocations at once', () => {
  /** A sweep in another container runs as a whole while the first one's StopJob is under way. */
  async function sweepDuringStop() {
    const auto = await startAutoStop();
    const { arn } = addJob(auto);
    await auto.pass(61);
    let second: ReturnType<TestAutoStop['sweep']> | undefined;
    auto.emulator.onRequest = async (request) => {
      auto.journal.noteRequest(request);
      if (request.operation !== 'StopJob' || second) return;
      second = auto.sweep({ in: auto.container() });
      await second;
    };
    return { auto, arn, second: () => second };
  }

  it('make one call for a job, also when the first one is throttled after its intent', async () => {
    const { auto, arn, second } = await sweepDuringStop();
    auto.emulator.faults.add({ operation: 'StopJob', kind: 'error', name: 'ThrottlingException', times: 1 });

    const first = await auto.sweep();

    expect(first.stopped).toEqual([arn]);
    expect(await second()).toMatchObject({ stopped: [], alreadyStopping: [arn] });
    expect(auto.journal.requestsFor(arn)).toHaveLength(1);
    expect(await auto.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted']);
    expect(auto.topic.published).toHaveLength(1);
  });

  it('tell of a stop once, also when the second one begins after its effect and before its reply', async () => {
    const auto = await startAutoStop();
    const { arn } = addJob(auto);
    await auto.pass(61);
    let second: ReturnType<TestAutoStop['sweep']> | undefined;
    auto.emulator.onEffect = async ({ operation }) => {
      if (operation !== 'StopJob') return;
      second = auto.sweep({ in: auto.container() });
      await second;
    };

    const first = await auto.sweep();

    expect(first.stopped).toEqual([arn]);
    expect(await second).toMatchObject({ stopped: [] });
    expect(await auto.eventsOf(arn)).toEqual(['StopRequested', 'StopAccepted']);
    expect(auto.topic.published.map(({ subject }) => subject)).toEqual(['[AutoStop 123456789012] stopped 1']);
  });

  it('are not held off by an intent whose call was never made', async () => {
    const auto = await startAutoStop();
    const project = auto.emulator.addProject({ name: 'mobile' });
    const jobs = [{ testMinutes: 120 }, { testMinutes: 120 }];
    const run = auto.emulator.addRun({ project, name: 'wide', jobs });
    await auto.sweep();
    await auto.pass(61);
    const [, refused = ''] = run.jobs;
    const isRefused = writesEvent('StopRequested');
    const mend = auto.tables.fail({
      match: (call) => isRefused(call) && textIn(call, 'subject') === refused,
    });
    const first = await auto.sweep();
    mend();

    await auto.pass(1);
    const second = await auto.sweep({ in: auto.container() });

    expect([...first.stopped, ...second.stopped]).toEqual(run.jobs);
    expect(await auto.eventsOf(run.arn)).toEqual(['StopRequested', 'StopFailed']);
    auto.journal.expectStopsExplained();
  });

  it('wait four minutes at most for one that died after its intent', async () => {
    const { auto, arn } = await sweepDuringStop();
    let revive = () => {};
    auto.emulator.onRequest = ({ operation }) => {
      if (operation !== 'StopJob') return;
      revive = auto.tables.fail({ match: ({ table }) => table === AUDIT_TABLE });
      throw new Error('the process died');
    };
    await auto.sweep();
    revive();
    expect(await auto.eventsOf(arn)).toEqual(['StopRequested']);
    auto.emulator.onRequest = (request) => auto.journal.noteRequest(request);

    await auto.pass(1);
    expect(await auto.sweep({ in: auto.container() })).toMatchObject({ stopped: [], alreadyStopping: [arn] });
    await auto.pass(3);
    expect((await auto.sweep()).stopped).toEqual([arn]);
    expect(auto.journal.requestsFor(arn)).toHaveLength(1);
  });
});

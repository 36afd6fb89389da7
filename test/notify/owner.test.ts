import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { STATE_TABLE } from '../support/table-service.ts';
import { addJob, addSession } from '../support/work.ts';

interface Named {
  readonly variable?: string;
  /** Tags of the run, and of its project. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly projectTags?: Readonly<Record<string, string>>;
  readonly policy?: Partial<PolicyInput>;
}

/** AutoStop with one job that is over its limit of 60 minutes. */
async function withJob({ variable, tags = {}, projectTags = {}, policy }: Named = {}) {
  const auto = await startAutoStop({ policy });
  const project = auto.emulator.addProject({ name: 'mobile', tags: projectTags });
  const environmentVariables = [
    { name: 'API_TOKEN', value: 'secret' },
    ...(variable === undefined ? [] : [{ name: 'AUTOSTOP_OWNER', value: variable }]),
  ];
  const run = { project, tags, override: { environmentVariables } };
  const work = addJob(auto, { testMinutes: 1_000 }, { jobTimeoutMinutes: 1_000, ...run });
  await auto.pass(75);
  return { auto, ...work };
}

const told = ({ topic }: TestAutoStop) => topic.published.map(({ message }) => message).join('\n');
const ownersOf = async (auto: TestAutoStop, arn: string) =>
  new Set((await auto.trail(arn)).map(({ owner }) => owner));
const callsOf = ({ emulator }: TestAutoStop) => emulator.requests.map(({ operation }) => operation);

describe('the owner of a run', () => {
  it.each<[string, Named]>([
    ['its environment variable', { variable: 'ada' }],
    ['the tag of the run', { tags: { 'autostop:owner': 'ada' } }],
    ['the tag of its project', { projectTags: { 'autostop:owner': 'ada' } }],
    ['the variable before a tag', { variable: 'ada', tags: { 'autostop:owner': 'grace' } }],
    [
      'the tag of the run before that of the project',
      { tags: { 'autostop:owner': 'ada' }, projectTags: { 'autostop:owner': 'grace' } },
    ],
  ])('comes from %s, and is in the mail and in every record of the stop', async (_, named) => {
    const { auto, arn } = await withJob(named);

    await auto.sweep();
    await auto.pass(5);
    await auto.sweep();

    expect(told(auto)).toMatch(/limit 60 min \(rule long-jobs\).*\n {2}owner: ada\n {2}https:/);
    expect(told(auto)).not.toContain('grace');
    expect(await auto.eventsOf(arn)).toContain('StopConfirmed');
    expect(await ownersOf(auto, arn)).toEqual(new Set(['ada']));
  });

  it('of a run that an order names comes from its variable, also when nobody has listed its jobs', async () => {
    const { auto, run, arn } = await withJob({ variable: 'ada' });
    auto.emulator.faults.add({ kind: 'closed', operation: 'ListJobs' });

    await auto.send({ action: 'stop', target: run });

    expect(told(auto)).toContain('\n  owner: ada\n');
    expect(await ownersOf(auto, run)).toEqual(new Set(['ada']));
    expect(await auto.trail(arn)).toEqual([]);
  });

  it('is told when stops have no effect, and stands in the records of the whole run', async () => {
    const { auto, arn, run } = await withJob({ variable: 'ada' });
    auto.emulator.faults.add({ kind: 'ignoredStop', operation: '*' });

    for (let sweeps = 0; sweeps < 8; sweeps += 1) {
      await auto.sweep();
      await auto.pass(11);
    }

    const without = auto.topic.published.find(({ subject }) => subject.includes('without effect'));
    expect(without).toMatchObject({
      message: expect.stringContaining('\n  owner: ada\n'),
      attributes: { event: 'escalated', projects: ['mobile'] },
    });
    expect(await auto.eventsOf(run)).toContain('StopAccepted');
    expect([await ownersOf(auto, arn), await ownersOf(auto, run)]).toEqual(Array(2).fill(new Set(['ada'])));
  });

  it('is found again in the audit trail when the state table is lost', async () => {
    const { auto, arn } = await withJob({ tags: { 'autostop:owner': 'ada' } });
    await auto.sweep();
    await auto.loseState();
    await auto.pass(5);

    await auto.sweep();

    expect(await auto.eventsOf(arn)).toContain('StopConfirmed');
    expect(await ownersOf(auto, arn)).toEqual(new Set(['ada']));
  });

  it('is told of a would-be stop, of a warning and of an order too', async () => {
    const owner = { 'autostop:owner': 'ada' };
    const observed = await withJob({ tags: owner, policy: { mode: 'observe' } });
    await observed.auto.sweep();
    const rules = [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 90, warnMinutes: 20 }] as const;
    const warned = await withJob({ tags: owner, policy: { rules: [...rules] } });
    await warned.auto.sweep();
    const ordered = await withJob({ tags: owner });
    await ordered.auto.send({ action: 'stop', target: ordered.project });

    for (const { auto, arn } of [observed, warned, ordered]) {
      expect(told(auto)).toContain('\n  owner: ada\n');
      expect(await ownersOf(auto, arn)).toEqual(new Set(['ada']));
    }
    expect(told(warned.auto)).toContain('Will be stopped (1)');
  });

  it('stands in a mail that the topic took only later', async () => {
    const { auto } = await withJob({ variable: 'ada' });
    auto.topic.failures = 1;
    await auto.sweep();
    await auto.pass(5);

    await auto.sweep();

    expect(told(auto)).toContain('\n  owner: ada\n');
  });

  it('costs no call, and changes no decision', async () => {
    const [plain, owned] = [
      await withJob(),
      await withJob({ variable: 'ada', projectTags: { 'autostop:owner': 'x' } }),
    ];

    const sweeps = [await plain.auto.sweep(), await owned.auto.sweep()];

    expect(callsOf(owned.auto)).toEqual(callsOf(plain.auto));
    expect(sweeps.map(({ stopped }) => stopped.length)).toEqual([1, 1]);
    expect(told(plain.auto)).not.toContain('owner');
    expect(await ownersOf(plain.auto, plain.arn)).toEqual(new Set([undefined]));
  });

  it('of a session comes from the tag of its project', async () => {
    const auto = await startAutoStop();
    const project = auto.emulator.addProject({ name: 'lab', tags: { 'autostop:owner': 'ada' } });
    const arn = addSession(auto, { project });
    await auto.pass(75);

    await auto.sweep();

    expect(told(auto)).toContain('\n  owner: ada\n');
    expect(await ownersOf(auto, arn)).toEqual(new Set(['ada']));
  });

  it('is short and harmless, whatever somebody wrote there', async () => {
    const { auto, arn } = await withJob({
      variable: ` a\r\nTo: victim <b>\u202e https://evil.example ${'x'.repeat(200)}`,
    });

    await auto.sweep();

    const [owner = ''] = await ownersOf(auto, arn);
    expect(owner).toMatch(/^aTo: victim b https:\/\/evil\.example x+$/);
    expect(owner.length).toBeLessThanOrEqual(120);
    expect(told(auto)).toMatch(/\n {2}owner: aTo: victim b https: \/\/evil\.example x+\n/);
  });

  it.each(['', ' ', '\n\u202e'])('is nobody when it is written as %j', async (variable) => {
    const { auto, arn } = await withJob({ variable });

    await auto.sweep();

    expect(told(auto)).not.toContain('owner');
    expect(await ownersOf(auto, arn)).toEqual(new Set([undefined]));
  });

  it('is the only value of the environment that is kept', async () => {
    const { auto, arn } = await withJob({ variable: 'ada' });

    await auto.sweep();

    const { Items: state = [] } = await auto.dynamo.send(new ScanCommand({ TableName: STATE_TABLE }));
    const kept = JSON.stringify([await auto.trail(arn), told(auto), state]);
    expect(kept).toContain('ada');
    expect(kept).not.toContain('secret');
  });
});

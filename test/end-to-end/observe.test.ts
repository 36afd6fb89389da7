import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/core/policy/schema.ts';
import { deployGuard } from './deploy-guard.ts';
import { type Guard, MINUTE } from './start-guard.ts';

const ENDLESS = Number.POSITIVE_INFINITY;
const ALARM: { AlarmName: string } = JSON.parse(
  readFileSync(new URL('../golden/cloudwatch-alarm.json', import.meta.url), 'utf8'),
);
const POLICY: PolicyInput = {
  version: 1,
  mode: 'observe',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
  manualStop: { alarms: [{ name: ALARM.AlarmName, stop: 'all' }] },
};

/** Jobs that began a moment ago and are RUNNING for so many minutes, each in a run of its own. */
function addJobs({ emulator, clock }: Guard, minutes: readonly number[]): readonly string[] {
  const project = emulator.addProject({ name: 'mobile' });
  return minutes.map((each) => {
    const jobs = [{ setupMinutes: 0, teardownMinutes: 0, testMinutes: each }];
    return emulator.addRun({ project, created: clock.now(), jobs }).jobs[0] ?? '';
  });
}

/** Sweeps every five minutes from 5 minutes on; the last summary. */
async function sweepFor(guard: Guard, minutes: number) {
  let last = await guard.sweep();
  for (let passed = 0; passed < minutes; passed += 5) {
    guard.clock.advance(5 * MINUTE);
    last = await guard.sweep();
  }
  return last;
}

const endsIn = async (guard: Guard) =>
  (await guard.trail()).filter(({ event }) => event === 'WouldStopEnded');

describe('observe mode, through the bundles', () => {
  it('teaches how many stops would have been false, and by how much the limit is too low', async () => {
    const guard = await deployGuard(POLICY);
    const good = addJobs(guard, [66, 67, 68, 72]);
    const hung = addJobs(guard, [ENDLESS, ENDLESS]);

    const summary = await sweepFor(guard, 155);

    expect(summary.lessons).toMatchObject([
      {
        rule: 'long-jobs',
        ended: 6,
        falseStops: 4,
        rightStops: 2,
        falseStopRate: 0.667,
        endedWithin: { half: 2, ninety: 7, all: 7 },
        savedMinutes: 170,
        savedUsd: 28.9,
      },
    ]);
    const ends = await endsIn(guard);
    expect(ends.map(({ subject }) => subject).sort()).toEqual([...good, ...hung].sort());
    expect(guard.emulator.requests.filter(({ operation }) => operation.startsWith('Stop'))).toEqual([]);
    const sweeps = (await guard.trail()).filter(({ event }) => event === 'SweepCompleted');
    const last = sweeps.toSorted((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
    expect(last?.details).toMatchObject({ lessons: [{ rule: 'long-jobs', falseStopRate: 0.667 }] });
    expect(guard.deployment.messages.filter(({ subject }) => subject?.includes('taught'))).toHaveLength(1);
  });

  it('counts from the audit trail after its state was lost, and says nothing that it does not know', async () => {
    const guard = await deployGuard(POLICY);
    const [early = '', late = ''] = addJobs(guard, [68, 88]);
    await sweepFor(guard, 70);
    await guard.loseState();

    const summary = await sweepFor(guard, 20);

    expect(summary.lessons).toMatchObject([{ ended: 1, falseStops: 1, endedWithin: { all: 23 } }]);
    expect((await endsIn(guard)).map(({ subject }) => subject).sort()).toEqual([early, late].sort());
  });

  it('follows what a message of AWS would have stopped', async () => {
    const guard = await deployGuard(POLICY);
    const [arn] = addJobs(guard, [20]);
    guard.clock.advance(15 * MINUTE);
    await guard.publish(JSON.stringify(ALARM));

    const summary = await sweepFor(guard, 10);

    expect(summary.lessons).toMatchObject([{ rule: `alarm:${ALARM.AlarmName}`, falseStops: 1 }]);
    expect(await endsIn(guard)).toMatchObject([{ subject: arn, rule: `alarm:${ALARM.AlarmName}` }]);
  });
});

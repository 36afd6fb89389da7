import { describe, expect, it } from 'vitest';
import { keyOfAll, tellOnce, UNTOLD } from '../../lambda/notify/notifications.ts';
import { startAutoStop, type TestAutoStop } from '../support/auto-stop.ts';
import { ACCOUNT } from '../support/local-auto-stop.ts';
import { STATE_TABLE, touches, writesEvent } from '../support/table-service.ts';
import { addJob } from '../support/work.ts';

const OWNER = [{ name: 'AUTOSTOP_OWNER', value: 'ada' }];
const NEWS = { subject: 'breaker open', text: 'Stops are held.' };
const tell = (auto: TestAutoStop, key = 'breaker#1') => {
  const invocation = auto.begin({});
  return tellOnce(auto.services, key, NEWS, invocation).then((told) => ({
    told,
    problems: invocation.diagnostics.problems,
  }));
};
const subjects = ({ topic }: TestAutoStop) =>
  topic.published.map(({ subject }) => subject.replace(`[AutoStop ${ACCOUNT}] `, ''));
/** All texts together. */
const told = ({ topic }: TestAutoStop) => topic.published.map(({ message }) => message).join('\n');

describe('a notification', () => {
  it('is sent once, with the account in its subject', async () => {
    const auto = await startAutoStop();

    const results = [await tell(auto), await tell(auto)];

    expect(results).toMatchObject(Array(2).fill({ told: true, problems: [] }));
    expect(auto.topic.published).toMatchObject([
      {
        subject: `[AutoStop ${ACCOUNT}] breaker open`,
        message: 'Stops are held.\n\nWhat to do: docs/runbook.md of AutoStop',
      },
    ]);
  });

  it('that the topic did not take is a diagnostic, and sent by a later sweep, once', async () => {
    const auto = await startAutoStop();
    auto.topic.failures = 1;

    const first = await tell(auto);
    await auto.sweep();
    const early = subjects(auto);
    for (let count = 0; count < 3; count += 1) {
      await auto.pass(5);
      await auto.sweep();
    }

    expect(first).toMatchObject({
      told: false,
      problems: [expect.stringContaining('breaker#1 could not be')],
    });
    expect(early).toEqual([]);
    expect(auto.topic.published).toMatchObject([{ message: expect.stringContaining('Stops are held.') }]);
  });

  it('of an invocation that died is sent by a later sweep', async () => {
    const auto = await startAutoStop();
    auto.begin({});
    await auto.services.state.claim('breaker#1');
    await auto.services.state.put(UNTOLD, 'breaker#1', { ...NEWS, at: auto.clock.now() });
    await auto.pass(5);

    await auto.sweep();
    await auto.sweep();

    expect(auto.topic.published).toMatchObject([{ message: expect.stringContaining('Stops are held.') }]);
  });

  it('is sent by one of two invocations at once', async () => {
    const auto = await startAutoStop();

    await Promise.all([tell(auto), tell(auto)]);

    expect(auto.topic.published).toHaveLength(1);
  });

  it('is sent twice rather than never when its sender died before marking it', async () => {
    const auto = await startAutoStop();
    const isMark = (input: unknown) => JSON.stringify(input).includes('"told":{"BOOL":true}');
    const revive = auto.tables.fail({ match: ({ input }) => isMark(input) });
    await tell(auto);
    revive();

    for (let count = 0; count < 3; count += 1) {
      await auto.pass(5);
      await auto.sweep();
    }

    expect(auto.topic.published).toHaveLength(2);
  });

  it('of which nobody can tell whether it was sent is not sent', async () => {
    const auto = await startAutoStop();
    const repair = auto.tables.fail({ match: ({ table }) => table === STATE_TABLE });

    const first = await tell(auto);
    repair();
    const second = await tell(auto);

    expect([first.told, second.told]).toEqual([false, true]);
    expect(auto.topic.published).toHaveLength(1);
  });

  it('ends the telling of leftovers when the topic is down, so that stops do not wait', async () => {
    const auto = await startAutoStop();
    auto.topic.failures = 2;
    await tell(auto, 'a');
    await tell(auto, 'b');
    await auto.pass(5);
    auto.topic.failures = 100;

    await auto.sweep();

    expect(auto.topic.failures).toBe(99);
  });
});

describe('the key of a notification about several things', () => {
  const many = Array.from(
    { length: 100 },
    (_, index) => `arn:aws:devicefarm:us-west-2:${ACCOUNT}:job:${index}`,
  );

  it('is the same for the same things, in any order', () => {
    expect(keyOfAll('escalated', many)).toBe(keyOfAll('escalated', many.toReversed()));
  });

  it('is another one when anything is added or of another kind', () => {
    const keys = [
      keyOfAll('escalated', many),
      keyOfAll('escalated', [...many, 'more']),
      keyOfAll('warning', many),
    ];

    expect(new Set(keys).size).toBe(3);
  });
});

describe('people learn of every stop once', () => {
  const long = { testMinutes: 1_000 };
  const run = { jobTimeoutMinutes: 1_000 };

  it('when the topic fails at the end of a sweep', async () => {
    const auto = await startAutoStop();
    addJob(auto, long, run);
    await auto.pass(61);
    auto.topic.failures = 1;

    const sweep = await auto.sweep();
    for (let count = 0; count < 3; count += 1) {
      await auto.pass(5);
      await auto.sweep();
    }

    expect(sweep).toMatchObject({ partial: true, stopped: [expect.anything()] });
    expect(auto.troubles[0]).toBe(1);
    expect(subjects(auto)).toEqual(['stopped 1']);
    expect(told(auto)).toContain('mobile / nightly, Google Pixel 8');
  });

  it.each(['before', 'after'] as const)(
    'when the state table fails at the end of a sweep: %s it has written',
    async (when) => {
      const auto = await startAutoStop();
      addJob(auto, long, run);
      await auto.pass(61);
      let isDown = false;
      auto.tables.fail({
        match: (call) => {
          isDown ||= touches('PutItem', 'told')(call);
          return isDown && call.table === STATE_TABLE;
        },
        when,
      });

      const { stopped } = await auto.sweep();
      auto.tables.mend();
      for (let count = 0; count < 3; count += 1) {
        await auto.pass(5);
        await auto.sweep();
      }

      expect(stopped).toHaveLength(1);
      expect(subjects(auto)).toHaveLength(1);
      expect(told(auto)).toContain('mobile / nightly, Google Pixel 8');
    },
  );

  it.each([
    ['would stop', 'WouldStop', 'observe'],
    ['holds back in a pause', 'StopHeld', 'enforce'],
  ] as const)('when the reply to the record of what it %s is lost', async (_, event, mode) => {
    const auto = await startAutoStop({ policy: { mode } });
    if (mode === 'enforce') await auto.send({ action: 'pause' });
    addJob(auto, long, run);
    await auto.pass(61);
    auto.tables.fail({ match: ({ input }) => JSON.stringify(input).includes(`"${event}"`), when: 'after' });

    await auto.sweep();
    auto.tables.mend();
    for (let count = 0; count < 2; count += 1) {
      await auto.pass(5);
      await auto.sweep();
    }

    expect(told(auto).match(/mobile \/ nightly, Google Pixel 8/g)).toHaveLength(1);
  });

  it.each([
    ['has ended by the next sweep', 5],
    ['is still stopping at the next sweep', 0.1],
  ])('when nobody could tell whether a stop was made, and the work %s', async (_, minutes) => {
    const auto = await startAutoStop();
    addJob(auto, long, run);
    await auto.pass(61);
    auto.emulator.faults.add({ kind: 'closed', operation: 'StopJob', times: 1 });
    auto.tables.fail({
      match: writesEvent('StopRequested'),
      times: 1,
      until: async () => auto.emulator.faults.add({ kind: 'closed', operation: 'GetJob' }),
    });
    const { stopped } = await auto.sweep();
    auto.emulator.faults.clear();
    await auto.pass(minutes);

    const later = await auto.sweep();
    await auto.pass(5);
    await auto.sweep();

    expect([stopped.length, later.stopped.length]).toEqual([0, 1]);
    expect(subjects(auto)).toEqual(['stopped 1']);
    expect(told(auto)).toContain('mobile / nightly, Google Pixel 8');
  });

  it('when a sweep dies after six of twelve stops', async () => {
    const auto = await startAutoStop({ policy: { safety: { breaker: { percentOfActive: 100 } } } });
    for (let index = 0; index < 12; index += 1)
      addJob(auto, long, { ...run, name: `run-${index}`, override: { environmentVariables: OWNER } });
    await auto.pass(61);
    const sweep = auto.sweep({ id: 'dead', in: auto.container() });
    sweep.catch(() => undefined);
    const revive = await dieAfter(auto, 6);
    const stopped = auto.journal.stops().length;
    revive();
    await auto.pass(5);

    for (let count = 0; count < 3; count += 1) {
      await auto.sweep();
      await auto.pass(5);
    }

    expect(stopped).toBeLessThan(12);
    const names = [...told(auto).matchAll(/mobile \/ (run-\d+),/g)].map(([, name]) => name);
    expect(names.toSorted()).toEqual(Array.from({ length: 12 }, (_, index) => `run-${index}`).toSorted());
    expect(subjects(auto)[0]).toMatch(/^stopped \d+ in a sweep that did not finish$/);
    expect(auto.topic.published[0]).toMatchObject({
      message: expect.stringContaining('owner: ada'),
      attributes: { event: 'sweep', projects: ['mobile'] },
    });
  });

  it.each([
    {
      what: 'would stop',
      event: 'WouldStop',
      mode: 'observe',
      title: 'Would have stopped (observe mode)',
    },
    { what: 'holds back in a pause', event: 'StopHeld', mode: 'enforce', title: 'Held back' },
  ] as const)('when a sweep dies after it recorded some of what it $what', async ({ event, mode, title }) => {
    const auto = await startAutoStop({ policy: { mode } });
    if (mode === 'enforce') await auto.send({ action: 'pause' });
    for (let index = 0; index < 12; index += 1) addJob(auto, long, { ...run, name: `run-${index}` });
    await auto.pass(61);
    const sweep = auto.sweep({ id: 'dead', in: auto.container() });
    sweep.catch(() => undefined);
    const revive = await dieAfter(auto, 10, event);
    revive();
    await auto.pass(5);

    for (let count = 0; count < 3; count += 1) {
      await auto.sweep();
      await auto.pass(5);
    }

    const names = [...told(auto).matchAll(/mobile \/ (run-\d+),/g)].map(([, name]) => name);
    expect(names.toSorted()).toEqual(Array.from({ length: 12 }, (_, index) => `run-${index}`).toSorted());
    expect(told(auto)).toContain(`${title} (`);
    expect(subjects(auto)).toContainEqual(expect.stringMatching(/ in a sweep that did not finish$/));
  });
});

/** Whoever calls a table hangs for ever, once so many records are to be written. Gives what ends that for others. */
async function dieAfter(
  { tables }: TestAutoStop,
  count: number,
  event = 'StopAccepted',
): Promise<() => void> {
  let records = 0;
  let revive = () => {};
  await new Promise<void>((resolve) => {
    revive = tables.fail({
      match: ({ input }) => {
        if (JSON.stringify(input).includes(`"${event}"`)) records += 1;
        return records >= count;
      },
      until: () => {
        resolve();
        return new Promise(() => undefined);
      },
    });
  });
  return revive;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsCallError } from '../../../../lambda/core/errors.ts';
import { readLedger } from '../../../../lambda/use-cases/inventory/read-ledger.ts';
import { Problems } from '../../../../lambda/use-cases/problems.ts';
import { charge } from '../../../contract/ledger.ts';
import { BEGIN, policyOf } from '../../../harness/guard-in-process.ts';
import { type Container, openServices, startContainer } from '../../../harness/services.ts';

const HOUR = 3_600_000;
/** A quarter of an hour before midnight, so that the day of some charges ends while they are written. */
const START = BEGIN + 11.75 * HOUR;
const POLICY = policyOf();
const HOURS_BEFORE = [1, 1, 1, 20, 20, 20, 40, 40, 40];

/** Charge `n` has 2^n minutes: a sum of some tells which, and none can stand twice in it unnoticed. */
const POOL = HOURS_BEFORE.map((hours, n) =>
  charge({
    arn: `${charge().arn}${n}`,
    created: START - hours * HOUR,
    minutes: { total: 2 ** n, metered: 2 ** n, unmetered: 0 },
  }),
);

/** What one container does in a round, in this order; an invocation dies with the first of its calls that fails. */
const deeds = fc.array(
  fc.oneof(
    fc.record({
      add: fc.subarray(
        POOL.map((_, n) => n),
        { minLength: 1 },
      ),
    }),
    fc.constant('read' as const),
  ),
  { maxLength: 3 },
);
/** Two containers at once, calls of theirs that fail, and the minutes that pass meanwhile and afterwards. */
const round = fc.record({
  deeds: fc.tuple(deeds, deeds),
  failing: fc.array(
    fc.record({ call: fc.nat(15), when: fc.constantFrom('before' as const, 'after' as const) }),
    {
      maxLength: 2,
    },
  ),
  during: fc.nat(14),
  after: fc.constantFrom(0, 5, 21, 60),
});

type Deeds = typeof deeds extends fc.Arbitrary<infer T> ? T : never;
type Round = typeof round extends fc.Arbitrary<infer T> ? T : never;

describe('readLedger', () => {
  it('gives all charges that were written, whoever writes, keeps sums and dies meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(round, { minLength: 1, maxLength: 5 }), async (s, rounds) => {
        const world = await openWorld(s);

        for (const one of rounds) await world.play(one);

        expect(world.readings.filter(isWrong)).toEqual([]);
        // At rest it is exact: once from charges, once from the sums that were kept of them.
        world.pass(60);
        const figures = [await world.figure(), await world.figure()];
        const charges = await world.charges();
        expect(figures).toEqual([charges, charges]);
      }),
      { numRuns: 40 },
    );
  });
});

/** A figure, what had surely been written when its reading began, and what may have been when it ended; sets of bits. */
interface Read {
  readonly figure: number;
  readonly surely: number;
  readonly perhaps: number;
}

function isWrong({ figure, surely, perhaps }: Read): boolean {
  return (surely & ~figure) !== 0 || (figure & ~perhaps) !== 0;
}

async function openWorld(scheduler: fc.Scheduler) {
  const services = await openServices(START);
  const { clock, tables } = services;
  const containers = [startContainer(services), startContainer(services)] as const;
  const readings: Read[] = [];
  let acknowledged = 0;
  let begun = 0;
  const pass = (minutes: number) => clock.advance(minutes * 60_000);

  async function figure({ ports }: Container = containers[0]): Promise<number> {
    const at = { from: START - 48 * HOUR, now: clock.now() };
    const problems = new Problems();
    const { sums, charges } = await readLedger({ ...ports, keeper: ports }, POLICY, new Set(), at, problems);
    return [...sums, ...charges].reduce((sum, { minutes }) => sum + minutes.total, 0);
  }

  async function act(container: Container, all: Deeds): Promise<void> {
    for (const deed of all) {
      if (deed === 'read') {
        const surely = acknowledged;
        const found = await figure(container);
        readings.push({ figure: found, surely, perhaps: begun });
      } else {
        const bits = deed.add.reduce((sum, n) => sum | (2 ** n), 0);
        begun |= bits;
        await container.ports.ledger.add(POOL.filter((_, n) => deed.add.includes(n)));
        acknowledged |= bits;
      }
    }
  }

  return { readings, pass, figure: () => figure(), charges, play };

  async function charges(): Promise<number> {
    const found = await containers[1].ports.ledger.between(START - 48 * HOUR, clock.now());
    return found.reduce((sum, { minutes }) => sum + minutes.total, 0);
  }

  async function play({ deeds: both, failing, during, after }: Round): Promise<void> {
    const first = tables.calls.length;
    const error = { name: 'ValidationException', status: 400 };
    const faults = failing.map(({ call, when }) =>
      tables.fail({ when, error, times: 1, match: () => tables.calls.length - 1 === first + call }),
    );
    const turns = tables.fail({ match: () => true, until: () => scheduler.schedule(Promise.resolve()) });
    const acts = both.map((all, index) =>
      act(containers[index === 0 ? 0 : 1], all).catch((error_) => {
        if (!(error_ instanceof AwsCallError)) throw error_;
      }),
    );
    const time = scheduler.schedule(Promise.resolve()).then(() => pass(during));
    await scheduler.waitFor(Promise.all([...acts, time]));
    for (const end of [turns, ...faults]) end();
    pass(after);
  }
}

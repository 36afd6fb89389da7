import { describe, expect, it } from 'vitest';
import type { Options } from '../../emulator/options.ts';
import { seededRandom } from '../../emulator/random.ts';
import type { Usage } from '../../lambda/model.ts';
import { DAY, HOUR, iso, MINUTE } from '../../lambda/time.ts';
import { type Figures, FORECAST_FROM } from '../../lambda/usage/budgets.ts';
import type { Period } from '../../lambda/usage/periods.ts';
import { LIFETIME_HOURS } from '../../lambda/usage/settle.ts';
import { type InventoryWorld, openInventory, policyOf, type Taken } from './open-inventory.ts';

const ZONE = 'Europe/Berlin';
const STEP = 120;
/** The longest that anything may be RUNNING. */
const LONGEST_MINUTES = 150;
/** Rounding of money and of shares. */
const ROUNDING = 1e-4;

const budget = (id: string, period: 'day' | 'week') => ({
  id,
  type: 'budget' as const,
  period,
  limit: { meteredMinutes: 100_000 },
  thresholds: [{ percent: 1000, action: 'notify' as const }],
});
const POLICY = policyOf({ timezone: ZONE, rules: [budget('daily', 'day'), budget('weekly', 'week')] });

/** A run or session as it was seeded. */
interface Added {
  readonly arn: string;
  readonly project: string;
  readonly created: number;
  /** Its jobs, or itself. */
  readonly items: readonly string[];
}

/** Adds a random amount of random work, with overhead, setup and teardown that only the emulator knows. */
function seededWork({ emulator, clock }: InventoryWorld, seed: number) {
  const random = seededRandom(seed);
  const between = (from: number, to: number) => from + random() * (to - from);
  const pick = <T>(values: readonly [T, ...(readonly T[])]): T =>
    values[Math.floor(random() * values.length)] ?? values[0];
  const [mobile = '', web = '', labs = ''] = ['mobile', 'web', 'labs'].map((name) =>
    emulator.addProject({ name }),
  );
  const wear = () => ({
    prepareMinutes: between(0.05, 0.5),
    setupMinutes: between(0, 1),
    teardownMinutes: between(0.1, 2),
  });
  const job = () => ({
    ...wear(),
    startAfterMinutes: between(0.5, 15),
    testMinutes: random() < 0.05 ? Number.POSITIVE_INFINITY : between(1, 55),
  });
  return (): Added => {
    const project = pick([mobile, web, labs]);
    const billingMethod = random() < 0.25 ? 'UNMETERED' : 'METERED';
    // Created at any moment since the last look, also just before a period ends.
    const created = clock.now() - Math.floor(between(0, 5) * MINUTE);
    if (random() < 0.2) {
      const work = {
        ...wear(),
        sessionMinutes: between(2, 40),
        prepareMinutes: between(0.05, 0.3),
        startAfterMinutes: between(0.5, 3),
      };
      const arn = emulator.addSession({ project, billingMethod, created, ...work });
      return { arn, project, created, items: [arn] };
    }
    const jobs = Array.from({ length: 1 + Math.floor(random() * 4) }, job);
    const jobTimeoutMinutes = pick([150, 60, 90]);
    const run = emulator.addRun({ project, billingMethod, created, jobTimeoutMinutes, jobs });
    return { arn: run.arn, project, created, items: run.jobs };
  };
}

/** Metered minutes that a sweep stated for one period, and what was true at that moment. */
interface Stated extends Figures {
  readonly name: string;
  readonly now: number;
  readonly period: Period;
  readonly billed: number;
  /** Jobs and sessions that had not ended. */
  readonly inFlight: number;
  /** What was in sight: created in the period, by then, in the project. */
  readonly works: readonly Added[];
}

/** Every figure of a sweep: the budgets', the account's and each project's. */
function figuresOf(
  { budgets, lines }: Taken,
  {
    now,
    added,
    inFlight,
    billedBy,
  }: Pick<Stated, 'now'> & {
    readonly added: readonly Added[];
    readonly inFlight: ReadonlySet<string>;
    readonly billedBy: (arn: string) => number;
  },
): readonly Stated[] {
  const figures = [
    ...budgets.map((state) => ({ ...state, name: state.rule.id, project: undefined })),
    ...lines.map((line) => ({ ...line, name: line.project?.name ?? 'account' })),
  ];
  return figures.map(({ name, project, period, amounts }) => {
    const works = added.filter(
      (work) =>
        work.created >= period.start &&
        work.created < period.end &&
        (project === undefined || work.project === project.arn),
    );
    return {
      name: `${name} ${period.kind} ${period.label}`,
      now,
      period,
      ...amounts.meteredMinutes,
      billed: sum(works, billedBy),
      inFlight: works.flatMap(({ items }) => items).filter((arn) => inFlight.has(arn)).length,
      works,
    };
  });
}

/** What is wrong with a figure: more than the errors that an estimate may have. */
function faultIn(stated: Stated, finallyBilled: (arn: string) => number): string | undefined {
  const { name, now, period, spent, worstCase, forecast, billed, inFlight, works } = stated;
  const allowed = 0.02 * billed + 0.3 * inFlight + ROUNDING;
  const last = sum(works, finallyBilled);
  const share = (now - period.start) / (period.end - period.start);
  const expected = share >= FORECAST_FROM && share < 1 ? spent / share : undefined;
  const isForecast =
    forecast === undefined || expected === undefined
      ? forecast === expected
      : Math.abs(forecast - expected) < 0.01;
  const faults = [
    Math.abs(spent - billed) > allowed ? `spent is ${spent} for ${billed}, ${allowed} allowed` : '',
    worstCase < last - allowed ? `the worst case is ${worstCase}, and ${last} were billed at last` : '',
    worstCase - spent > inFlight * LONGEST_MINUTES + ROUNDING
      ? `the worst case is ${worstCase} for ${spent} spent`
      : '',
    isForecast ? '' : `the forecast is ${forecast} for ${expected}`,
  ].filter((text) => text !== '');
  return faults.length === 0 ? undefined : `${iso(now)} ${name}: ${faults.join('; ')}`;
}

function sum(works: readonly Added[], billedBy: (arn: string) => number): number {
  return works.reduce((total, { arn }) => total + billedBy(arn), 0);
}

/** Metered minutes that the emulator has billed until a moment, by the ARN of the run or session. */
function billedAt({ emulator }: InventoryWorld, now: number): (arn: string) => number {
  const { runs, sessions } = emulator.billed(now);
  return (arn) => (runs.get(arn) ?? sessions.get(arn))?.metered ?? 0;
}

/** Sweeps for a week, on new containers now and then, sometimes two at once. */
async function sweepAWeek(world: InventoryWorld, begin: number, seed: number) {
  const addWork = seededWork(world, seed);
  const added: Added[] = [];
  const sweeps: Taken[] = [];
  const stated: Stated[] = [];
  let container = world.container();
  let inFlight: readonly string[] = [];
  for (let step = 1; world.clock.now() < begin + 7 * DAY; step += 1) {
    world.pass(STEP);
    const now = world.clock.now();
    const fresh = addWork();
    added.push(fresh);
    inFlight = [...inFlight, ...fresh.items].filter((arn) => statusOf(world, arn) !== 'COMPLETED');
    if (step % 25 === 0) container = world.container();
    const other = step % 15 === 0 ? [world.container().take()] : [];
    const billedBy = billedAt(world, now);
    for (const taken of await Promise.all([container.take(), ...other])) {
      stated.push(...figuresOf(taken, { now, added, inFlight: new Set(inFlight), billedBy }));
      sweeps.push(taken);
    }
  }
  return { sweeps, stated };
}

function statusOf({ emulator }: InventoryWorld, arn: string): unknown {
  return Object.entries(emulator.show(arn) ?? {}).find(([member]) => member === 'status')?.[1];
}

function estimated(usages: readonly Usage[]): number {
  return usages.filter(({ estimateError }) => estimateError !== undefined).length;
}

describe('what is spent, the worst case and the forecast, over two weeks of work', () => {
  const weeks: readonly { counters: Options['counters']; clocks: string; begin: number; seed: number }[] = [
    { counters: 'settled', clocks: 'go back', begin: Date.UTC(2026, 9, 22, 4), seed: 11 },
    { counters: 'live', clocks: 'go forward', begin: Date.UTC(2027, 2, 25, 4), seed: 12 },
  ];

  it.each(weeks)(
    'are true of what is billed: counters $counters in flight, clocks that $clocks',
    async ({ counters, begin, seed }) => {
      const settleMinutes = counters === 'live' ? 0 : 2;
      const world = await openInventory({
        policy: POLICY,
        begin,
        emulator: { counters, settleMinutes, pageSize: 20 },
      });

      const { sweeps, stated } = await sweepAWeek(world, begin, seed);

      const finallyBilled = billedAt(world, world.clock.now() + LIFETIME_HOURS * HOUR);
      expect(stated.flatMap((figure) => faultIn(figure, finallyBilled) ?? [])).toEqual([]);
      // Two budgets, and the account and some projects by day and by week.
      expect(stated.length).toBeGreaterThan(6 * sweeps.length);
      expect(stated.some(({ forecast }) => forecast === undefined)).toBe(true);
      expect(stated.some(({ forecast }) => forecast !== undefined)).toBe(true);
      // Work went on across the ends of days: budgets of a day that was over and not settled.
      expect(sweeps.some(({ budgets }) => budgets.length > 2)).toBe(true);
      expect(sweeps.flatMap(({ problems }) => problems)).toEqual([]);
      expect(estimated(sweeps.flatMap(({ settled }) => settled))).toBeGreaterThan(40);
    },
  );
});

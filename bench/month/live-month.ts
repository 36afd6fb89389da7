import { parsePolicy } from '../../lambda/core/policy/parse-policy.ts';
import { sweep } from '../../lambda/use-cases/sweep/sweep.ts';
import { openServices, startContainer } from '../../test/harness/services.ts';
import { followClock } from '../days/follow-clock.ts';
import { addUsage, Meter, type Usage } from './meter.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const BEGIN = Date.UTC(2026, 7, 1);
const PROJECTS = ['android', 'ios', 'web', 'backend', 'design'];
/** Minutes between sweeps as deployed. */
const INTERVAL = 5;
/** Minutes between the sweeps that are measured, each of them one interval after another that is not. */
const SAMPLING = 60;
/** Minutes between the sweeps of a day that is not measured: they only bring the ledger forward. */
const COARSE = 360;

const POLICY = parsePolicy({
  version: 1,
  rules: [
    { id: 'long-jobs', type: 'job-duration', maxMinutes: 60 },
    budget('account', undefined),
    budget('android', { projects: ['android'] }),
    budget('main', { runs: ['main-*'] }),
  ],
});

/** One day of the month, measured. */
export interface MeasuredDay {
  readonly day: number;
  /** Runs in the ledger at its end. */
  readonly settledRuns: number;
  readonly sweeps: number;
  /** Of the measured sweeps together. */
  readonly usage: Usage;
  /** Read units of comparing each project with the ledger, once that day. */
  readonly comparing: number;
  /** Of the sweep that asked most of the tables. */
  readonly most: Usage;
  /** Read units of every charge since the beginning of the month, read once at noon. */
  readonly everyCharge: number;
  readonly problems: readonly string[];
}

/** A month in which so many runs are made each day, by builds with names of their own, swept by the guard itself. */
export async function liveMonth(
  runsPerDay: number,
  days: readonly number[],
): Promise<readonly MeasuredDay[]> {
  const services = await openServices(BEGIN, { pageSize: 100 });
  const leave = followClock(services.clock);
  try {
    const month = new Month(services, runsPerDay);
    const measured: MeasuredDay[] = [];
    for (let day = 1; day <= Math.max(...days); day += 1) {
      month.seed(day);
      if (days.includes(day)) measured.push(await month.measure(day));
      else await month.pass();
    }
    return measured;
  } finally {
    leave();
  }
}

class Month {
  readonly #services: Awaited<ReturnType<typeof openServices>>;
  readonly #container: ReturnType<typeof startContainer>;
  readonly #meter: Meter;
  readonly #projects: readonly string[];
  readonly #runsPerDay: number;
  readonly #problems: string[] = [];
  #made = 0;

  constructor(services: Awaited<ReturnType<typeof openServices>>, runsPerDay: number) {
    this.#services = services;
    this.#meter = new Meter(services);
    this.#container = startContainer(services);
    this.#projects = PROJECTS.map((name) => services.emulator.addProject({ name }));
    this.#runsPerDay = runsPerDay;
  }

  /** The runs of a day, spread over it: four on main, then one of a branch, project by project. */
  seed(day: number): void {
    const { emulator } = this.#services;
    for (let run = 0; run < this.#runsPerDay; run += 1) {
      const project = this.#projects[this.#made % this.#projects.length] ?? '';
      const name = `${this.#made % 4 === 3 ? 'branch' : 'main'}-${this.#made}`;
      const created = BEGIN + (day - 1) * DAY + Math.floor((run * DAY) / this.#runsPerDay);
      emulator.addRun({ project, name, created, jobs: [{ testMinutes: 3 + (this.#made % 20) }] });
      this.#made += 1;
    }
  }

  async pass(): Promise<void> {
    for (let minute = 0; minute < 1_440; minute += COARSE) await this.#sweepAfter(COARSE);
  }

  async measure(day: number): Promise<MeasuredDay> {
    const usages: Usage[] = [];
    const others: Usage[] = [];
    let everyCharge = 0;
    for (let minute = 0; minute < 1_440; minute += SAMPLING) {
      others.push(await this.#sweepAfter(SAMPLING - INTERVAL));
      usages.push(await this.#sweepAfter(INTERVAL));
      if (minute === 720) everyCharge = (await this.#meter.during(() => this.#readAll())).readUnits;
    }
    return {
      day,
      settledRuns: (await this.#readAll()).length,
      sweeps: usages.length,
      usage: addUsage(usages),
      comparing: addUsage([...usages, ...others]).comparing,
      most: usages.reduce((a, b) => (b.readUnits > a.readUnits ? b : a)),
      everyCharge,
      problems: this.#problems.splice(0),
    };
  }

  async #sweepAfter(minutes: number): Promise<Usage> {
    const { clock } = this.#services;
    const { ports, begin, lines, metrics } = this.#container;
    clock.advance(minutes * MINUTE);
    lines.length = 0;
    metrics.length = 0;
    const context = { policy: POLICY, policyVersion: 'bench', sweepId: `sweep-${clock.now()}` };
    return this.#meter.during(async () => {
      const { problems } = await sweep(ports, context, begin());
      this.#problems.push(...problems);
    });
  }

  #readAll() {
    return this.#container.ports.ledger.between(BEGIN, this.#services.clock.now());
  }
}

function budget(id: string, match: { projects: string[] } | { runs: string[] } | undefined) {
  return {
    id,
    type: 'budget' as const,
    period: 'month' as const,
    limit: { usd: 1_000_000 },
    ...(match === undefined ? {} : { match }),
    thresholds: [{ percent: 100, action: 'notify' as const }],
  };
}

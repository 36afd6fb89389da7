import { parseArn } from '../arn.ts';
import { type Controls, readControls } from '../controls/controls.ts';
import { ExemptionTags } from '../controls/tags.ts';
import type { Stop, StopResult } from '../model.ts';
import { exemptionFor, policyExemptions } from '../policy/exemption.ts';
import { rank, stopWithinCap } from '../stop/cap.ts';
import { held, holdOf, recordHolds } from '../stop/hold.ts';
import { observeAll } from '../stop/observe.ts';
import { stopAll } from '../stop/stop.ts';
import type { Snapshot } from '../store/state.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { StopOrder } from './meaning.ts';
import { type OrderTarget, type Settled, settledBy } from './memory.ts';
import { isBroad } from './targets.ts';

/** Stops of one batch: the tags of their runs are read before the first of them. */
const BATCH = 40;

/** Carries out one order: what is found is stopped at once, in batches, while more is being looked for. */
export class CarryOut {
  readonly #services: Services;
  readonly #order: StopOrder;
  readonly #actor: string;
  readonly #snapshot: Snapshot;
  readonly #invocation: Invocation;
  readonly #tags: ExemptionTags;
  readonly #targets: Map<string, OrderTarget>;
  readonly #results = new Map<string, StopResult>();
  #waiting: Stop[] = [];
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  #controls: Promise<Controls> | undefined;

  /** @param known targets of earlier deliveries, by ARN */
  constructor(
    services: Services,
    {
      order,
      actor,
      known,
    }: { order: StopOrder; actor: string; known: Readonly<Record<string, OrderTarget>> },
    snapshot: Snapshot,
    invocation: Invocation,
  ) {
    this.#services = services;
    this.#order = order;
    this.#actor = actor;
    this.#snapshot = snapshot;
    this.#invocation = invocation;
    this.#tags = new ExemptionTags(services, invocation, { write: true });
    this.#targets = new Map(Object.entries(known));
    this.#enqueue([...this.#targets.values()]);
  }

  /** Takes targets; those that are known already stay as they are. */
  take(found: readonly OrderTarget[]): void {
    const fresh = found.filter(({ target }) => !this.#targets.has(target.arn));
    for (const one of fresh) this.#targets.set(one.target.arn, one);
    this.#enqueue(fresh);
  }

  /** Waits for all stops. Gives every target with what became of it, and the results of this delivery. */
  async finish(): Promise<{
    readonly targets: ReadonlyMap<string, OrderTarget>;
    readonly results: readonly StopResult[];
  }> {
    await this.#working;
    return { targets: this.#targets, results: [...this.#results.values()] };
  }

  #enqueue(targets: readonly OrderTarget[]): void {
    const open = targets.filter(({ settled }) => settled === undefined);
    this.#waiting.push(...open.map(({ target }) => this.#stopOf(target)));
    if (this.#isWorking || this.#waiting.length === 0) return;
    this.#isWorking = true;
    this.#working = this.#work();
    // Whoever waits for it gets the error; nobody waits while more is being looked for.
    this.#working.catch(() => undefined);
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const ranked = rank(this.#waiting);
      this.#waiting = ranked.slice(BATCH);
      await this.#stop(ranked.slice(0, BATCH));
    }
    this.#isWorking = false;
  }

  async #stop(stops: readonly Stop[]): Promise<void> {
    const { open, held: kept } = await this.#hold(stops);
    // In observe mode nothing would be stopped, so an exemption saves nothing.
    if (!this.#isObserved) await recordHolds(this.#services, kept, this.#invocation);
    for (const result of kept) this.#settle(result.stop, result, settledBy(result));
    if (this.#isObserved) {
      await observeAll(this.#services, open, this.#invocation);
      for (const stop of open)
        this.#settle(stop, undefined, { kind: 'observed', reason: 'the policy is in observe mode' });
      return;
    }
    const results = await this.#make(open);
    const overCap = results.filter(({ kind }) => kind === 'held');
    await recordHolds(this.#services, overCap, this.#invocation);
    for (const result of results) this.#settle(result.stop, result, settledBy(result));
  }

  /** A person's order is carried out as a whole; a message of AWS stays within the cap. */
  #make(open: readonly Stop[]): Promise<readonly StopResult[]> {
    if (this.#order.rule === undefined) return stopAll(this.#services, open, this.#invocation);
    return stopWithinCap(this.#services, open, this.#snapshot, this.#invocation);
  }

  /** What pauses and exemptions keep. They are asked at each delivery: an order of yesterday heeds what holds today. */
  async #hold(
    found: readonly Stop[],
  ): Promise<{ readonly open: readonly Stop[]; readonly held: readonly StopResult[] }> {
    const { rule, ignoreExemptions, target } = this.#order;
    if (rule === undefined && (ignoreExemptions || !isBroad(target))) return { open: found, held: [] };
    this.#controls ??= readControls(this.#services, this.#invocation);
    const { pause, ...controls } = await this.#controls;
    const { now, policy } = this.#invocation;
    const known = [...policyExemptions(policy.exemptions), ...controls.exemptions];
    const unprotected = found.filter((stop) => exemptionFor(stop.target, known, now) === undefined);
    const isPaused = pause !== undefined && rule !== undefined && !this.#isObserved;
    if (!controls.unknown && !isPaused) await this.#tags.read(unprotected.map((stop) => stop.target));
    const exemptions = [...known, ...this.#tags.exemptions];
    const stops = found.map((stop) => ({ ...stop, target: this.#tags.owned(stop.target) }));
    const around: Controls = { ...controls, exemptions, ...(isPaused && { pause }) };
    const kept: StopResult[] = [];
    for (const stop of stops) {
      const exemption = exemptionFor(stop.target, exemptions, now);
      const hold = exemption
        ? { hold: 'exempt' as const, reason: `kept by ${exemption.why}` }
        : holdOf(stop, around, this.#invocation);
      if (hold) kept.push(held(stop, hold.hold, hold.reason));
    }
    const keptRuns = new Set(kept.map(({ stop }) => parseArn(stop.target.arn)?.runArn));
    const left = new Set(kept.map(({ stop }) => stop));
    for (const stop of stops) {
      // A run stands for all its jobs: with one of them kept it is not stopped as a whole.
      if (left.has(stop) || stop.target.kind !== 'run' || !keptRuns.has(stop.target.arn)) continue;
      kept.push(held(stop, 'exempt', 'some of its jobs are kept'));
      left.add(stop);
    }
    return { open: stops.filter((stop) => !left.has(stop)), held: kept };
  }

  get #isObserved(): boolean {
    return this.#order.rule !== undefined && this.#invocation.policy.mode === 'observe';
  }

  #stopOf(target: Stop['target']): Stop {
    const { reason, scope, rule, ignoreExemptions } = this.#order;
    return {
      target,
      reason: ignoreExemptions ? `${reason} (exempt work too)` : reason,
      scope,
      actor: this.#actor,
      rule,
      ignoresExemptions: rule === undefined && (ignoreExemptions || !isBroad(this.#order.target)),
    };
  }

  #settle({ target }: Stop, result: StopResult | undefined, settled: Settled | undefined): void {
    if (result) this.#results.set(target.arn, result);
    if (settled) this.#targets.set(target.arn, { target, settled });
  }
}

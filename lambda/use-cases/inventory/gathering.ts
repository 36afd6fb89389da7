import type { Charge } from '../../core/charge.ts';
import { AwsCallError, ListingError } from '../../core/errors.ts';
import type { ProjectMemory } from '../../core/inventory/project-memory.ts';
import type { ProjectSurvey } from '../../core/inventory/survey.ts';
import type { Job, Project, Session } from '../../core/service.ts';
import type { WorkItem } from '../../core/work-item.ts';
import type { Inventory } from './inventory.ts';

/** An inventory while it is taken. */
export class Gathering {
  readonly seen = new Map<string, Job | Session>();
  readonly #items: WorkItem[] = [];
  readonly #unsettled: Charge[] = [];
  readonly #settled: Charge[] = [];
  readonly #problems: string[] = [];
  #activeRuns = 0;
  #partial = false;
  #accessDenied = 0;
  #completeFrom: number | undefined = Number.NEGATIVE_INFINITY;

  problem(text: string, denied = false): void {
    this.#problems.push(text);
    this.#partial = true;
    if (denied) this.#accessDenied += 1;
  }

  /** Told, and nothing was hidden by it. */
  note(...texts: readonly string[]): void {
    this.#problems.push(...texts);
  }

  /** Turns the failure of a table into a problem; any other error goes on. */
  callProblem(what: string): (error: unknown) => undefined {
    return (error) => {
      if (!(error instanceof AwsCallError)) throw error;
      this.problem(`${what}: ${error.message}`, error.error.kind === 'accessDenied');
      return undefined;
    };
  }

  /** The same for the failure of a listing. */
  listingProblem(what: string, error: unknown): void {
    if (error instanceof ListingError) {
      this.problem(`${what}: ${error.message}`, error.error.kind === 'accessDenied');
    } else {
      this.callProblem(what)(error);
    }
  }

  take(found: ProjectSurvey, problems: readonly string[], accessDenied: number): void {
    this.#items.push(...found.items);
    this.#unsettled.push(...found.unsettled);
    this.#settled.push(...found.settled);
    for (const text of problems) this.problem(text);
    // What was read and cannot be judged is told, but nothing of it was hidden.
    this.note(...found.problems);
    this.#activeRuns += found.activeRuns;
    this.#accessDenied += accessDenied;
    this.#coveredFrom(found.memory);
  }

  /** What an unread project had in flight still counts as spent. */
  keepUnread(memory: ProjectMemory): void {
    this.#unsettled.push(...Object.values(memory.unsettled).map(({ charge }) => charge));
    this.#coveredFrom(memory);
  }

  /** There may be projects of which nothing is known. */
  uncovered(): void {
    this.#completeFrom = undefined;
  }

  #coveredFrom({ runs, sessions }: ProjectMemory): void {
    const from = [runs.settled?.from, sessions.settled?.from];
    this.#completeFrom =
      this.#completeFrom === undefined || from.includes(undefined)
        ? undefined
        : Math.max(this.#completeFrom, ...from.map((one) => one ?? 0));
  }

  result(projects: readonly Project[]): Inventory {
    return {
      projects,
      activeRuns: this.#activeRuns,
      items: this.#items,
      unsettled: this.#unsettled,
      settled: this.#settled,
      seen: this.seen,
      ...(this.#completeFrom === undefined ? {} : { completeFrom: this.#completeFrom }),
      partial: this.#partial,
      problems: this.#problems,
      accessDenied: this.#accessDenied,
    };
  }
}

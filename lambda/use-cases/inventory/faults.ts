import { ListingError } from '../../core/errors.ts';
import type { Project } from '../../core/service.ts';

/** What went wrong in one project, in words. */
export class Faults {
  readonly problems: string[] = [];
  readonly notes: string[] = [];
  accessDenied = 0;
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  /** Without an ARN work can be neither stopped, nor remembered, nor counted once: it is told and left out. */
  identified<T extends { readonly arn: string }>(items: readonly T[], what: string): readonly T[] {
    const known = items.filter(({ arn }) => arn !== '');
    if (known.length < items.length)
      this.problems.push(`project "${this.#project.name}": some of its ${what} have no ARN and are left out`);
    return known;
  }

  add(what: string, error: unknown): void {
    if (!(error instanceof ListingError)) throw error;
    this.refused(what, error.error);
  }

  refused(what: string, error: ListingError['error']): void {
    this.problems.push(this.#told(what, error));
  }

  note(what: string, error: unknown): void {
    if (!(error instanceof ListingError)) throw error;
    this.notes.push(this.#told(what, error.error));
  }

  #told(what: string, error: ListingError['error']): string {
    if (error.kind === 'accessDenied') this.accessDenied += 1;
    return `project "${this.#project.name}": ${what}: ${error.name}: ${error.message}`;
  }
}

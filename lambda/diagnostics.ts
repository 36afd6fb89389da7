import { AwsCallError, type ServiceError } from './errors.ts';

/** Collects the problems of one invocation, in words. */
export class Diagnostics {
  readonly #problems: string[] = [];
  readonly #failFast: boolean;
  /** Something that was due could not be seen or told. */
  partial = false;
  /** Calls that IAM refused. */
  accessDenied = 0;

  /** @param failFast a failing table or topic ends the work, for a person at a terminal who named it */
  constructor({ failFast = false }: { readonly failFast?: boolean } = {}) {
    this.#failFast = failFast;
  }

  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Something to tell that hides nothing. The same text counts once. */
  note(text: string): void {
    if (!this.#problems.includes(text)) this.#problems.push(text);
  }

  /** Something that hides work or a fact from this invocation. */
  hidden(text: string): void {
    this.partial = true;
    this.note(text);
  }

  /** A refusal by a service. Without `hides` the rest can still be seen. */
  refused(what: string, { kind, name, message }: ServiceError, { hides = false } = {}): void {
    if (kind === 'accessDenied') this.accessDenied += 1;
    if (hides) this.partial = true;
    this.note(`${what}: ${name}: ${message}`);
  }

  /**
   * The result of some work, or `instead` when a call to AWS fails it. One failing item is a diagnostic and the rest goes on.
   * Any other error is a mistake in the code and is thrown on.
   */
  async during<T>(what: string, work: Promise<T>, instead: T): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (this.#failFast || !(error instanceof AwsCallError)) throw error;
      if (error.error.kind === 'accessDenied') this.accessDenied += 1;
      this.hidden(`${what}: ${error.message}`);
      return instead;
    }
  }
}

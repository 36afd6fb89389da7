import { AwsCallError } from '../core/errors.ts';
import type { ServiceError } from '../core/service-error.ts';

/** Collects what went wrong in words. Only failures of tables and topics are taken; a mistake in the code goes on. */
export class Problems {
  readonly #goOn: boolean;
  readonly all: string[] = [];
  /** A table or topic failed, so that something was not seen or not told. */
  blind = false;
  /** Calls that IAM refused. */
  accessDenied = 0;

  /** @param goOn `false`: a table or topic that fails ends the work, as for somebody who named it and waits for an answer */
  constructor(goOn = true) {
    this.#goOn = goOn;
  }

  add(...texts: readonly string[]): void {
    this.all.push(...texts);
  }

  /** Something that the service refused, and without which the rest can be seen. */
  refused(what: string, { kind, name, message }: ServiceError): void {
    if (kind === 'accessDenied') this.accessDenied += 1;
    this.add(`${what}: ${name}: ${message}`);
  }

  /** The result of some work, or `instead` when a table or topic failed it. */
  async during<T>(what: string, work: Promise<T>, instead: T): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!this.#goOn || !(error instanceof AwsCallError)) throw error;
      this.blind = true;
      if (error.error.kind === 'accessDenied') this.accessDenied += 1;
      this.add(`${what}: ${error.message}`);
      return instead;
    }
  }
}

import type { ServiceError } from './service-error.ts';

/** A table or topic did not answer or refused. What was asked did not happen, or is not known to have happened. */
export class AwsCallError extends Error {
  override readonly name = 'AwsCallError';
  readonly code = 'AWS_CALL';
  readonly error: ServiceError;

  constructor(what: string, error: ServiceError) {
    super(`${what}: ${error.name}: ${error.message}`);
    this.error = error;
  }
}

/** A listing ended before its last page. The pages before it are good. */
export class ListingError extends Error {
  override readonly name = 'ListingError';
  readonly code = 'LISTING';
  readonly error: ServiceError;

  constructor(what: string, error: ServiceError) {
    super(`${what}: ${error.name}: ${error.message}`);
    this.error = error;
  }
}

/** A sweep could not read even the projects, so it could do nothing at all. */
export class SweepFailedError extends Error {
  override readonly name = 'SweepFailedError';
  readonly code = 'SWEEP_FAILED';
}

/** A manual stop is not done yet: Lambda must call again, and keep the message if that does not help. */
export class CommandUnfinishedError extends Error {
  override readonly name = 'CommandUnfinishedError';
  readonly code = 'COMMAND_UNFINISHED';
}

import { isRecord } from './text.ts';
import type { Deadline } from './time.ts';

/** A refusal by AWS in words that can be stored. It never holds a reply's body: replies hold signed URLs. */
export interface ServiceError {
  readonly name: string;
  readonly message: string;
  /** HTTP status, when there was a reply. */
  readonly status?: number;
  readonly kind: 'accessDenied' | 'throttled' | 'argument' | 'notFound' | 'unavailable' | 'other';
}

const KINDS: Readonly<Record<string, ServiceError['kind']>> = {
  AccessDeniedException: 'accessDenied',
  AccessDenied: 'accessDenied',
  AuthorizationError: 'accessDenied',
  AuthorizationErrorException: 'accessDenied',
  UnrecognizedClientException: 'accessDenied',
  ExpiredTokenException: 'accessDenied',
  ArgumentException: 'argument',
  ValidationException: 'argument',
  NotFoundException: 'notFound',
  LimitExceededException: 'throttled',
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  TooManyRequestsException: 'throttled',
  ProvisionedThroughputExceededException: 'throttled',
};

/**
 * An error of the SDK in words that can be stored. It is classified by HTTP status as well as by name: the HTML page of a
 * 503 surfaces as a SyntaxError (observed with the SDK against a local endpoint).
 */
export function describeError(error: unknown): ServiceError {
  const name = error instanceof Error ? error.name : 'UnknownError';
  const status = statusOf(error);
  return {
    name,
    message: (error instanceof Error ? error.message : String(error)).slice(0, 500),
    kind: kindOf(name, status),
    ...(status === undefined ? {} : { status }),
  };
}

function kindOf(name: string, status: number | undefined): ServiceError['kind'] {
  // A good reply that cannot be read is as good as lost.
  if (status !== undefined && (status >= 500 || status < 300)) return 'unavailable';
  if (Object.hasOwn(KINDS, name)) return KINDS[name] ?? 'other';
  if (status === 403) return 'accessDenied';
  if (status === 429) return 'throttled';
  // No reply at all: a timeout or a broken connection.
  return status === undefined ? 'unavailable' : 'other';
}

function statusOf(error: unknown): number | undefined {
  if (!isRecord(error) || !isRecord(error.$metadata)) return undefined;
  const { httpStatusCode } = error.$metadata;
  return typeof httpStatusCode === 'number' ? httpStatusCode : undefined;
}

/** A table, a topic or a listing of Device Farm did not answer or refused. Nobody knows whether the call had an effect. */
export class AwsCallError extends Error {
  override readonly name = 'AwsCallError';
  readonly code = 'AWS_CALL';
  readonly error: ServiceError;

  constructor(what: string, error: ServiceError) {
    super(`${what}: ${error.name}: ${error.message}`);
    this.error = error;
  }
}

/** A sweep could do nothing at all: not even the projects are known. */
export class SweepFailedError extends Error {
  override readonly name = 'SweepFailedError';
  readonly code = 'SWEEP_FAILED';
}

/** The invocation has no time for one more call. Nothing was sent. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTime';
  /** Looks like a reply, so that nobody takes it for a lost one. */
  readonly $metadata = { httpStatusCode: 408 };

  constructor() {
    super('no time is left in this invocation');
  }
}

/** Milliseconds that one request to AWS may take at most. */
export const REQUEST_LIMIT = 5_000;

/** Every client gives up a connection after a second and a request after five, so that one of them cannot use up an invocation. */
export const REQUEST_HANDLER = {
  connectionTimeout: 1_000,
  requestTimeout: REQUEST_LIMIT,
  throwOnRequestTimeout: true,
} as const;

/** Milliseconds that a call to DynamoDB, SNS or SQS may take at most with the SDK's own repetitions. */
const LONGEST_CALL = 10_000;
/** Milliseconds before the end of the invocation in which no such call is begun. */
const LAST_CALL = 500;

/**
 * Milliseconds that a call to DynamoDB, SNS or SQS may take now.
 * @throws OutOfTimeError when it could outlive the invocation
 */
export function timeForCall(deadline: Deadline): number {
  const left = deadline.msLeft();
  if (left < LAST_CALL) throw new OutOfTimeError();
  return Math.min(LONGEST_CALL, left);
}

import type { ServiceError } from '../core/service-error.ts';

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
 * An error of the SDK in words that can be stored. By HTTP status as well as by name: the HTML page of a 503 surfaces as
 * a SyntaxError (observed with the SDK against a local endpoint).
 */
export function describeError(error: unknown): ServiceError {
  const name = error instanceof Error ? error.name : 'UnknownError';
  const status = statusOf(error);
  return {
    name,
    message: error instanceof Error ? error.message.slice(0, 500) : String(error).slice(0, 500),
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
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

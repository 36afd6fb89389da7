import { AwsCallError, type ServiceError, SweepFailedError } from '../lambda/errors.ts';
import { PolicyError } from '../lambda/policy/faults.ts';
import { UsageError } from './command.ts';
import { inOneLine } from './table.ts';

/**
 * An expected failure in words: what happened and what to do. `undefined` for everything else, which is a mistake in this
 * program and deserves its stack trace.
 */
export function explainFailure(error: unknown): string | undefined {
  if (error instanceof UsageError) return error.message;
  const text = failureText(error);
  return text?.split('\n').map(inOneLine).join('\n');
}

function failureText(error: unknown): string | undefined {
  if (error instanceof PolicyError) return error.message;
  const cause = error instanceof SweepFailedError ? error.cause : error;
  if (cause instanceof AwsCallError) {
    const advice = adviceFor(cause.error);
    return `${cause.message}${advice ? `\n${advice}` : ''}`;
  }
  return error instanceof SweepFailedError ? error.message : undefined;
}

const SIGN_IN =
  'Sign in (aws sso login), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and try again.';

/** What helps against a refusal, where something is known to. */
export function adviceFor({ name, message, kind, status }: ServiceError): string | undefined {
  if (/Credentials|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|^TokenProvider/.test(name)) {
    return SIGN_IN;
  }
  if (/Region is missing/.test(message)) return 'Set AWS_REGION to the region of the stack.';
  if (name === 'ResourceNotFoundException' || name === 'NotFoundException') {
    return 'Take the name from the outputs of the stack, and set AWS_REGION to its region.';
  }
  if (kind === 'accessDenied') return 'Allow your role the action that the message names, and try again.';
  if (kind === 'unavailable' && status === undefined) {
    return 'AWS could not be reached; look at your network and at the AWS_ENDPOINT_URL variables.';
  }
  if (kind === 'throttled' || kind === 'unavailable') return 'AWS is busy; wait a little and try again.';
  return undefined;
}

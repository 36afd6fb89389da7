import { describe, expect, it } from 'vitest';
import { UsageError } from '../../cli/command.ts';
import { explainFailure } from '../../cli/explain-failure.ts';
import { AwsCallError, type ServiceError, SweepFailedError } from '../../lambda/errors.ts';

function refusal(error: Partial<ServiceError>): AwsCallError {
  return new AwsCallError('table trail could not be read', {
    name: 'Error',
    message: 'no',
    kind: 'other',
    ...error,
  });
}

describe('an expected failure', () => {
  it.each([
    [{ name: 'CredentialsProviderError', kind: 'unavailable' }, /aws sso login/],
    [{ name: 'ExpiredTokenException', kind: 'accessDenied' }, /aws sso login/],
    [{ name: 'UnrecognizedClientException', kind: 'accessDenied' }, /aws sso login/],
    [{ message: 'Region is missing', kind: 'unavailable' }, /Set AWS_REGION/],
    [{ name: 'ResourceNotFoundException' }, /outputs of the stack/],
    [{ name: 'NotFoundException', kind: 'notFound' }, /outputs of the stack/],
    [{ name: 'AccessDeniedException', kind: 'accessDenied' }, /Allow your role/],
    [{ name: 'TimeoutError', kind: 'unavailable' }, /could not be reached/],
    [{ name: 'InternalServerError', kind: 'unavailable', status: 500 }, /AWS is busy/],
    [{ name: 'ThrottlingException', kind: 'throttled', status: 400 }, /AWS is busy/],
  ] as const)('says what helps: %j', (error, advice) => {
    const text = explainFailure(refusal(error));

    expect(text).toMatch(/^table trail could not be read: /);
    expect(text?.split('\n')[1]).toMatch(advice);
  });

  it('is told alone when nothing is known to help', () => {
    const text = explainFailure(refusal({ name: 'Strange', message: 'thing' }));

    expect(text).toBe('table trail could not be read: Strange: thing');
  });

  it('is looked for behind a sweep that failed', () => {
    const cause = new AwsCallError('ListProjects', {
      name: 'AccessDenied',
      message: 'no',
      kind: 'accessDenied',
    });

    const text = explainFailure(new SweepFailedError(cause.message, { cause }));

    expect(text).toMatch(/^ListProjects: AccessDenied: no\nAllow your role/);
  });

  it('is the message of what was typed wrongly', () => {
    const text = explainFailure(new UsageError('day "x" is not a day'));

    expect(text).toBe('day "x" is not a day');
  });
});

describe('any other error', () => {
  it.each([[new TypeError('x is not a function')], ['a text'], [undefined]])(
    'is not explained: %s',
    (error) => {
      const text = explainFailure(error);

      expect(text).toBeUndefined();
    },
  );
});

import { expect, it } from 'vitest';
import { Diagnostics } from '../lambda/diagnostics.ts';
import { AwsCallError } from '../lambda/errors.ts';

const denied = new AwsCallError('table AuditTrail could not be read', {
  name: 'AccessDeniedException',
  message: 'no',
  kind: 'accessDenied',
});

it('goes on after a failed call, counts a refusal of IAM, and says that something is hidden', async () => {
  const diagnostics = new Diagnostics();
  expect(await diagnostics.during('budgets could not be worked out', Promise.reject(denied), 'none')).toBe(
    'none',
  );
  expect(diagnostics).toMatchObject({ partial: true, accessDenied: 1 });
  expect(diagnostics.problems).toEqual([
    'budgets could not be worked out: table AuditTrail could not be read: AccessDeniedException: no',
  ]);
});

it('lets a mistake in the code pass on', async () => {
  const mistake = new TypeError('not a function');
  await expect(new Diagnostics().during('x', Promise.reject(mistake), 0)).rejects.toBe(mistake);
});

it('ends the work of a person who named the table', async () => {
  const diagnostics = new Diagnostics({ failFast: true });
  await expect(diagnostics.during('x', Promise.reject(denied), 0)).rejects.toBe(denied);
});

it('tells the same problem once', () => {
  const diagnostics = new Diagnostics();
  diagnostics.note('a');
  diagnostics.hidden('a');
  expect(diagnostics.problems).toEqual(['a']);
  expect(diagnostics.partial).toBe(true);
});

import { AwsCallError } from '../../core/errors.ts';

/** An item of a table that the guard did not write, or that another version of it wrote. It counts as not readable. */
export function malformedItem(what: string, item: unknown): AwsCallError {
  const message = `${what}: ${JSON.stringify(item).slice(0, 200)}`;
  return new AwsCallError('an item of the table is not what was written', {
    name: 'MalformedItem',
    message,
    kind: 'other',
  });
}

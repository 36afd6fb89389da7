import { describe, expect, it } from 'vitest';
import { phaseOf, whyUnknown } from '../../../lambda/core/work-item.ts';

describe('phaseOf', () => {
  it.each([
    ['PENDING', 'queued'],
    ['PENDING_CONCURRENCY', 'queued'],
    ['PENDING_DEVICE', 'queued'],
    ['SCHEDULING', 'queued'],
    ['PREPARING', 'started'],
    ['RUNNING', 'started'],
    ['PROCESSING', 'started'],
    ['STOPPING', 'stopping'],
    ['COMPLETED', 'completed'],
  ])('takes %s for %s', (status, phase) => {
    expect(phaseOf(status)).toBe(phase);
  });

  it.each(['', 'running', 'STOPPED', ' RUNNING', 'toString', '__proto__', 'constructor'])(
    'does not know "%s"',
    (status) => {
      expect(phaseOf(status)).toBe('unknown');
    },
  );
});

describe('whyUnknown', () => {
  it.each([
    { status: 'NEW', why: 'status "NEW" is not known' },
    { status: 'RUNNING', why: '"odd" is not the ARN of a job or session' },
  ])('blames the status or the ARN: $status', ({ status, why }) => {
    expect(whyUnknown({ arn: 'odd', status })).toBe(why);
  });
});

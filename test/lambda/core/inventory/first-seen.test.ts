import { describe, expect, it } from 'vitest';
import { firstSeen } from '../../../../lambda/core/inventory/first-seen.ts';
import { now } from '../samples.ts';

const items = [{ arn: 'a' }, { arn: 'b' }];

describe('firstSeen', () => {
  it('is now for what was never seen, and keeps what was', () => {
    const seen = firstSeen({ runningSince: { a: now - 5 } }, now);

    expect([seen.runningSince('a'), seen.runningSince('b')]).toEqual([now - 5, now]);
    expect(seen.still(items)).toEqual({ a: now - 5, b: now });
  });

  it('remembers without beginning a clock', () => {
    const seen = firstSeen({ runningSince: { a: now - 5 } }, now);

    expect([seen.remembered('a'), seen.remembered('b')]).toEqual([now - 5, undefined]);
    expect(seen.still(items)).toEqual({ a: now - 5 });
  });

  it('forgets what nobody asked for, and what is no longer there', () => {
    const seen = firstSeen({ runningSince: { a: now - 5, b: now - 5 } }, now);
    seen.runningSince('b');

    expect(seen.still([{ arn: 'a' }])).toEqual({});
  });
});

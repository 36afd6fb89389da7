import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { followUpDetails, followUpOf } from '../../../../lambda/core/stops/follow-up.ts';

const known = fc.record(
  {
    billing: fc.constantFrom('metered' as const, 'unmetered' as const, 'unknown' as const),
    timeoutMinutes: fc.integer({ min: 5, max: 5_000 }),
  },
  { requiredKeys: [] },
);

describe('what a requested stop keeps for whoever follows it', () => {
  it('is what was known when it was requested', () => {
    fc.assert(
      fc.property(known, fc.constantFrom('any' as const, 'queued' as const), (work, only) => {
        const details = followUpDetails(work, only);

        expect(followUpOf({ details })).toEqual({ ...work, ...(only === 'queued' ? { only } : {}) });
      }),
    );
  });

  it.each([undefined, {}, { only: 'other', billing: 'free', timeoutMinutes: '60' }])(
    'means queued work alone when it is %j',
    (details) => {
      expect(followUpOf({ details })).toEqual({ only: 'queued' });
    },
  );
});

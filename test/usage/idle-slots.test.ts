import { describe, expect, it } from 'vitest';
import { idleSlots, idleSlotsSentence } from '../../lambda/usage/idle-slots.ts';
import { item } from '../support/samples.ts';

const slots = (jobs: Record<string, number>, sessions: Record<string, number> = {}) => ({
  unmeteredSlots: { jobs, sessions },
});
const android = item({ platform: 'ANDROID' });
const unmetered = item({ platform: 'ANDROID', billing: 'unmetered' });

describe('idle slots', () => {
  it.each([
    { what: 'a free slot', items: [android], ofAccount: slots({ ANDROID: 1 }), found: 1 },
    { what: 'no slot', items: [android], ofAccount: slots({ ANDROID: 0 }), found: 0 },
    { what: 'a slot of another platform', items: [android], ofAccount: slots({ IOS: 1 }), found: 0 },
    { what: 'a slot for sessions', items: [android], ofAccount: slots({}, { ANDROID: 1 }), found: 0 },
    { what: 'a slot in use', items: [android, unmetered], ofAccount: slots({ ANDROID: 1 }), found: 0 },
    {
      what: 'a slot that is waited for',
      items: [android, { ...unmetered, status: 'PENDING', phase: 'queued' as const }],
      ofAccount: slots({ ANDROID: 1 }),
      found: 0,
    },
    { what: 'one of two in use', items: [android, unmetered], ofAccount: slots({ ANDROID: 2 }), found: 1 },
    { what: 'no metered work', items: [unmetered], ofAccount: slots({ ANDROID: 5 }), found: 0 },
    {
      what: 'work of unknown billing',
      items: [item({ platform: 'ANDROID', billing: 'unknown' })],
      ofAccount: slots({ ANDROID: 5 }),
      found: 0,
    },
  ])('are found $found times with $what', ({ items, ofAccount, found }) => {
    expect(idleSlots(items, ofAccount)).toHaveLength(found);
  });

  it('are spoken of as one where one is idle', () => {
    const [one] = idleSlots([android], slots({ ANDROID: 1 }));

    expect(one && idleSlotsSentence(one)).toBe(
      '1 metered job on ANDROID in project "mobile" while 1 of 1 unmetered slots for jobs is idle',
    );
  });

  it('are counted by project and put into a sentence without what names may hide', () => {
    const web = { arn: 'web', name: 'web\u001b[31m' };
    const items = [android, android, item({ platform: 'ANDROID', project: web }), unmetered];

    const sentences = idleSlots(items, slots({ ANDROID: 3 })).map(idleSlotsSentence);

    expect(sentences).toEqual([
      '2 metered jobs on ANDROID in project "mobile" while 2 of 3 unmetered slots for jobs are idle',
      '1 metered job on ANDROID in project "web.[31m" while 2 of 3 unmetered slots for jobs are idle',
    ]);
  });
});

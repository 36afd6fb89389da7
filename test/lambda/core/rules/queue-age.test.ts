import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queueAge } from '../../../../lambda/core/rules/queue-age.ts';
import { hour, item, limitRule, minute, now } from '../samples.ts';

const rule = limitRule('queue-age', 240);
const queuedFor = (ms: number) => item({ status: 'PENDING_DEVICE', created: now - ms });
const queuedStatus = fc.constantFrom('PENDING', 'PENDING_CONCURRENCY', 'PENDING_DEVICE', 'SCHEDULING');

describe('queueAge', () => {
  it.each([
    { waited: 240 * minute - 1, verdict: 'within' },
    { waited: 240 * minute, verdict: 'within' },
    { waited: 240 * minute + 1, verdict: 'over' },
  ])('acts strictly above its limit: $waited ms is $verdict', ({ waited, verdict }) => {
    const finding = queueAge(rule, queuedFor(waited), now);

    expect(finding.verdict).toBe(verdict);
  });

  it.each(['PREPARING', 'RUNNING', 'PROCESSING', 'STOPPING', 'COMPLETED', '', 'NEW'])(
    'does not apply to status "%s", however old the work is',
    (status) => {
      const finding = queueAge(rule, item({ status, created: now - 24 * hour }), now);

      expect(finding.verdict).toBe('notApplicable');
    },
  );

  it('does not apply to an item that cannot be named', () => {
    const finding = queueAge(rule, { ...queuedFor(24 * hour), phase: 'unknown' }, now);

    expect(finding.verdict).toBe('notApplicable');
  });

  it('does not apply to work that does not say when it was created', () => {
    const finding = queueAge(rule, item({ status: 'PENDING', created: undefined }), now);

    expect(finding.verdict).toBe('notApplicable');
  });

  it('is within for work that seems to be created later than now', () => {
    const finding = queueAge(rule, queuedFor(-minute), now);

    expect(finding).toMatchObject({ verdict: 'within', reason: expect.stringContaining('waited 0 min') });
  });

  it('says minutes, device, status, limit and rule', () => {
    const { reason } = queueAge(rule, queuedFor(241 * minute), now);

    expect(reason).toBe('waited 241 min for Google Pixel 8 (PENDING_DEVICE); limit 240 min (rule limit)');
  });

  it('only ever stops while queued, and once over stays over as long as the work is queued', () => {
    const limits = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(limits, fc.nat(30 * hour), fc.nat(hour), queuedStatus, (limit, waited, later, status) => {
        const rule = limitRule('queue-age', limit);
        const work = item({ status, created: now - waited });

        const [first, second] = [queueAge(rule, work, now), queueAge(rule, work, now + later)];

        expect(first.verdict).toBe(waited > limit * minute ? 'over' : 'within');
        expect(second.verdict).toBe(waited + later > limit * minute ? 'over' : 'within');
        expect('only' in second ? second.only : 'queued').toBe('queued');
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../lambda/core/audit-record.ts';
import type { AuditTrail } from '../../lambda/ports.ts';

/** A record with everything that a record may have. */
export function auditRecord(part: Partial<AuditRecord> = {}): AuditRecord {
  return {
    subject: 'arn:aws:devicefarm:us-west-2:123456789012:job:p/r/00000',
    id: '001#1#StopRequested',
    event: 'StopRequested',
    actor: 'schedule',
    reason: 'ran 75 min',
    mode: 'enforce',
    policyVersion: 'v1',
    rule: 'long-jobs',
    attempt: 1,
    project: 'mobile',
    minutes: { total: 75.25, metered: 75.25, unmetered: 0 },
    money: 12_792_500,
    billed: true,
    details: { counts: { stopped: 1 } },
    ...part,
  };
}

/** What every audit trail does. `make` gives an empty one. */
export function auditTrailContract(name: string, make: () => Promise<AuditTrail>): void {
  describe(`${name}, as an audit trail`, () => {
    it('gives back what was added, with the time of writing', async () => {
      const trail = await make();
      const record = auditRecord();

      const result = await trail.add(record);

      expect(result).toBe('written');
      const [stored, ...others] = await trail.of(record.subject);
      expect(others).toEqual([]);
      expect(stored).toMatchObject(record);
      expect(stored?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(stored?.day).toBe(stored?.at.slice(0, 10));
    });

    it('never overwrites: of two records with one subject and id the first stays', async () => {
      const trail = await make();
      await trail.add(auditRecord({ reason: 'the first' }));

      const result = await trail.add(auditRecord({ reason: 'the second' }));

      expect(result).toBe('existed');
      expect(await trail.of(auditRecord().subject)).toMatchObject([{ reason: 'the first' }]);
    });

    it('keeps one of two that are added at once', async () => {
      const trail = await make();

      const results = await Promise.all([trail.add(auditRecord()), trail.add(auditRecord())]);

      expect(results.toSorted()).toEqual(['existed', 'written']);
    });

    it('lists a subject in the order of the ids, all of it and nothing else', async () => {
      const trail = await make();
      const reason = 'x'.repeat(40_000);
      const ids = Array.from(
        { length: 40 },
        (_, index) => `${String(index).padStart(3, '0')}#1#StopRequested`,
      );
      for (const id of ids.toReversed()) await trail.add(auditRecord({ id, reason }));
      await trail.add(auditRecord({ subject: 'guard' }));

      const records = await trail.of(auditRecord().subject);

      expect(records.map(({ id }) => id)).toEqual(ids);
    });

    it('lists only the ids that begin as asked', async () => {
      const trail = await make();
      const ids = ['CommandReceived#1', 'Guard', 'GuardPaused#1', 'GuardResumed#2', 'ThresholdCrossed#1'];
      for (const id of ids) await trail.add(auditRecord({ subject: 'guard', id }));
      await trail.add(auditRecord({ id: 'GuardPaused#3' }));

      const records = await trail.of('guard', 'Guard');

      expect(records.map(({ id }) => id)).toEqual(['Guard', 'GuardPaused#1', 'GuardResumed#2']);
    });

    it('knows nothing of a subject without records', async () => {
      const trail = await make();

      expect(await trail.of('nobody')).toEqual([]);
    });

    it('leaves out what is not given', async () => {
      const trail = await make();
      await trail.add(auditRecord({ rule: undefined, sweepId: undefined }));

      const [stored] = await trail.of(auditRecord().subject);

      expect(Object.keys(stored ?? {})).not.toContain('rule');
    });
  });
}

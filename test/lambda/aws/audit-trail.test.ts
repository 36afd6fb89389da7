import { describe, expect, it } from 'vitest';
import { auditTrail } from '../../../lambda/aws/audit-trail.ts';
import { Table } from '../../../lambda/aws/table.ts';
import { AwsCallError } from '../../../lambda/core/errors.ts';
import { auditRecord, auditTrailContract } from '../../contract/audit-trail.ts';
import { type Guard, startGuard } from '../../harness/guard-in-process.ts';
import { AUDIT_TABLE } from '../../harness/table-service.ts';

auditTrailContract('the audit table', async () => (await startGuard()).ports.audit);

const tableOf = ({ dynamo }: Guard) => new Table(dynamo, AUDIT_TABLE);

describe('auditTrail', () => {
  it('puts under a condition that nothing overwrites, and never updates or deletes', async () => {
    const guard = await startGuard();

    await guard.ports.audit.add(auditRecord());
    await guard.ports.audit.of('guard');

    expect(guard.tables.calls.map(({ operation }) => operation)).toEqual(['PutItem', 'Query']);
    expect(guard.tables.calls[0]?.input.ConditionExpression).toBe('attribute_not_exists(#subject)');
    expect(guard.tables.calls[1]?.input.ConsistentRead).toBe(true);
  });

  it('lists a UTC day in the order of writing', async () => {
    const guard = await startGuard();
    const trail = auditTrail(tableOf(guard), { clock: guard.clock.now });
    await trail.add(auditRecord({ subject: 'z' }));
    guard.pass(60 * 11.9);
    await trail.add(auditRecord({ subject: 'a' }));
    guard.pass(60 * 0.2);
    await trail.add(auditRecord({ subject: 'b' }));

    const [today, tomorrow] = [await trail.onDay('2026-08-07'), await trail.onDay('2026-08-08')];

    expect(today.map(({ subject }) => subject)).toEqual(['z', 'a']);
    expect(tomorrow.map(({ subject }) => subject)).toEqual(['b']);
  });

  it.each([
    { retentionDays: undefined, expires: undefined },
    { retentionDays: 30, expires: Date.UTC(2026, 8, 6, 12) / 1000 },
  ])('lets a record expire after $retentionDays days', async ({ retentionDays, expires }) => {
    const guard = await startGuard();
    const trail = auditTrail(tableOf(guard), { clock: guard.clock.now, retentionDays });
    await trail.add(auditRecord());

    const [stored] = await trail.of(auditRecord().subject);

    expect(stored).toHaveProperty('subject');
    expect(Object(stored).expires).toBe(expires);
  });

  it.each(['GuardPaused', 'GuardResumed', 'ExemptionGranted', 'ExemptionRevoked'] as const)(
    'keeps %s for longer than it can hold, whatever the retention',
    async (event) => {
      const guard = await startGuard();
      const trail = auditTrail(tableOf(guard), { clock: guard.clock.now, retentionDays: 1 });
      await trail.add(auditRecord({ subject: 'guard', event }));

      const [stored] = await trail.of('guard');

      expect(Object(stored).expires).toBe(Date.UTC(2026, 8, 8, 12) / 1000);
    },
  );

  it('refuses to go on from a record that it did not write', async () => {
    const guard = await startGuard();
    await tableOf(guard).put({ subject: 'guard', id: 'x', event: 7 });

    const reading = guard.ports.audit.of('guard');

    await expect(reading).rejects.toThrow(AwsCallError);
    await expect(reading).rejects.toThrow('event');
  });

  it.each([
    { name: 'InternalServerError', status: 500, kind: 'unavailable' },
    { name: 'AccessDeniedException', status: 400, kind: 'accessDenied' },
    { name: 'ProvisionedThroughputExceededException', status: 400, kind: 'throttled' },
  ])('says what kind of failure $name is', async ({ kind, ...error }) => {
    const guard = await startGuard();
    guard.tables.fail({ match: () => true, error });

    await expect(guard.ports.audit.add(auditRecord())).rejects.toMatchObject({ error: { kind } });
    await expect(guard.ports.audit.of('guard')).rejects.toMatchObject({ error: { kind } });
  });
});

import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../lambda/model.ts';
import { AuditTrail } from '../../lambda/store/audit-trail.ts';
import { attemptsIn, GUARD, ids } from '../../lambda/store/ids.ts';
import { Table } from '../../lambda/store/table.ts';
import { DAY } from '../../lambda/time.ts';
import { BEGIN } from '../support/begin.ts';
import { openTables } from '../support/open-tables.ts';
import { AUDIT_TABLE } from '../support/table-service.ts';

const ARN = 'arn:aws:devicefarm:us-west-2:123456789012:job:p/r/00000';

function record(part: Partial<AuditRecord> = {}): AuditRecord {
  return {
    subject: ARN,
    id: ids.stop(1, 'StopRequested'),
    event: 'StopRequested',
    actor: 'schedule',
    reason: 'ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs)',
    mode: 'enforce',
    policyVersion: 'v1',
    ...part,
  };
}

async function open(retentionDays?: number) {
  const { dynamo, time, tables } = await openTables();
  const table = new Table(dynamo, AUDIT_TABLE, time, { msLeft: () => 240_000 });
  return { audit: new AuditTrail(table, time, retentionDays), table, tables };
}

it('adds a record once and leaves the first as it is', async () => {
  const { audit } = await open();
  expect(await audit.add(record())).toBe('written');
  expect(await audit.add(record({ reason: 'another reason' }))).toBe('existed');
  expect(await audit.of(ARN)).toEqual([
    { ...record(), at: new Date(BEGIN).toISOString(), day: '2026-08-07' },
  ]);
});

it('keeps the steps of attempts in their order', async () => {
  const { audit } = await open();
  const steps = [
    [2, 'StopRequested'],
    [1, 'StopConfirmed'],
    [1, 'StopAccepted'],
    [10, 'StopRequested'],
    [1, 'StopRequested'],
  ] as const;
  for (const [attempt, event] of steps)
    await audit.add(record({ id: ids.stop(attempt, event), event, attempt }));
  const found = await audit.of(ARN);
  expect(found.map(({ id }) => id)).toEqual([
    '001#1#StopRequested',
    '001#2#StopAccepted',
    '001#3#StopConfirmed',
    '002#1#StopRequested',
    '010#1#StopRequested',
  ]);
  expect(attemptsIn(found)).toBe(10);
});

it('counts intents as attempts, so that a skip hides nothing', () => {
  const skipped = {
    ...record({ id: ids.stop(1, 'StopSkipped'), event: 'StopSkipped', attempt: 1 }),
    at: '',
    day: '',
  };
  expect(attemptsIn([skipped])).toBe(0);
});

describe('expiry', () => {
  const expiresOf = async (retention: number | undefined, part: Partial<AuditRecord>) => {
    const { audit, tables } = await open(retention);
    await audit.add(record(part));
    const item = tables.calls.at(-1)?.input.Item as { expires?: { N: string } } | undefined;
    return item?.expires && (Number(item.expires.N) * 1000 - BEGIN) / DAY;
  };

  it.each([
    ['keeps records for ever by default', undefined, {}, undefined],
    ['keeps records as long as it is told', 7, {}, 7],
    ['lets sweeps expire after 400 days in any case', undefined, { event: 'SweepCompleted' as const }, 400],
    ['lets sweeps expire with the retention', 30, { event: 'SweepCompleted' as const }, 30],
    ['keeps pauses longer than they can hold', 7, { event: 'GuardPaused' as const }, 32],
    ['keeps revocations longer than a grant can hold', 7, { event: 'ExemptionRevoked' as const }, 32],
  ])('%s', async (_, retention, part, days) => {
    expect(await expiresOf(retention, part)).toBe(days);
  });
});

it('reads only the pauses and exemptions that were sent since a moment, in the order of sending', async () => {
  const { audit } = await open();
  const add = (sentAt: number, message: string) =>
    audit.add(
      record({ subject: GUARD, id: ids.control(sentAt, 'GuardPaused', message), event: 'GuardPaused' }),
    );
  await add(BEGIN, 'c');
  await add(BEGIN - 2 * DAY, 'a');
  await add(BEGIN - DAY, 'b');
  await audit.add(
    record({ subject: GUARD, id: ids.order('CommandReceived', 'x'), event: 'CommandReceived' }),
  );
  const found = await audit.controlsSince(BEGIN - DAY, (what) => expect.unreachable(what));
  expect(found.map(({ id }) => id.split('#').at(-1))).toEqual(['b', 'c']);
});

it('tells of a malformed record and gives the others', async () => {
  const { audit, table } = await open();
  await audit.add(record());
  await table.put({ subject: ARN, id: '000' });
  const told: string[] = [];
  expect(await audit.of(ARN, undefined, (what) => told.push(what))).toHaveLength(1);
  expect(told).toEqual([`audit record ${ARN} 000 has no event`]);
  await expect(audit.of(ARN)).rejects.toThrow(/has no event/);
});

it('finds the records of a day', async () => {
  const { audit } = await open();
  await audit.add(record());
  expect(await audit.onDay('2026-08-07')).toHaveLength(1);
  expect(await audit.onDay('2026-08-08')).toEqual([]);
});

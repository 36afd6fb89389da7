import { DeviceFarmEmulator } from '../../emulator/emulator.ts';
import { DeviceFarm, farmClient } from '../../lambda/device-farm/device-farm.ts';
import { Diagnostics } from '../../lambda/diagnostics.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import type { Policy, PolicyInput } from '../../lambda/policy/schema.ts';
import { AuditTrail } from '../../lambda/store/audit-trail.ts';
import { Histories } from '../../lambda/store/histories.ts';
import { Ledger } from '../../lambda/store/ledger.ts';
import { Snapshot, State } from '../../lambda/store/state.ts';
import { Table } from '../../lambda/store/table.ts';
import { tally } from '../../lambda/sweep/assess.ts';
import { takeInventory } from '../../lambda/sweep/inventory.ts';
import { MINUTE } from '../../lambda/time.ts';
import { CurrentDeadline, type Invocation } from '../../lambda/wiring.ts';
import { openTables } from '../support/open-tables.ts';
import { ACCOUNT } from '../support/samples.ts';
import { STATE_TABLE } from '../support/table-service.ts';

type EmulatorOptions = ConstructorParameters<typeof DeviceFarmEmulator>[0];

export type InventoryWorld = Awaited<ReturnType<typeof openInventory>>;
export type Container = ReturnType<InventoryWorld['container']>;
export type Taken = Awaited<ReturnType<Container['take']>>;

export function policyOf(part: Partial<PolicyInput> = {}): Policy {
  return parsePolicy({
    version: 1,
    rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }],
    ...part,
  });
}

/** A budget of a month that only notifies: figures look back to the first day of the month. */
export const MONTHLY = policyOf({
  rules: [
    {
      id: 'month',
      type: 'budget',
      period: 'month',
      limit: { usd: 1000 },
      thresholds: [{ percent: 100, action: 'notify' }],
    },
  ],
});

interface TakeOptions {
  /** @default true */
  readonly write?: boolean;
  /** @default 240,000 ms */
  readonly timeout?: number;
  /** The state table could not be read. */
  readonly isBlind?: boolean;
  readonly policy?: Policy;
}

/** The inventory and tally of sweeps on the emulator and DynamoDB in memory, on a virtual clock. */
export async function openInventory({
  policy = policyOf(),
  emulator: options,
  begin,
}: {
  readonly policy?: Policy;
  readonly emulator?: Omit<Partial<EmulatorOptions>, 'now'>;
  readonly begin?: number;
} = {}) {
  const { clock, tables, dynamo, time } = await openTables(true);
  if (begin !== undefined) clock.advanceTo(begin);
  const emulator = new DeviceFarmEmulator({ now: clock.now, pageSize: 3, ...options });
  // Inventory reads and writes no audit record.
  const audit = new AuditTrail(new Table(dynamo, 'none', time, { msLeft: () => 0 }), time);
  let sweeps = 0;

  /** A container of the function: its own clients, buckets and caches. */
  function container() {
    const deadline = new CurrentDeadline();
    const farm = new DeviceFarm(
      farmClient({
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        requestHandler: emulator.requestHandler(),
      }),
      { time, deadline, apiShare: 0.5 },
    );
    const table = new Table(dynamo, STATE_TABLE, time, deadline);
    const state = new State(table, time);
    const services = { farm, state, ledger: new Ledger(table, time), histories: new Histories(table, time) };
    const begin = ({ timeout = 240_000, policy: other = policy }): Invocation => {
      sweeps += 1;
      const began = clock.now();
      const msLeft = () => began + timeout - clock.now();
      deadline.begin(msLeft);
      farm.begin();
      return {
        id: `sweep-${sweeps}`,
        now: began,
        msLeft,
        policy: other,
        policyVersion: 'test',
        accountId: ACCOUNT,
        accountName: ACCOUNT,
        diagnostics: new Diagnostics(),
      };
    };
    const inTime = <T>(work: () => Promise<T>): Promise<T> => {
      deadline.begin(() => 60_000);
      return work();
    };
    return {
      services,
      table,
      /** A call of the test itself: it has all the time that it wants. */
      inTime,
      /** What a sweep (or with `write: false` a plan) takes in. */
      async take({ write = true, timeout, policy: other, isBlind = false }: TakeOptions = {}) {
        const invocation = begin({ timeout, policy: other });
        const { diagnostics, now } = invocation;
        const snapshot = isBlind ? new Snapshot([], new Set()) : await state.load();
        const inventory = await takeInventory({ ...services, audit }, snapshot, invocation, { write });
        const took = clock.now() - now;
        const figures = await tally(services, inventory, invocation, { write });
        if (write) await state.removeMalformed(diagnostics);
        return { ...inventory, ...figures, diagnostics, problems: diagnostics.problems, snapshot, took };
      },
      /** The tally alone. */
      async tally(taken: Parameters<typeof tally>[1], { write = true, policy: other }: TakeOptions = {}) {
        const invocation = begin({ policy: other });
        const figures = await tally(services, taken, invocation, { write });
        return { ...figures, problems: invocation.diagnostics.problems };
      },
      /** Minutes of the last successful jobs of a run name, by device. */
      async durationsOf(projectArn: string, runName: string) {
        const samples = await inTime(() => services.histories.of(projectArn, runName));
        return [...samples].map(([device, all]) => [device, all.map(({ minutes }) => minutes)]);
      },
      /** What the ledger holds of work created since then. */
      async ledgerSince(from = 0) {
        return (await inTime(() => services.ledger.read(from, () => {}))).usages;
      },
    };
  }
  const main = container();
  return {
    clock,
    tables,
    emulator,
    ...main,
    container,
    pass: (minutes: number) => clock.advance(minutes * MINUTE),
    /** How often each operation was asked during some work. */
    async requestsDuring(work: () => Promise<unknown>): Promise<Record<string, number>> {
      const before = emulator.requests.length;
      await work();
      const counts: Record<string, number> = {};
      for (const { operation } of emulator.requests.slice(before))
        counts[operation] = (counts[operation] ?? 0) + 1;
      return counts;
    },
    /** Operations on the state table during some work, those that write with the partition. */
    async tableCallsDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
      const before = tables.calls.length;
      await work();
      return tables.calls.slice(before).map(({ operation, input }) => {
        const text = JSON.stringify(input.Item ?? input.ExpressionAttributeValues ?? input.RequestItems);
        const pk = /"(?:pk|:key)":\{"S":"([^"]*)"/.exec(text)?.[1];
        const sk = /"sk":\{"S":"([a-z]+)#/.exec(text)?.[1];
        return [operation, pk, sk].filter((part) => part !== undefined).join(' ');
      });
    },
  };
}

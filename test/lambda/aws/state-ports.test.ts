import { describe, expect, it } from 'vitest';
import { Table } from '../../../lambda/aws/table.ts';
import { AwsCallError } from '../../../lambda/core/errors.ts';
import { blankMemory } from '../../../lambda/core/survey.ts';
import { commandsContract } from '../../contract/commands.ts';
import { ledgerContract } from '../../contract/ledger.ts';
import { openStopsContract } from '../../contract/open-stops.ts';
import { projectMemoriesContract } from '../../contract/project-memories.ts';
import { tellingsContract } from '../../contract/tellings.ts';
import { startGuard } from '../../harness/guard-in-process.ts';
import { STATE_TABLE } from '../../harness/table-service.ts';

ledgerContract('the state table', async () => (await startGuard()).ports.ledger);
projectMemoriesContract('the state table', async () => (await startGuard()).ports.memories);
openStopsContract('the state table', async () => (await startGuard()).ports.openStops);
commandsContract('the state table', async () => (await startGuard()).ports.commands);
tellingsContract('the state table', async () => {
  const { ports, pass } = await startGuard();
  return { tellings: ports.tellings, pass };
});

describe('the state table with items of another version', () => {
  async function tableWith(item: Record<string, unknown>) {
    const guard = await startGuard();
    await new Table(guard.dynamo, STATE_TABLE).put(item);
    return guard.ports;
  }

  it('takes a memory that it cannot read for none, and replaces it', async () => {
    const { memories } = await tableWith({ pk: 'project', sk: 'p', version: 3, memory: { projectArn: 'p' } });

    const [found] = [...(await memories.all()).values()];
    const saved = await memories.save(blankMemoryOf(found?.version));

    expect(found).toEqual({ ...blankMemory('p'), version: 3 });
    expect(saved).toBe(true);
    expect((await memories.all()).get('p')?.version).toBe(4);
  });

  it('does not count a charge that it cannot read as nothing', async () => {
    const { ledger } = await tableWith({ pk: 'ledger#2026-08-07', sk: 'r', charge: { arn: 'r' } });

    const reading = ledger.between(Date.UTC(2026, 7, 7), Date.UTC(2026, 7, 8));

    await expect(reading).rejects.toThrow(AwsCallError);
  });
});

function blankMemoryOf(version = 0) {
  return { ...blankMemory('p'), version };
}

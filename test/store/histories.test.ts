import { describe, expect, it } from 'vitest';
import { Histories } from '../../lambda/store/histories.ts';
import { Table } from '../../lambda/store/table.ts';
import { HISTORY_SIZE } from '../../lambda/usage/histories.ts';
import { openTables } from '../support/open-tables.ts';
import { projectArn } from '../support/samples.ts';
import { STATE_TABLE } from '../support/table-service.ts';

async function open() {
  const { dynamo, time, tables } = await openTables();
  const table = new Table(dynamo, STATE_TABLE, time, { msLeft: () => 60_000 });
  return { histories: new Histories(table, time), table, tables };
}

const PIXEL = 'Google Pixel 8';
const samples = (...minutes: readonly number[]) =>
  new Map([[PIXEL, minutes.map((one) => ({ job: `r${one}/00000`, minutes: one }))]]);

describe('the histories of jobs', () => {
  it('are kept by run name and device', async () => {
    const { histories } = await open();
    await histories.add(projectArn(), 'nightly', samples(10, 20, 30));
    await histories.add(projectArn(), 'smoke', samples(1));

    expect(await histories.of(projectArn(), 'nightly')).toEqual(samples(10, 20, 30));
    expect(await histories.of(projectArn('other'), 'nightly')).toEqual(new Map());
    expect(await histories.usualMinutes(projectArn(), 'nightly', PIXEL)).toBe(20);
    expect(await histories.usualMinutes(projectArn(), 'smoke', PIXEL)).toBeUndefined();
  });

  it('hold the last jobs, each once', async () => {
    const { histories } = await open();
    const many = Array.from({ length: HISTORY_SIZE + 5 }, (_, index) => index + 1);
    await histories.add(projectArn(), 'nightly', samples(...many));
    await histories.add(projectArn(), 'nightly', samples(...many.slice(-3)));

    expect(await histories.of(projectArn(), 'nightly')).toEqual(samples(...many.slice(-HISTORY_SIZE)));
  });

  it('leave out what is no sample, and expire', async () => {
    const { histories, table, tables } = await open();
    await histories.add(projectArn(), 'nightly', samples(10));
    const pk = `history#${projectArn()}#nightly`;
    await table.put({ pk, sk: 'odd', samples: [{ job: 7 }, 'x', { job: 'r/0', minutes: 'NaN' }] });

    const found = await histories.of(projectArn(), 'nightly');

    expect(found.get('odd')).toEqual([]);
    const written = tables.calls.find(({ operation }) => operation === 'BatchWriteItem');
    expect(JSON.stringify(written?.input)).toMatch(/"expires":\{"N":"\d{10}"\}/);
  });
});

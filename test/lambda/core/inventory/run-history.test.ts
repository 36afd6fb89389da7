import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HISTORY_SIZE, mergeSamples, samplesOf } from '../../../../lambda/core/inventory/run-history.ts';
import { job, jobArn, metered, minute, now } from '../samples.ts';

const passed = { status: 'COMPLETED', result: 'PASSED', started: now - 31 * minute, stopped: now };

describe('samplesOf', () => {
  it.each([
    { what: 'that took half an hour', facts: {}, minutes: 31 },
    {
      what: 'that says only its counters',
      facts: { started: undefined, counters: metered(12) },
      minutes: 12,
    },
  ])('learns from a successful job $what', ({ facts, minutes }) => {
    const samples = samplesOf([job({ ...passed, ...facts })]);

    expect([...samples]).toEqual([['Google Pixel 8', [{ job: 'r1/00000', minutes }]]]);
  });

  it.each([
    { what: 'failed', facts: { result: 'FAILED' } },
    { what: 'was stopped', facts: { result: 'STOPPED' } },
    { what: 'has no result', facts: { result: undefined } },
    { what: 'is RUNNING', facts: { status: 'RUNNING' } },
    { what: 'says no duration', facts: { stopped: undefined } },
    { what: 'counted nothing', facts: { stopped: undefined, counters: metered(0) } },
    { what: 'has no device', facts: { device: '' } },
    { what: 'has no ARN', facts: { arn: 'x' } },
  ])('learns nothing from a job that $what', ({ facts }) => {
    const samples = samplesOf([job({ ...passed, ...facts })]);

    expect(samples.size).toBe(0);
  });

  it('keeps devices apart, and jobs on the same device together', () => {
    const jobs = ['00000', '00001', '00002'].map((index) => job({ ...passed, arn: jobArn(index) }));
    const other = job({ ...passed, device: 'Google Pixel 7', arn: jobArn('00003') });

    const samples = samplesOf([...jobs, other]);

    expect([...samples].map(([device, list]) => [device, list.length])).toEqual([
      ['Google Pixel 8', 3],
      ['Google Pixel 7', 1],
    ]);
  });
});

describe('mergeSamples', () => {
  const sample = fc.record({ job: fc.nat(60).map(String), minutes: fc.integer({ min: 1, max: 150 }) });
  const samples = fc.uniqueArray(sample, { selector: ({ job: name }) => name, maxLength: 40 });

  it('keeps the last ones, each job once, and learns nothing twice', () => {
    fc.assert(
      fc.property(samples, samples, (known, added) => {
        const merged = mergeSamples(known.slice(-HISTORY_SIZE), added);

        expect(merged.length).toBeLessThanOrEqual(HISTORY_SIZE);
        expect(new Set(merged.map((one) => one.job)).size).toBe(merged.length);
        expect(mergeSamples(merged, merged)).toEqual(merged);
        expect(merged.at(-1)?.job).toBe(
          (added.findLast(isNewTo(known.slice(-HISTORY_SIZE))) ?? known.at(-1))?.job,
        );
      }),
    );
  });
});

function isNewTo(known: readonly { readonly job: string }[]) {
  return ({ job: name }: { readonly job: string }) => !known.some((one) => one.job === name);
}

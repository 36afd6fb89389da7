import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../lambda/time.ts';
import { HISTORY_SIZE, mergeSamples, samplesOf, usualMinutes } from '../../lambda/usage/histories.ts';
import { job, jobArn, metered, NOW } from '../support/samples.ts';

const passed = { status: 'COMPLETED', result: 'PASSED', started: NOW - 31 * MINUTE, stopped: NOW };

describe('the samples of a run', () => {
  it.each([
    { what: 'that took half an hour', facts: {}, minutes: 31 },
    {
      what: 'that says only its counters',
      facts: { started: undefined, counters: metered(12) },
      minutes: 12,
    },
    {
      what: 'of which the clocks say that it ended as it began',
      facts: { started: NOW, counters: metered(12) },
      minutes: 12,
    },
    {
      what: 'of which the clocks say that it ended before it began',
      facts: { started: NOW + MINUTE, counters: metered(12) },
      minutes: 12,
    },
  ])('takes a successful job $what', ({ facts, minutes }) => {
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
    { what: 'counted less than nothing', facts: { stopped: undefined, counters: metered(-1) } },
    { what: 'has no device', facts: { device: '' } },
    { what: 'has no ARN', facts: { arn: 'x' } },
  ])('takes no job that $what', ({ facts }) => {
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

describe('merged samples', () => {
  it('are the last 20 of what was known and what is added', () => {
    const named = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ job: String(from + index), minutes: 1 }));

    const merged = mergeSamples(named(0, 15), named(10, 15));

    expect(merged.map(({ job: name }) => Number(name))).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 5),
    );
  });

  const sample = fc.record({ job: fc.nat(60).map(String), minutes: fc.integer({ min: 1, max: 150 }) });
  const samples = fc.uniqueArray(sample, { selector: ({ job: name }) => name, maxLength: 40 });

  it('are the last ones, each job once, and adds nothing twice', () => {
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

describe('the usual duration', () => {
  it.each([
    { known: [10, 20], usual: undefined },
    { known: [30, 10, 20], usual: 20 },
    { known: [30, 10, 20, 100], usual: 25 },
  ])('is the median of at least three jobs: of $known it is $usual', ({ known, usual }) => {
    expect(usualMinutes(known)).toBe(usual);
  });
});

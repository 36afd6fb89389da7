import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProjectMemory } from '../../../../lambda/core/inventory/project-memory.ts';
import { isScanDue, isSpared, scanMoment } from '../../../../lambda/core/inventory/scan.ts';
import { blankMemory } from '../../../../lambda/core/inventory/survey.ts';
import { hour, minute, now, projectArn } from '../samples.ts';

const DAY = 24 * hour;
const from = now - 30 * DAY;
const covered = { settled: { from, through: now }, ahead: [] };

/** A project with a settled history, last scanned at that moment. */
function memory(part: Partial<ProjectMemory> = {}): ProjectMemory {
  return { ...blankMemory(projectArn), runs: covered, sessions: covered, ...part };
}

/** 300 project ARNs as the service gives them. */
const [PROJECTS = []] = fc.sample(
  fc.array(
    fc.uuid().map((id) => `arn:aws:devicefarm:us-west-2:123456789012:project:${id}`),
    { minLength: 300, maxLength: 300 },
  ),
  { numRuns: 1, seed: 1 },
);

describe('isScanDue', () => {
  it('is once a day, at the moment of the project', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 0, max: 400 * DAY }), (id, at) => {
        const moment = Math.floor(at / DAY) * DAY + scanMoment(id);
        const scanned = (scannedAt: number) => memory({ projectArn: id, scannedAt });

        expect(isScanDue(scanned(moment - 1), from, moment)).toBe(true);
        expect(isScanDue(scanned(moment), from, moment)).toBe(false);
        expect(isScanDue(scanned(moment), from, moment + DAY - 1)).toBe(false);
        expect(isScanDue(scanned(moment), from, moment + DAY)).toBe(true);
      }),
    );
  });

  it.each([
    { what: 'was never scanned', part: {} },
    { what: 'has no mark of its runs', part: { scannedAt: now, runs: { ahead: [] } } },
    { what: 'has no mark of its sessions', part: { scannedAt: now, sessions: { ahead: [] } } },
    {
      what: 'does not answer for so early a time',
      part: { scannedAt: now, runs: { settled: { from: from + 1, through: now }, ahead: [] } },
    },
    { what: 'was never read', part: { ...blankMemory(projectArn), cutOff: true } },
  ])('is at once when the project $what', ({ part }) => {
    expect(isScanDue(memory(part), from, now)).toBe(true);
  });

  it('waits for a sweep more when the project was not read in the last one', () => {
    const due = memory({ scannedAt: now - 2 * DAY });

    expect(isScanDue(due, from, now)).toBe(true);
    expect(isScanDue({ ...due, cutOff: true }, from, now)).toBe(false);
  });
});

describe('isSpared', () => {
  /** Read back to the day before, as time was up. */
  const short = { settled: { from: now - DAY, through: now }, ahead: [] };
  const moment = Math.floor(now / hour) * hour + (scanMoment(projectArn) % hour);

  it.each([
    { what: 'runs', part: { runs: short } },
    { what: 'sessions', part: { sessions: short } },
  ])('holds for less than an hour after time was up for $what, to the moment of the project', ({ part }) => {
    const cut = (cutAt: number) => memory({ ...part, cutAt });
    const duty = (at: number) => [isSpared(cut(moment), from, at), isScanDue(cut(moment), from, at)];

    expect(duty(moment + hour - 1)).toEqual([true, false]);
    expect(duty(moment + hour)).toEqual([false, true]);
    expect(isSpared(cut(moment - 1), from, moment)).toBe(false);
  });

  it.each([
    { what: 'of which nothing is settled', part: { runs: { ahead: [] }, cutAt: moment } },
    { what: 'that never ran out of time', part: { runs: short } },
    { what: 'that has been read far enough since', part: { cutAt: moment } },
  ])('does not hold for a project $what', ({ part }) => {
    expect(isSpared(memory(part), from, moment)).toBe(false);
  });

  it('lets the daily scan wait as well when time was up for it', () => {
    const due = memory({ scannedAt: now - 2 * DAY, cutAt: moment });

    expect(isScanDue(due, from, moment + hour - 1)).toBe(false);
    expect(isScanDue(due, from, moment + hour)).toBe(true);
  });
});

describe('scanMoment', () => {
  it('spreads the scans of 300 projects over the day: at most a few in one sweep', () => {
    const slots = new Map<number, number>();
    for (const project of PROJECTS) {
      const slot = Math.floor(scanMoment(project) / (5 * minute));
      slots.set(slot, (slots.get(slot) ?? 0) + 1);
    }

    expect(Math.max(...slots.values())).toBeLessThanOrEqual(6);
    expect(slots.size).toBeGreaterThan(150);
    expect(Math.max(...slots.keys())).toBeLessThan(288);
  });
});

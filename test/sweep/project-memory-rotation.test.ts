import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Project } from '../../lambda/model.ts';
import { dueProjects, isMissed, NO_ROTATION, type Rotation } from '../../lambda/sweep/project-memory.ts';
import { DAY, MINUTE } from '../../lambda/time.ts';
import { NOW, projectArn } from '../support/samples.ts';

const projectOf = (name: string): Project => ({ arn: projectArn(name), name });
const never = () => false;
/** Above the number that every sweep reads. */
const MANY = 60;

/** Projects that were all read the same minutes ago, with their newest run so many days ago. */
function readAll(count: number, minutes: number, newestDays: number, facts: Partial<Rotation> = {}) {
  const projects = Array.from({ length: count }, (_, index) => projectOf(`p${index}`));
  const at = NOW - minutes * MINUTE;
  const last = { name: 'p', askedAt: at, readAt: at, newestAt: NOW - newestDays * DAY };
  const rotation: Rotation = {
    sweeps: [NOW - 10 * MINUTE, NOW - 5 * MINUTE],
    projects: Object.fromEntries(projects.map(({ arn }) => [arn, last])),
    ...facts,
  };
  return { projects, rotation };
}

describe('the projects that a sweep reads', () => {
  it('are all of them at first', () => {
    const { projects } = readAll(MANY, 5, 30);

    expect(dueProjects(projects, NO_ROTATION, never, NOW)).toEqual(projects);
  });

  it.each([
    { days: 7, count: MANY },
    { days: 7.001, count: 25 },
  ])('are all that had work in the last 7 days: $days days ago', ({ days, count }) => {
    const { projects, rotation } = readAll(MANY, 5, days);

    expect(dueProjects(projects, rotation, never, NOW)).toHaveLength(count);
  });

  it('are all of a small account, however long nothing ran', () => {
    const { projects, rotation } = readAll(25, 5, 300);

    expect(dueProjects(projects, rotation, never, NOW)).toHaveLength(25);
  });

  it.each([
    { minutes: 29.9, count: 25 },
    { minutes: 30, count: MANY },
  ])('are all that were not read for 30 minutes: $minutes min', ({ minutes, count }) => {
    const { projects, rotation } = readAll(MANY, minutes, 300);

    expect(dueProjects(projects, rotation, never, NOW)).toHaveLength(count);
  });

  it.each([
    { minutes: 1, count: 25 },
    { minutes: 5, count: 100 },
    { minutes: 30, count: 600 },
    { minutes: 60, count: 600 },
  ])(
    'are so many of the others that each is read in 30 minutes: a sweep every $minutes min',
    ({ minutes, count }) => {
      const { projects, rotation } = readAll(600, 2, 300, { sweeps: [NOW - minutes * MINUTE] });

      expect(dueProjects(projects, rotation, never, NOW)).toHaveLength(count);
    },
  );

  it('begin with those that were never read or have work in flight, and go on with the longest unread', () => {
    const { projects, rotation } = readAll(4, 5, 1);
    const [a, b, c, d] = projects.map(({ arn }) => arn);
    const last = (ago: number): Rotation['projects'][string] => ({
      name: 'p',
      askedAt: NOW - ago,
      readAt: NOW - ago,
      newestAt: NOW,
    });
    const reads = { [`${a}`]: last(5), [`${b}`]: last(5), [`${c}`]: last(9) };

    const due = dueProjects(projects, { ...rotation, projects: reads }, (arn) => arn === b, NOW);

    expect(due.map(({ arn }) => arn)).toEqual([d, b, c, a]);
  });

  it('leave none unread for longer than 35 minutes, when sweeps come every 5 minutes and can read them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (count) => {
        const projects = Array.from({ length: count }, (_, index) => projectOf(`p${index}`));
        let rotation: Rotation = NO_ROTATION;
        for (let sweep = 0; sweep < 20; sweep += 1) {
          const now = NOW + sweep * 5 * MINUTE;
          const due = new Set(dueProjects(projects, rotation, never, now).map(({ arn }) => arn));
          for (const { arn } of projects) {
            const { readAt } = rotation.projects[arn] ?? {};
            if (!due.has(arn) && readAt !== undefined) expect(now - readAt).toBeLessThan(35 * MINUTE);
          }
          rotation = {
            sweeps: [...rotation.sweeps, now].slice(-2),
            projects: {
              ...rotation.projects,
              ...Object.fromEntries([...due].map((arn) => [arn, { name: 'p', askedAt: now, readAt: now }])),
            },
          };
          if (sweep > 0) expect(due.size).toBeLessThanOrEqual(25 + 2 * Math.ceil(count / 6));
        }
      }),
      { numRuns: 8 },
    );
  });
});

describe('1,000 projects, of which a sweep of five minutes can read 505', () => {
  it.each([
    { what: 'all had work this week', newestAt: NOW, busy: 0 },
    { what: 'none had work, but twenty have some in flight', newestAt: 0, busy: 20 },
    { what: 'all had work this week, and a hundred have some in flight', newestAt: NOW, busy: 100 },
  ])('hide nothing from the third sweep on: $what', ({ newestAt, busy }) => {
    const projects = Array.from({ length: 1_000 }, (_, index) => projectOf(`p${index}`));
    const working = new Set(projects.slice(0, busy).map(({ arn }) => arn));
    let rotation: Rotation = NO_ROTATION;
    const missed: number[] = [];
    for (let sweep = 0; sweep < 12; sweep += 1) {
      const now = NOW + sweep * 5 * MINUTE;
      const hasWork = (arn: string) => rotation.projects[arn] !== undefined && working.has(arn);
      const read = dueProjects(projects, rotation, hasWork, now).slice(0, 505);
      const unread = projects.filter((project) => !read.includes(project));
      missed.push(
        unread.filter(({ arn }) =>
          isMissed(projectOf(arn.split(':').at(-1) ?? ''), rotation, hasWork(arn), now),
        ).length,
      );
      rotation = {
        sweeps: [...rotation.sweeps, now].slice(-2),
        projects: {
          ...rotation.projects,
          ...Object.fromEntries(
            read.map(({ arn, name }) => [arn, { name, askedAt: now, readAt: now, newestAt }]),
          ),
        },
      };
    }

    expect(missed.slice(2)).toEqual(Array(10).fill(0));
  });
});

describe('a project that a sweep could not read', () => {
  const project = projectOf('p');
  const sweeps = [NOW - 10 * MINUTE, NOW - 5 * MINUTE];
  const read = (minutes: number, newestDays: number) => ({
    sweeps,
    projects: {
      [project.arn]: {
        name: 'p',
        askedAt: NOW - minutes * MINUTE,
        readAt: NOW - minutes * MINUTE,
        newestAt: NOW - newestDays * DAY,
      },
    },
  });

  it.each([
    { what: 'was never read', rotation: NO_ROTATION, hasWork: false, missed: true },
    { what: 'has work in flight', rotation: read(5, 0), hasWork: true, missed: true },
    { what: 'was read in the last sweep but one', rotation: read(10, 0), hasWork: false, missed: false },
    { what: 'was unread for three sweeps', rotation: read(15, 0), hasWork: false, missed: true },
    { what: 'was unread for less than 30 minutes', rotation: read(29, 30), hasWork: false, missed: false },
    { what: 'has been due for two sweeps', rotation: read(40, 30), hasWork: false, missed: false },
    { what: 'has been due for three sweeps', rotation: read(41, 30), hasWork: false, missed: true },
  ])('hides something if it $what: $missed', ({ rotation, hasWork, missed }) => {
    expect(isMissed(project, rotation, hasWork, NOW)).toBe(missed);
  });
});

import { describe, expect, it } from 'vitest';
import { blankMemory, PROJECT, type ProjectMemory } from '../../lambda/sweep/project-memory.ts';
import { metered, NOW, project, runArn, usage } from '../support/samples.ts';

const memory: ProjectMemory = {
  ...blankMemory(project()),
  runs: { settled: { from: NOW - 1, through: NOW }, ahead: [runArn()], unordered: true, brokeOffAt: NOW },
  unsettled: {
    [runArn()]: { usage: usage({ basis: 'inFlight' }), completedSince: NOW, lastEstimate: metered(3) },
  },
  runningSince: { [runArn()]: NOW },
  progress: { job: { counters: { passed: 3 }, since: NOW, rose: true } },
};

describe('a stored memory of a project', () => {
  it('is given back as it was', () => {
    expect(PROJECT.parse(JSON.parse(JSON.stringify(memory)))).toEqual(memory);
  });

  it.each([
    { what: 'nothing', stored: undefined },
    { what: 'a list', stored: [] },
    { what: 'an older shape', stored: { ...memory, project: undefined, projectArn: project().arn } },
    { what: 'a project without a name', stored: { ...memory, project: { arn: 'p' } } },
    { what: 'no sessions', stored: { ...memory, sessions: undefined } },
    {
      what: 'a watermark that is no number',
      stored: { ...memory, runs: { ahead: [], settled: { from: '1', through: 2 } } },
    },
    { what: 'an ARN that is no text', stored: { ...memory, runs: { ahead: [7] } } },
    {
      what: 'usage without minutes',
      stored: { ...memory, unsettled: { a: { usage: { ...usage(), minutes: {} } } } },
    },
    {
      what: 'usage of no time',
      stored: { ...memory, unsettled: { a: { usage: { ...usage(), created: null } } } },
    },
    { what: 'a first sight that is no number', stored: { ...memory, runningSince: { a: 'now' } } },
    { what: 'progress without counters', stored: { ...memory, progress: { a: { since: 1, rose: false } } } },
  ])('is none if it holds $what', ({ stored }) => {
    expect(PROJECT.parse(stored)).toBeUndefined();
  });
});

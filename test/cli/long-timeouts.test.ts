import { describe, expect, it } from 'vitest';
import { longTimeouts } from '../../cli/long-timeouts.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';

const LONG = { id: 'long', type: 'job-duration', maxMinutes: 60 };

function of(defaultJobTimeoutMinutes: number | undefined, ...rules: object[]) {
  const project = {
    arn: 'arn:p',
    name: 'mobile-app',
    ...(defaultJobTimeoutMinutes && { defaultJobTimeoutMinutes }),
  };
  return longTimeouts([project], parsePolicy({ version: 1, rules }));
}

describe('a project is named', () => {
  it('from a timeout above a limit on, with the rule and its minutes', () => {
    const [within, above] = [of(60, LONG), of(60.5, LONG)];

    expect(within).toEqual([]);
    expect(above).toEqual([
      {
        project: 'mobile-app',
        projectArn: 'arn:p',
        timeoutMinutes: 60.5,
        isDefault: false,
        rules: [{ rule: 'long', type: 'job-duration', maxMinutes: 60, forSome: false }],
      },
    ]);
  });

  it('at 150 minutes when it sets no timeout', () => {
    const [within, above] = [
      of(undefined, { ...LONG, maxMinutes: 150 }),
      of(undefined, { ...LONG, maxMinutes: 149 }),
    ];

    expect(within).toEqual([]);
    expect(above).toMatchObject([{ timeoutMinutes: 150, isDefault: true }]);
  });

  it('with every rule that one job alone can break', () => {
    const wide = { id: 'wide', type: 'run-minutes', maxMinutes: 100 };
    const queue = { id: 'queue', type: 'queue-age', maxMinutes: 1 };

    const found = of(150, LONG, wide, queue, { ...LONG, id: 'other', maxMinutes: 200 });

    expect(found[0]?.rules.map(({ rule }) => rule)).toEqual(['long', 'wide']);
  });

  it.each([
    ['is for sessions', { work: 'sessions' }],
    ['is for other projects', { projects: ['web-*', 'mobile'] }],
  ])('not for a rule that %s', (_, match) => {
    const found = of(150, { ...LONG, match });

    expect(found).toEqual([]);
  });

  it.each([
    [{ projects: ['x', 'mobile-*'], work: 'jobs' }, false],
    [{ billing: 'metered' }, true],
    [{ runs: ['*'] }, true],
    [{ platforms: ['IOS'] }, true],
    [{ testTypes: ['XCTEST'] }, true],
  ])('for a match %j, for some of its work: %s', (match, forSome) => {
    const found = of(150, { ...LONG, match });

    expect(found[0]?.rules).toMatchObject([{ rule: 'long', forSome }]);
  });
});

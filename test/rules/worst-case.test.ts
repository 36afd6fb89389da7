import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkItem } from '../../lambda/model.ts';
import { NO_MINUTES } from '../../lambda/money.ts';
import type { RuleInput } from '../../lambda/rules/rules.ts';
import { MINUTE } from '../../lambda/time.ts';
import { remainingMinutes } from '../../lambda/usage/minutes.ts';
import { item, jobArn, metered, NOW, projectArn, runArn } from '../support/samples.ts';
import { budgetInput, decideAll, policy, stoppedOf } from './samples.ts';

/** A budget on the worst case, in device minutes. */
const tight = (minutes: number, others: Partial<ReturnType<typeof budgetInput>> = {}): RuleInput =>
  budgetInput({
    limit: { minutes },
    thresholds: [{ percent: 100, basis: 'worst-case', action: 'stop-queued' }],
    ...others,
  });

/** A queued job of a run that was created so many minutes ago. */
function queued(id: string, ago: number, others: Partial<WorkItem> = {}): WorkItem {
  const at = NOW - ago * MINUTE;
  const run = { arn: runArn(id), name: id, minutes: NO_MINUTES, devices: 1 };
  const arn = jobArn(id, id);
  return item({ arn, run, status: 'PENDING', created: at, usageAt: at, timeoutMinutes: 100, ...others });
}

const inProject = (name: string) => ({ project: { arn: projectArn(name), name } });
const started = { status: 'RUNNING', phase: 'started' } as const;
const names = (items: readonly WorkItem[], ...rules: readonly RuleInput[]) =>
  stoppedOf(items, policy(rules)).map((arn) => arn.split('/').at(-1));

describe('a threshold on the worst case', () => {
  const four = [queued('1', 40), queued('2', 30), queued('3', 20), queued('4', 10)];

  it.each([
    [400, []],
    [399, ['4']],
    [300, ['4']],
    [299, ['3', '4']],
    [1, ['1', '2', '3', '4']],
  ])('stops the newest of four jobs of 100 min until %i min hold the rest', (limit, stopped) => {
    expect(names(four, tight(limit))).toEqual(stopped);
  });

  it('goes by the name when all were created at once, in whatever order they are given', () => {
    const together = ['2', '4', '1', '3'].map((id) => queued(id, 10));

    expect(names(together, tight(250)).toSorted()).toEqual(['3', '4']);
    expect(names(together.toReversed(), tight(250)).toSorted()).toEqual(['3', '4']);
  });

  it('takes the lowest of several thresholds that stop, and none that notifies or is about what is spent', () => {
    const thresholds = [
      { percent: 200, basis: 'worst-case' as const, action: 'stop-queued' as const },
      { percent: 100, basis: 'worst-case' as const, action: 'stop-all' as const },
      { percent: 10, basis: 'worst-case' as const, action: 'notify' as const },
      { percent: 20, basis: 'spent' as const, action: 'stop-all' as const },
    ];

    expect(names(four, tight(300, { thresholds }))).toEqual(['4']);
  });

  it('says what the worst case is, and the place of each', () => {
    const stopped = decideAll(four, policy([tight(250)])).filter(({ action }) => action === 'stop');

    expect(stopped.map(({ item: { run }, reason, scope }) => [run?.name, reason(), scope])).toEqual([
      [
        '3',
        '400 min of 250 min at worst in the day of 2026-11-25 (160 %); at 100 % it stops queued work, the newest first, until the rest fits: this is 2 of 2 (rule team-budget)',
        'queued',
      ],
      ['4', expect.stringContaining('this is 1 of 2'), 'queued'],
    ]);
  });

  it.each(['stop-queued', 'stop-all'] as const)('leaves started work alone: %s', (action) => {
    const running = queued('9', 5, { ...started, timeoutMinutes: 150 });
    const thresholds = [{ percent: 100, basis: 'worst-case' as const, action }];

    expect(names([running, queued('1', 10)], tight(1, { thresholds }))).toEqual(['1']);
  });

  it('goes by the lowest of its thresholds that is crossed', () => {
    const thresholds = [200, 75, 50, 60].map((percent) => ({
      percent,
      basis: 'worst-case' as const,
      action: 'stop-queued' as const,
    }));
    const decided = decideAll(four, policy([tight(400, { thresholds })]));

    const reasons = decided.filter(({ action }) => action === 'stop').map(({ reason }) => reason());

    expect(reasons).toEqual([
      expect.stringContaining(
        'at 50 % it stops queued work, the newest first, until the rest fits: this is 2 of 2',
      ),
      expect.stringContaining(
        'at 50 % it stops queued work, the newest first, until the rest fits: this is 1 of 2',
      ),
    ]);
  });

  it.each([
    [400, []],
    [399, ['a']],
    [299, ['a', 'c']],
    [199, ['a', 'b', 'c']],
  ])('goes by the creation of the job, else by that of its run: %i min leave out %j', (limit, stopped) => {
    const created = (minutesAgo: number) => NOW - minutesAgo * MINUTE;
    const items = [
      queued('a', 10),
      queued('b', 30, { created: undefined }),
      queued('c', 50, { created: created(20) }),
      queued('d', 40),
    ];

    expect(names(items, tight(limit))).toEqual(stopped);
  });

  it.each([
    [110, ['running']],
    [109, ['1', 'running']],
  ])('counts the teardown of started work that another rule stops: of %i min', (limit, stopped) => {
    const running = queued('running', 80, { ...started, minutes: metered(0) });
    const long: RuleInput = { id: 'long', type: 'job-duration', maxMinutes: 60 };

    expect(names([running, queued('1', 10)], tight(limit), long)).toEqual(stopped);
  });

  it('goes on to the next where the newest is exempt', () => {
    const exempt = queued('4', 10, { run: { arn: 'r', name: 'release-1', minutes: NO_MINUTES, devices: 1 } });
    const exemptions = [
      { id: 'e', match: { runs: ['release-*'] }, until: '2030-01-01T00:00:00Z', owner: 'o', reason: 'r' },
    ];

    const stopped = [false, true].map((ignoreExemptions) =>
      stoppedOf(
        [queued('1', 40), queued('2', 20), exempt],
        policy([tight(150, { ignoreExemptions })], { exemptions }),
      ).map((arn) => arn.at(-1)),
    );

    expect(stopped).toEqual([
      ['1', '2'],
      ['2', '4'],
    ]);
  });

  it('needs no stop for what another rule stops anyway', () => {
    const rules = policy([tight(300), { id: 'stuck', type: 'queue-age', maxMinutes: 35 }]);

    const stopped = decideAll(four, rules).filter(({ action }) => action === 'stop');

    expect(stopped.map(({ item: { run }, rule }) => [run?.name, rule])).toEqual([['1', 'stuck']]);
  });

  it('gets no room from a rule that only observes', () => {
    const rules: RuleInput[] = [
      tight(300),
      { id: 'stuck', type: 'queue-age', maxMinutes: 35, mode: 'observe' },
    ];

    expect(names(four, ...rules)).toEqual(['4']);
  });

  it('on trial needs no stop for what another rule stops anyway', () => {
    const rules: RuleInput[] = [
      tight(300, { id: 'trial', mode: 'observe' }),
      { id: 'stuck', type: 'queue-age', maxMinutes: 35 },
    ];

    expect(decideAll(four, policy(rules)).map(({ action }) => action)).toEqual([
      'stop',
      'keep',
      'keep',
      'keep',
    ]);
  });

  it('on trial sees what the other rules stop, and changes nothing of it', () => {
    const onTrial = tight(200, { id: 'trial', mode: 'observe' });

    const decided = decideAll(four, policy([onTrial, tight(300)]));

    expect(decided.map(({ action, rule }) => [action, rule])).toEqual([
      ['keep', undefined],
      ['keep', undefined],
      ['observe', 'trial'],
      ['stop', 'team-budget'],
    ]);
  });

  it('stops no unmetered work for metered minutes', () => {
    const unmetered = queued('4', 10, { billing: 'unmetered' });

    expect(names([queued('1', 40), unmetered], tight(50, { limit: { meteredMinutes: 50 } }))).toEqual(['1']);
  });

  it('does not stop small work in vain when bigger work has to go anyway', () => {
    const [big, small] = [queued('big', 20), queued('small', 10, { timeoutMinutes: 10 })];

    expect(names([big, small], tight(60))).toEqual(['big']);
  });
});

describe('two budgets on the worst case', () => {
  const [old, recent] = [queued('p1-old', 40, inProject('p1')), queued('p2-new', 10, inProject('p2'))];
  const all = tight(100, { id: 'all' });
  const p1 = tight(50, { id: 'p1', match: { projects: ['p1'] } });

  it.each([
    ['the narrow one first', [p1, all]],
    ['the wide one first', [all, p1]],
  ])('stop one job when one is enough for both: %s', (_, rules) => {
    expect(names([old, recent], ...rules)).toEqual(['p1-old']);
  });

  it('name the one that needs the stop', () => {
    const [whole, narrow] = [tight(150, { id: 'all' }), p1];

    const stopped = decideAll([old, recent], policy([whole, narrow])).filter(
      ({ action }) => action === 'stop',
    );

    expect(stopped.map(({ item: { run }, rule }) => [run?.name, rule])).toEqual([['p1-old', 'p1']]);
  });

  it('keep the stop that one needs when the other takes one back', () => {
    const big = queued('p2-big', 30, inProject('p2'));
    const small = queued('p2-small', 20, { ...inProject('p2'), timeoutMinutes: 10 });
    const p2 = tight(60, { id: 'p2', match: { projects: ['p2'] } });

    expect(names([big, small, queued('p1-new', 10, inProject('p1'))], p1, p2)).toEqual(['p1-new', 'p2-big']);
  });

  it('stop nothing for a budget that may not stop it and is over all the same', () => {
    const running = queued('running', 5, { ...started, minutes: metered(0) });
    const [big, small] = [queued('big', 30), queued('small', 20, { timeoutMinutes: 10 })];
    const ignoring = tight(60, { id: 'ignoring', match: { runs: ['big', 'small'] }, ignoreExemptions: true });
    const exemptions = [
      { id: 'e', match: { runs: ['small'] }, until: '2030-01-01T00:00:00Z', owner: 'o', reason: 'r' },
    ];

    const stopped = stoppedOf(
      [running, big, small],
      policy([ignoring, tight(50, { id: 'all' })], { exemptions }),
    );

    expect(stopped).toEqual([big.arn]);
  });

  it('stop the same in observe mode as in enforce mode', () => {
    const observed = decideAll([old, recent], policy([all, p1], { mode: 'observe' }));

    expect(observed.map(({ action }) => action)).toEqual(['observe', 'keep']);
  });

  const anyItem = fc.record({
    ago: fc.integer({ min: 0, max: 600 }),
    timeoutMinutes: fc.integer({ min: 5, max: 150 }),
    isStarted: fc.boolean(),
    project: fc.constantFrom('p1', 'p2'),
  });
  const limits = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 3, maxLength: 3 });

  it('whatever is in flight bring every worst case under its limit with no stop too many', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 10 }), limits, (facts, [most = 1, ofP1 = 1, ofP2 = 1]) => {
        const items = facts.map(({ ago, timeoutMinutes, isStarted, project }, index) =>
          queued(String(index), ago, {
            timeoutMinutes,
            ...inProject(project),
            ...(isStarted ? { ...started, minutes: metered(0) } : {}),
          }),
        );
        const budgets = [
          { limit: most, of: ['p1', 'p2'] },
          { limit: ofP1, of: ['p1'] },
          { limit: ofP2, of: ['p2'] },
        ];
        const rules = budgets.map(({ limit, of }, index) =>
          tight(limit, { id: `b${index}`, match: { projects: of } }),
        );
        const stopped = new Set(stoppedOf(items, policy(rules)));
        const minutesOf = (of: readonly string[], without: ReadonlySet<string>) =>
          items
            .filter(({ project, arn }) => of.includes(project.name) && !without.has(arn))
            .reduce((sum, one) => sum + remainingMinutes(one).total, 0);
        const isWithin = (without: ReadonlySet<string>) =>
          budgets.every(({ limit, of }) => {
            const queuedLeft = items.some(
              ({ project, phase, arn }) =>
                of.includes(project.name) && phase === 'queued' && !without.has(arn),
            );
            return minutesOf(of, without) <= limit || !queuedLeft;
          });

        expect(items.every(({ arn, phase }) => phase === 'queued' || !stopped.has(arn))).toBe(true);
        expect(isWithin(stopped)).toBe(true);
        for (const arn of stopped)
          expect(isWithin(new Set([...stopped].filter((one) => one !== arn)))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a worst case and runs that replace each other', () => {
  const keyed = (name: string, ago: number, others: Partial<WorkItem> = {}) =>
    queued(name, ago, {
      run: { arn: runArn(name), name, key: 'pr-7', minutes: NO_MINUTES, devices: 1 },
      platform: 'ANDROID',
      testType: 'APPIUM_NODE',
      ...others,
    });
  const older = keyed('pr-7-1', 60, { ...started, minutes: metered(0) });
  const newer = keyed('pr-7-2', 10);
  const oldBuilds: RuleInput = { id: 'old-builds', type: 'superseded' };

  it('leave one build: the newer one that the budget stops replaces nothing', () => {
    expect(names([older, newer], oldBuilds, tight(90))).toEqual(['pr-7-2']);
  });

  it('leave the newer build when the end of the older one makes room', () => {
    expect(names([older, newer], oldBuilds, tight(110))).toEqual(['pr-7-1']);
  });

  it('lose no stop to a superseded rule and a budget on trial', () => {
    const waiting = keyed('pr-7-1', 60);
    const replacing = keyed('pr-7-2', 10, { ...started, minutes: metered(0) });
    const rules: RuleInput[] = [
      { ...oldBuilds, mode: 'observe' },
      tight(100),
      tight(150, { id: 'trial', mode: 'observe' }),
    ];

    const [first] = decideAll([waiting, replacing], policy(rules));

    expect([first?.action, first?.rule]).toEqual(['stop', 'team-budget']);
  });

  it('take no stop back when the run that stays would bring other work back', () => {
    const named = (name: string, ago: number, timeoutMinutes: number, others: Partial<WorkItem> = {}) =>
      queued(name, ago, {
        platform: 'ANDROID',
        testType: 'APPIUM_NODE',
        timeoutMinutes,
        ...inProject('p1'),
        ...others,
      });
    const running = { ...started, minutes: metered(0) };
    const items = [
      named('o-q', 60, 100, running),
      named('p-q', 40, 50, running),
      named('big', 20, 100),
      named('p-z', 10, 10),
      queued('other', 10, inProject('p2')),
    ];
    const rules: RuleInput[] = [
      { id: 'a', type: 'superseded', key: '{key}-*' },
      { id: 'b', type: 'superseded', key: '*-{key}' },
      tight(105, { match: { projects: ['p1'] } }),
      tight(50, { id: 'p2', match: { projects: ['p2'] } }),
    ];

    // Were p-z to stay, it would replace p-q, which then would not replace o-q: 110 min in all.
    expect(names(items, ...rules).toSorted()).toEqual(['big', 'o-q', 'other', 'p-z']);
  });

  it('count the older build again when the newer one is stopped', () => {
    const waiting = keyed('pr-7-1', 60);

    expect(names([waiting, newer], oldBuilds, tight(90))).toEqual(['pr-7-1', 'pr-7-2']);
  });
});

import { describe, expect, it } from 'vitest';
import { parseArn } from '../../lambda/arn.ts';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import { addJob, CtrlC, deployed, MINUTE, runAutostop, START } from './support.ts';

const LONG_JOBS = { id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 60 };
const POLICY = {
  version: 1 as const,
  mode: 'enforce' as const,
  pricePerMeteredMinute: 0.2,
  safety: { breaker: { percentOfActive: 100 } },
  rules: [LONG_JOBS],
};
const DAY = '2026-11-23';

function subjectsIn(out: string): readonly string[] {
  const records: StoredAuditRecord[] = JSON.parse(out);
  return [...new Set(records.map(({ subject }) => subject))].toSorted();
}

describe('audit', () => {
  it('prints what a sweep did to one job, in order', async () => {
    const auto = await deployed(POLICY);
    const arn = addJob(auto, 75);
    await auto.sweep();

    const ran = await auto.run('audit', '--table', auto.auditTable, '--arn', arn);

    expect(ran).toMatchObject({ code: 0, err: '' });
    const lines = ran.out.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));
    expect(lines.filter((line) => line.startsWith(DAY)).map((line) => line.split(' | ').slice(1))).toEqual([
      ['StopRequested', 'long-jobs', '$15.00', 'schedule'],
      ['StopAccepted', 'long-jobs', '$15.00', 'schedule'],
    ]);
    expect(lines).toContain('ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs)');
    expect(lines).toContain('mobile, run nightly, Google Pixel 8, 75 min, attempt 1');
    expect(lines).toContain(arn);
  });

  it('prints what was done to the work in a run or in a project', async () => {
    const auto = await deployed(POLICY);
    const project = auto.emulator.addProject({ name: 'mobile' });
    const [first, second] = [addJob(auto, 75, {}, { project }), addJob(auto, 75, {}, { project })];
    const elsewhere = addJob(auto, 75);
    await auto.sweep();
    const run = parseArn(first)?.runArn ?? '';
    const ask = (...args: string[]) =>
      auto.run('audit', '--json', '--table', auto.auditTable, '--arn', ...args);

    const [ofRun, ofProject, text] = [
      await ask(run),
      await ask(project),
      await auto.run('audit', '--table', auto.auditTable, '--arn', run),
    ];
    auto.clock.advance(48 * 60 * MINUTE);
    const [later, further, thatDay] = [
      await ask(run),
      await ask(run, '--days', '3'),
      await ask(run, '--day', DAY),
    ];

    const ofRuns = (out: string) => subjectsIn(out).filter((subject) => parseArn(subject)?.kind === 'job');
    expect(ofRuns(ofRun.out)).toEqual([first]);
    expect(ofRuns(ofProject.out)).toEqual([first, second].toSorted());
    expect(ofProject.out).not.toContain(elsewhere);
    expect(text.out).toMatch(/StopAccepted/);
    expect(JSON.parse(later.out)).toEqual([]);
    expect([further.out, thatDay.out]).toEqual([ofRun.out, ofRun.out]);
  });

  it('says who owns the work', async () => {
    const auto = await deployed(POLICY);
    const environmentVariables = [{ name: 'AUTOSTOP_OWNER', value: 'ada' }];
    const arn = addJob(auto, 75, {}, { override: { environmentVariables } });
    await auto.sweep();

    const [text, json] = [
      await auto.run('audit', '--arn', arn),
      await auto.run('audit', '--arn', arn, '--json'),
    ];

    expect(text.out).toMatch(/, owner ada, 75 min, attempt 1\n/);
    const records: StoredAuditRecord[] = JSON.parse(json.out);
    expect(records.map(({ owner }) => owner)).toEqual(['ada', 'ada']);
  });

  it('prints all of a day, today when none is named, from the table that the environment names', async () => {
    const auto = await deployed(POLICY);
    for (let count = 0; count < 12; count++) addJob(auto, 75);
    await auto.sweep();

    const env = { AUTOSTOP_AUDIT_TABLE: auto.auditTable };
    const ran = await runAutostop(['audit', '--json'], { now: auto.clock.now, env });

    const records: StoredAuditRecord[] = JSON.parse(ran.out);
    expect(records.filter(({ event }) => event === 'StopAccepted')).toHaveLength(12);
    expect(records.filter(({ event }) => event === 'SweepCompleted')).toHaveLength(1);
    expect(records.map(({ at }) => at)).toEqual(records.map(({ at }) => at).toSorted());
  });

  it('prints the records of several days, today included', async () => {
    const auto = await deployed(POLICY);
    const arn = addJob(auto, 75);
    await auto.sweep();
    auto.clock.advance(24 * 60 * MINUTE);
    const ask = (...args: string[]) => auto.run('audit', '--event', 'StopAccepted', '--json', ...args);

    const [today, one, two] = [await ask(), await ask('--days', '1'), await ask('--days', '2')];

    expect([today, one, two].map(({ out }) => subjectsIn(out))).toEqual([[], [], [arn]]);
    expect(await auto.run('audit', '--days', '3', '--project', 'no-such')).toEqual({
      code: 0,
      out: 'There is no record of the last 3 days.\n',
      err: '',
    });
  });

  it('leaves only what its filters let through', async () => {
    const auto = await deployed(POLICY);
    const mobile = addJob(auto, 75);
    const web = addJob(auto, 75, {}, { project: auto.emulator.addProject({ name: 'web' }), name: 'pr-7' });
    await auto.sweep();
    const ask = async (...args: string[]) => subjectsIn((await auto.run('audit', '--json', ...args)).out);
    const jobs = (subjects: readonly string[]) => subjects.filter((subject) => subject.includes(':job:'));

    expect(jobs(await ask('--project', 'mob*'))).toEqual([mobile]);
    expect(jobs(await ask('--run', 'pr-*'))).toEqual([web]);
    expect(jobs(await ask('--rule', 'long-jobs', '--event', 'StopAccepted')).toSorted()).toEqual(
      [mobile, web].toSorted(),
    );
    expect(await ask('--event', 'StopAccepted', '--rule', 'none')).toEqual([]);
  });

  it('prints what was written since a time, or in the last hours', async () => {
    const auto = await deployed(POLICY);
    const early = addJob(auto, 75);
    await auto.sweep();
    auto.clock.advance(180 * MINUTE);
    const late = addJob(auto, 75);
    await auto.sweep();
    const ask = (...args: string[]) => auto.run('audit', '--event', 'StopAccepted', '--json', ...args);

    const answers = [
      await ask('--since', '2h'),
      await ask('--since', new Date(START).toISOString()),
      await ask('--since', '2h', '--arn', parseArn(early)?.projectArn ?? ''),
      await ask('--since', '2h', '--arn', early),
      await ask('--since', '1d', '--arn', early),
    ];

    const both = [early, late].toSorted();
    expect(answers.map(({ out }) => subjectsIn(out))).toEqual([[late], both, [], [], [early]]);
    auto.clock.advance(180 * MINUTE);
    expect((await auto.run('audit', '--since', '2h')).out).toMatch(
      /^There is no record of the time since 2026-11-23T16:0\d:\d\d\.\d{3}Z\.$/m,
    );
  });

  it.each([
    [['--since', 'monday'], /--since is "monday"; write minutes, hours or days, .* or a time such as/],
    [['--since', '2030-01-01T00:00:00Z'], /--since is "2030.*", which is later than now/],
    [['--since', '401d'], /--since is "401d"; at most 400 days are read/],
    [['--since', '2h', '--days', '3'], /both --days and --since are given/],
    [['--follow', '--day', DAY], /--follow and --day do not go together; write --since/],
    [['--json', '--csv'], /--json and --csv do not go together/],
  ])('refuses %s, and says what to write', async (args, sentence) => {
    const ran = await runAutostop(['audit', ...args]);

    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringMatching(sentence) });
  });

  it('prints rows for spreadsheets', async () => {
    const auto = await deployed(POLICY);
    const arn = addJob(auto, 75, {}, { name: '=1,2' });
    await auto.sweep();

    const { out } = await auto.run('audit', '--csv', '--event', 'StopAccepted');

    const reason =
      'ran 75 min on Google Pixel 8; limit 60 min (rule long-jobs); Device Farm replied STOPPING';
    expect(out.replace(/12:0\d:\d\d\.\d{3}/, '12:00:00.000').split('\r\n')).toEqual([
      'time (utc),event,rule,usd,by,reason,project,run,device,owner,minutes,attempt,arn',
      `2026-11-23T12:00:00.000Z,StopAccepted,long-jobs,15,schedule,${reason},mobile,"'=1,2",Google Pixel 8,,75,1,${arn}`,
      '',
    ]);
  });

  it.each([
    ['text', [], /^TIME((?!TIME)[\s\S])*StopAccepted((?!TIME)[\s\S])*StopAccepted((?!TIME)[\s\S])*$/],
    ['JSON', ['--json'], /^\{"project":.*"event":"StopAccepted".*\}\n\{.*"StopAccepted".*\}\n$/],
    ['CSV', ['--csv'], /^time[^\n]*\n[^\n]*,StopAccepted,[^\n]*\n[^\n]*,StopAccepted,[^\n]*\n$/],
  ])('follows as %s what is written from now on, each record once, until Ctrl-C', async (_, args, lines) => {
    const auto = await deployed(POLICY);
    const jobs = [addJob(auto, 75)];
    await auto.sweep();
    auto.clock.advance(MINUTE);
    let looks = 0;
    const sleep = async (ms: number) => {
      looks += 1;
      if (looks === 8) throw new CtrlC();
      if (looks % 3 === 0) {
        jobs.push(addJob(auto, 75));
        await auto.sweep();
      }
      auto.clock.advance(ms);
    };

    const following = ['audit', '--follow', '--event', 'StopAccepted', ...args];
    const { out } = await runAutostop(following, { now: auto.clock.now, sleep });

    const [before, ...fresh] = jobs;
    expect(fresh.map((arn) => out.split(arn).length - 1)).toEqual([1, 1]);
    expect(out).not.toContain(before);
    expect(out).toMatch(lines);
  });

  it('follows one job from the time that --since names', async () => {
    const auto = await deployed(POLICY);
    const [arn, other] = [addJob(auto, 75), addJob(auto, 75)];
    await auto.sweep();
    const sleep = async () => {
      throw new CtrlC();
    };

    const following = ['audit', '--follow', '--since', '1h', '--arn', arn];
    const { code, out } = await runAutostop(following, { now: auto.clock.now, sleep });

    expect(code).toBe(130);
    expect(out).toMatch(/StopRequested[\s\S]*StopAccepted/);
    expect(out).not.toContain(other);
  });

  it('ends with 0 and a sentence when there is no record, and only queries', async () => {
    const auto = await deployed(POLICY);
    const ran: unknown[] = [];

    const operations = await auto.operationsDuring(async () => {
      ran.push(await auto.run('audit', '--table', auto.auditTable, '--day', '2026-01-01'));
      ran.push(await auto.run('audit', '--table', auto.auditTable, '--arn', 'guard'));
    });

    expect(ran).toEqual([
      { code: 0, out: 'There is no record of 2026-01-01.\n', err: '' },
      { code: 0, out: 'There is no record of guard.\n', err: '' },
    ]);
    expect(operations).toEqual(['dynamodb:Query', 'dynamodb:Query']);
  });

  it('obeys no escape sequence of a name', async () => {
    const auto = await deployed(POLICY);
    const arn = addJob(auto, 75, {}, { name: 'red\u001b[31m\u009b2J' });
    await auto.sweep();

    const [text, json] = [
      await auto.run('audit', '--table', auto.auditTable, '--arn', arn),
      await auto.run('audit', '--table', auto.auditTable, '--arn', arn, '--json'),
    ];

    expect((text.out + json.out).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('ends with 1 for a table that does not exist', async () => {
    const auto = await deployed(POLICY);

    const ran = await auto.run('audit', '--table', 'no-such-table');

    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(
      /^table no-such-table could not be read: ResourceNotFoundException.*\nTake the name/,
    );
  });
});

describe('savings', () => {
  it('states what the stops of this month avoided, at most and likely', async () => {
    const auto = await deployed(POLICY);
    addJob(auto, 70);
    await auto.sweep();
    auto.clock.advance(10 * MINUTE);
    await auto.sweep();
    const savings = (...args: string[]) => auto.run('savings', '--table', auto.auditTable, ...args);

    const [text, json, before] = [
      await savings(),
      await savings('--json'),
      await savings('--month', '2026-10', '--json'),
    ];

    expect(text).toMatchObject({ code: 0, err: '' });
    expect(text.out).toMatch(/At most: up to the timeouts\. Likely: up to the usual durations\./);
    expect(text.out).toMatch(/long-jobs +1 +1 +0 +0 +[\d.]+ +\$1\d\.\d\d +\$0\.00/);
    expect(text.out).toMatch(/Of 1 confirmed stops no usual duration is known/);
    expect(JSON.parse(json.out)).toMatchObject({
      format: 2,
      month: '2026-11',
      total: { stops: 1, confirmed: 1, withoutLikely: 1 },
      byRule: [{ rule: 'long-jobs', confirmed: 1 }],
      byProject: [{ project: 'mobile', confirmed: 1 }],
    });
    expect(JSON.parse(before.out)).toMatchObject({ month: '2026-10', total: { stops: 0 }, byRule: [] });
  });

  it.each(['2026-13', '2026-00', '26-11', 'november'])('refuses the month %s', async (month) => {
    const ran = await runAutostop(['savings', '--table', 'audit', '--month', month]);

    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining(`"${month}"`) });
  });
});

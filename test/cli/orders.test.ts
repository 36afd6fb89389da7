import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../emulator/server.ts';
import { parseArn } from '../../lambda/arn.ts';
import { ACCOUNT } from '../end-to-end/start.ts';
import { addJob, deployed, MINUTE, runAutostop, START, useEnvironment } from './support.ts';

const POLICY = {
  version: 1 as const,
  mode: 'enforce' as const,
  rules: [{ id: 'long-jobs', type: 'job-duration' as const, maxMinutes: 60 }],
};
const TOPIC = `arn:aws:sns:eu-west-1:${ACCOUNT}:stops`;
const RUN = `arn:aws:devicefarm:us-west-2:${ACCOUNT}:run:p/r`;
const at = (ms: number) => new Date(ms).toISOString();

describe('stop', () => {
  it('has a job stopped, in the name of the caller, and says where the answer is', async () => {
    const auto = await deployed(POLICY);
    const arn = addJob(auto, 5);

    const ran = await auto.order('stop', arn, '--reason', 'wrong branch');

    const message = auto.aws.topics.messages.find(({ topicArn }) => topicArn === auto.topic);
    expect(ran).toEqual({
      code: 0,
      err: '',
      out: [
        `sent message ${message?.messageId}; AutoStop answers it by mail and in the audit trail`,
        'See what became of it:',
        `  autostop audit --arn ${arn}`,
        '  autostop audit --arn guard',
        'Set AUTOSTOP_AUDIT_TABLE to the output AuditTableName first.',
        '',
      ].join('\n'),
    });
    const accepted = (await auto.trail()).filter(({ event }) => event === 'StopAccepted');
    expect(accepted).toMatchObject([{ subject: arn, actor: `sns:${message?.messageId}` }]);
    expect(accepted[0]?.reason).toMatch(/^user\/ada asked by message: wrong branch/);
  });

  it('prints commands that find the answer when they are pasted', async () => {
    const auto = await deployed(POLICY);
    addJob(auto, 5);
    const env = { AUTOSTOP_AUDIT_TABLE: auto.auditTable };
    const terminal = { now: auto.clock.now, env };
    const order = ['stop', 'account', '--confirm', ACCOUNT, '--topic', auto.topic];

    const ran = await runAutostop(order, terminal);
    await auto.aws.settle();
    const hints = [...ran.out.matchAll(/^ {2}autostop (.*)$/gm)].map(([, hint = '']) => hint);
    const answers = await Promise.all(hints.map((hint) => runAutostop(hint.split(' '), terminal)));

    expect(hints).toEqual(['audit --day 2026-11-23', 'audit --arn guard']);
    expect(ran.out).not.toMatch(/Set AUTOSTOP/);
    expect(answers.map(({ out }) => /StopAccepted|CommandReceived/.test(out))).toEqual([true, true]);
  });

  it('ends with 1 for a topic that does not exist', async () => {
    const auto = await deployed(POLICY);
    const topic = `arn:aws:sns:us-west-2:${ACCOUNT}:nothing`;

    const ran = await auto.run('stop', addJob(auto, 5), '--topic', topic);

    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toMatch(new RegExp(`^topic ${topic} did not take the message: `));
  });
});

describe('pauses and exemptions', () => {
  it('hold and protect, and end when they are taken back', async () => {
    const auto = await deployed(POLICY);
    const [arn, other] = [addJob(auto, 75), addJob(auto, 75)];
    const target = parseArn(other)?.runArn ?? '';
    const until = ['--until', at(auto.clock.now() + 60 * MINUTE)];

    const sent = [await auto.order('pause', ...until), await auto.order('exempt', target, ...until)];
    const paused = await auto.sweep();
    await auto.order('resume', '--reason', 'released');
    const resumed = await auto.sweep();
    await auto.order('unexempt', target);
    const unexempted = await auto.sweep();

    expect(sent.map(({ code }) => code)).toEqual([0, 0]);
    expect(sent[0]?.out).toMatch(/See what became of it:\n {2}autostop audit --arn guard\n/);
    expect(paused.stopped).toEqual([]);
    expect(paused.heldBack).toMatchObject([{ arn }]);
    expect([resumed.stopped, unexempted.stopped]).toEqual([[arn], [other]]);
  });

  it('that the policy of the stack refuses are answered where the command says, and stop nothing', async () => {
    const auto = await deployed({ ...POLICY, manualStop: { maxPauseHours: 1 } });

    const ran = await auto.order('pause', '--until', at(auto.clock.now() + 90 * MINUTE));
    const answer = await auto.run('audit', '--arn', 'guard', '--table', auto.auditTable);

    expect(ran.code).toBe(0);
    expect(ran.out).not.toMatch(/paused/);
    expect(answer.out).toMatch(/CommandRejected[\s\S]*a pause may last 1 h at most/);
    expect(answer.out).not.toMatch(/nothing was stopped|stopped nothing/);
  });
});

describe('an order that every policy refuses', () => {
  const over = at(START - 1);
  it.each([
    ['another account', ['stop', RUN.replace(ACCOUNT, '999999999999')], /in account 999999999999/],
    ['another region', ['stop', RUN.replace('us-west-2', 'eu-west-1')], /in region eu-west-1/],
    ['no ARN', ['stop', 'arn:nightly'], /target is "arn:nightly"/],
    ['an account without confirmation', ['stop', 'account'], /needs confirm/],
    ['another account confirmed', ['stop', 'account', '--confirm', '999999999999'], /it is "999999999999"/],
    ['a needless confirmation', ['stop', RUN, '--confirm', ACCOUNT], /confirm goes only with target/],
    ['a part of the work that there is not', ['stop', RUN, '--include', 'some'], /include is "some"/],
    ['markup in the reason', ['stop', RUN, '--reason', '<b>now</b>'], /reason is .*no . . or control/],
    ['a reason that is too long', ['stop', RUN, '--reason', 'x'.repeat(501)], /up to 500 characters/],
    [
      'an exemption of a job',
      ['exempt', RUN.replace(':run:p/r', ':job:p/r/00000'), '--until', over],
      /target is a job/,
    ],
    ['an exemption without end', ['exempt', RUN], /until is missing/],
    ['a pause that is over', ['pause', '--until', over], /not after/],
    [
      'a pause that no policy allows',
      ['pause', '--until', at(START + 745 * 60 * MINUTE)],
      /may last 744 h at most/,
    ],
  ])('is not sent: %s', async (_, args, reason) => {
    const ran = await runAutostop([...args, '--topic', TOPIC]);

    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringMatching(reason) });
    expect(ran.err).toMatch(/^nothing is sent, AutoStop would refuse it: /);
  });
});

describe('an order that waits', () => {
  it('tells what was stopped, and ends with 0', async () => {
    const auto = await deployed(POLICY);
    const arn = addJob(auto, 5);

    const ran = await auto.run('stop', arn, '--reason', 'wrong branch');

    expect(ran).toEqual({
      code: 0,
      err: '',
      out: 'done: 1 of 1 stopped\n  mobile / nightly / Google Pixel 8: stopped: user/ada asked by message: wrong branch\n',
    });
  });

  it.each([
    ['a role of this account', `arn:aws:sts::${ACCOUNT}:assumed-role/Ops/ada`, 'assumed-role/Ops/ada asked'],
    [
      'a role of another account',
      'arn:aws:sts::999999999999:assumed-role/Ops/ada',
      'arn:aws:sts::999999999999:assumed-role/Ops/ada asked',
    ],
  ])('says who asks: %s', async (_, identity, words) => {
    const auto = await deployed(POLICY);
    const { url, close } = await listen(0, (_request, response) => {
      response.end(
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${identity}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
    });
    onTestFinished(close);
    useEnvironment({ AWS_ENDPOINT_URL: auto.aws.url, AWS_ENDPOINT_URL_STS: url });

    const { code, out, err } = await auto.run('stop', addJob(auto, 5));

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`stopped: ${words} by message`);
  });

  it('goes on when nobody can say who asks, and says so', async () => {
    const auto = await deployed(POLICY);
    useEnvironment({ AWS_ENDPOINT_URL: auto.aws.url, AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' });

    const { code, out, err } = await auto.run('stop', addJob(auto, 5));

    expect(code).toBe(0);
    expect(out).toContain('stopped: asked by message');
    expect(err).toMatch(/^warning: the order does not say who asks: GetCallerIdentity: .*ECONNREFUSED/);
  });

  it('ends with 1 when it is not done within a minute, and says what happens then', async () => {
    const auto = await deployed(POLICY);
    const arn = addJob(auto, 5);
    auto.emulator.faults.add({ kind: 'error', name: 'ServiceAccountException', operation: 'StopJob' });

    const { code, out } = await auto.run('stop', arn);

    expect(code).toBe(1);
    expect(out).toMatch(/^not done yet: message .* AutoStop tries again every 5 minutes for 27 hours/);
  });

  it('ends with 1 when the policy of the stack refuses it', async () => {
    const auto = await deployed(POLICY);
    const run = addJob(auto, 5)
      .replace(':job:', ':run:')
      .replace(/\/\d+$/, '');

    const { code, out } = await auto.run('exempt', run, '--for', '20d');

    expect(code).toBe(1);
    expect(out).toMatch(/^refused: nothing was exempted: .*72/);
  });

  it('takes the address of a page of the console for its target', async () => {
    const auto = await deployed(POLICY);
    const [, project, run] = /:job:([^/]+)\/([^/]+)/.exec(addJob(auto, 5)) ?? [];
    const page = `https://us-west-2.console.aws.amazon.com/devicefarm/home?region=us-west-2#/mobile/projects/${project}/runs/${run}`;

    const { code, out } = await auto.run('stop', page);

    expect(code).toBe(0);
    expect(out).toContain('done: 1 of 1 stopped');
  });

  it('takes a name for its target: a project, or a run in flight', async () => {
    const auto = await deployed(POLICY);
    const project = auto.emulator.addProject({ name: 'My app' });
    const job = addJob(auto, 5, {}, { project, name: 'a/b nightly 123' });
    addJob(auto, 5, {}, { project, name: 'nightly 124' });
    addJob(auto, 300, { testMinutes: 1 }, { project, name: 'a/b nightly 123' });

    const extended = await auto.run('extend', 'My app/nightly 124', '--for', '30m', '--dry-run');
    const exempted = await auto.run('exempt', 'My app', '--for', '6h', '--dry-run');
    const stopped = await auto.run('stop', 'My app/a/b nightly 123');

    expect(extended.out).toMatch(/"target":"arn:aws:devicefarm:us-west-2:\d+:run:/);
    expect(exempted.out).toContain(`"target":"${project}"`);
    expect(stopped.out).toMatch(/^done: 1 of 1 stopped\n {2}My app \/ a\/b nightly 123 \/ /);
    expect(auto.emulator.requests.filter(({ operation }) => operation === 'StopRun')).toHaveLength(1);
    const accepted = (await auto.trail()).filter(({ event }) => event === 'StopAccepted');
    expect(accepted.map(({ subject }) => subject)).toContain(job);
    expect(new Set(accepted.map(({ run }) => run))).toEqual(new Set(['a/b nightly 123']));
  });

  it.each([
    ['My ap', /^no project is named "My ap", did you mean "My app"\?; there are "My app", "web", "mobile"$/],
    ['nightly', /^no project is named "nightly"; there are "My app", "web", "mobile"$/],
    ['web/nightly', /^project "web" has no run in flight named "nightly"; there is none$/],
    [
      'My app/nightli',
      /^project "My app" has no run in flight named "nightli", did you mean "nightly"\?; there are "nightly"$/,
    ],
    ['My app/ended', /^project "My app" has no run in flight named "ended"; there are "nightly"$/],
    [
      'My app/nightly',
      /^"My app\/nightly" names 2: arn:\S+:run:\S+ \(created \S+Z\), arn:\S+:run:\S+ \(created \S+Z\); write the ARN of one$/,
    ],
  ])('is not sent for a name that says too little: %s', async (name, sentence) => {
    const auto = await deployed(POLICY);
    const project = auto.emulator.addProject({ name: 'My app' });
    auto.emulator.addProject({ name: 'web' });
    for (const minutes of [5, 6]) addJob(auto, minutes, {}, { project });
    addJob(auto, 60, { testMinutes: 1 }, { project, name: 'ended' });

    const { code, out, err } = await auto.run('stop', name);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.trimEnd()).toMatch(sentence);
    expect(auto.aws.topics.messages).toEqual([]);
  });

  it('prints the message and sends nothing with --dry-run', async () => {
    const auto = await deployed(POLICY);
    const arn = addJob(auto, 5);

    const { code, out } = await auto.run('stop', arn, '--dry-run');

    expect(code).toBe(0);
    expect(out).toContain(`"target":"${arn}"`);
    expect(auto.aws.topics.messages).toEqual([]);
  });

  it('extends a limit, within what the policy allows', async () => {
    const auto = await deployed(POLICY);
    const arn = addJob(auto, 5);

    const extended = await auto.run('extend', arn, '--for', '30m');
    const tooLong = await auto.run('extend', arn, '--for', '2h');
    const without = await auto.run('extend', arn);

    expect(extended).toMatchObject({ code: 0, out: expect.stringContaining('may run 30 min longer') });
    expect(tooLong).toMatchObject({ code: 1, out: expect.stringContaining('at most 60') });
    expect(without).toMatchObject({ code: 2, err: expect.stringContaining('--for is missing') });
  });

  it('pauses for so long, and resumes', async () => {
    const auto = await deployed(POLICY);

    const paused = await auto.run('pause', '--for', '90m');
    const resumed = await auto.run('resume');

    expect(paused.out).toMatch(/^done: rules and AWS messages stop nothing until 2026-11-23T13:30:0/);
    expect(resumed).toMatchObject({ code: 0, out: expect.stringMatching(/^done: /) });
  });
});

describe('an order about a whole project, or about all stops', () => {
  const STOP = ['stop', '--reason', 'new build'];
  const LONGER = ['--for', '2h', '--reason', 'release'];

  async function twoProjects() {
    const auto = await deployed(POLICY);
    const project = auto.emulator.addProject({ name: 'My app' });
    for (const minutes of [5, 6]) addJob(auto, minutes, {}, { project });
    auto.emulator.addSession({ project, created: auto.clock.now() });
    addJob(auto, 5);
    await auto.sweep();
    const asked: string[] = [];
    /** A person who types this when asked. */
    const run = async (answer: string, ...args: string[]) => {
      const ask = async (question: string) => {
        asked.push(question);
        return answer;
      };
      const sleep = (ms: number) => auto.clock.sleep(ms);
      return runAutostop(args, { now: auto.clock.now, sleep, canAsk: true, ask });
    };
    return { auto, project, asked, run };
  }

  it('says what it names and how much is in flight, and is sent when that is meant', async () => {
    const { project, asked, run } = await twoProjects();

    const stopped = await run('yes', ...STOP, project);
    const exempted = await run('yes\n', 'exempt', project, ...LONGER);

    expect(stopped).toMatchObject({ code: 0, out: expect.stringMatching(/^done: 3 of 3 stopped/) });
    expect(stopped.err).toBe(
      `stop names the whole project ${project}. The last sweep saw 2 runs and 1 session of project "My app" in flight.\n`,
    );
    expect(exempted).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^exempt names the whole project /),
    });
    expect(asked).toEqual(['Type yes to go on: ', 'Type yes to go on: ']);
  });

  it.each(['no', '', 'y'])('is not sent when the answer is "%s"', async (answer) => {
    const { auto, project, run } = await twoProjects();

    const ran = [
      await run(answer, ...STOP, project),
      await run(answer, 'exempt', 'My app', ...LONGER),
      await run(answer, 'unexempt', project),
    ];

    expect(ran.map(({ code, out }) => ({ code, out }))).toEqual(ran.map(() => ({ code: 1, out: '' })));
    expect(ran.every(({ err }) => err.endsWith('Nothing was sent.\n'))).toBe(true);
    expect(auto.aws.topics.messages).toEqual([]);
  });

  it('is sent without a question with --yes, and for the account by its id', async () => {
    const { project, asked, run } = await twoProjects();

    const ran = [
      await run('no', ...STOP, project, '--yes'),
      await run('no', ...STOP, 'account', '--confirm', ACCOUNT),
    ];

    expect(ran.map(({ code, err }) => ({ code, err }))).toEqual(ran.map(() => ({ code: 0, err: '' })));
    expect(asked).toEqual([]);
  });

  it.each([
    [...STOP, `arn:aws:devicefarm:us-west-2:${ACCOUNT}:project:p`],
    ['exempt', `arn:aws:devicefarm:us-west-2:${ACCOUNT}:project:p`, ...LONGER],
  ])('is refused in a script that does not say --yes', async (...args) => {
    const ran = await runAutostop([...args, '--topic', TOPIC]);

    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toMatch(/^nothing is sent: .* whole project .*; add --yes if that is meant$/m);
  });

  it('says so when only the topic is known', async () => {
    const { auto, project, run } = await twoProjects();

    const { err } = await run('no', ...STOP, project, '--topic', auto.topic);

    expect(err).toContain('How much is in flight is not known here.');
  });

  it.each([
    ['a run', ['stop', RUN]],
    ['a pause, which stops nothing and ends by itself', ['pause', ...LONGER]],
    ['the end of a pause', ['resume']],
  ])('is not %s', async (_, args) => {
    const { asked, auto, run } = await twoProjects();

    const { code } = await run('no', ...args, '--topic', auto.topic);

    expect({ code, asked }).toEqual({ code: 0, asked: [] });
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runAutostop } from './support.ts';

const NAMES = ['plan', 'policy check', 'audit', 'savings', 'stop', 'pause', 'resume', 'exempt', 'unexempt'];
const JOB = 'arn:aws:devicefarm:us-west-2:123456789012:job:p/r/00000';
const RUN = 'arn:aws:devicefarm:us-west-2:123456789012:run:p/r';
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:stops';

describe('help', () => {
  it.each([['--help'], ['-h']])('lists every command for %s', async (option) => {
    const ran = await runAutostop([option]);

    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(NAMES.filter((name) => !ran.out.includes(`autostop ${name}`))).toEqual([]);
  });

  it('of nothing typed at all is a usage error that lists every command', async () => {
    const ran = await runAutostop([]);

    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(NAMES.filter((name) => !ran.err.includes(`autostop ${name}`))).toEqual([]);
  });

  it.each([
    ['plan', ['--policy <file>', '--state-table <name>', '--as-enforced', '--verbose', '--json']],
    ['policy check', []],
    ['audit', ['--table <name>', '--arn <arn>', '--day <YYYY-MM-DD>', '--days <number>', '--json']],
    [
      'stop',
      ['--topic <arn>', '--reason <text>', '--include <queued|all>', '--confirm', '--ignore-exemptions'],
    ],
    ['pause', ['--topic <arn>', '--until <time>', '--reason <text>']],
    ['resume', ['--topic <arn>', '--reason <text>']],
    ['exempt', ['--topic <arn>', '--until <time>', '--reason <text>']],
    ['unexempt', ['--topic <arn>', '--reason <text>']],
  ])('of %s explains its options and exit codes, whatever else is typed', async (name, options) => {
    const ran = await runAutostop([...name.split(' '), 'x', '--unknown', '--help']);

    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(new RegExp(`^Usage: autostop ${name} `));
    expect(ran.out).toMatch(/Exit codes: 0/);
    expect(options.filter((option) => !ran.out.includes(option))).toEqual([]);
  });

  it.each([['plan'], ['policy check'], ['policy']])('of %s is asked for by "help" too', async (name) => {
    const [first, second] = [
      await runAutostop(['help', ...name.split(' ')]),
      await runAutostop([...name.split(' '), '--help']),
    ];

    expect(first).toMatchObject({ code: 0, out: expect.stringContaining(`Usage: autostop ${name}`) });
    expect(first).toEqual(second);
  });

  it('alone lists the commands, and names one that is not known', async () => {
    expect(await runAutostop(['help'])).toEqual(await runAutostop(['--help']));
    expect(await runAutostop(['help', 'stats'])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/unknown command "stats", did you mean status/),
    });
  });

  it('of a first word explains the commands that begin with it', async () => {
    const ran = await runAutostop(['policy', '--help']);

    expect(ran).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^Usage: autostop policy check <file>/),
    });
  });

  it('keeps within the width of the terminal', async () => {
    const texts = await Promise.all(
      [['plan'], ['policy', 'check'], ['audit']].map((words) =>
        runAutostop([...words, '--help'], { width: 110 }),
      ),
    );

    const lines = texts.flatMap(({ out }) => out.split('\n'));
    expect(lines.filter((line) => line.length > 110)).toEqual([]);
  });
});

describe('the version', () => {
  it('is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

    const ran = await runAutostop(['--version']);

    expect(ran).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });
});

describe('what must be typed otherwise', () => {
  it.each([
    ['an unknown command', ['stopp'], /unknown command "stopp", did you mean stop\?.*--help/],
    ['half a command', ['policy'], /unknown command "policy", did you mean policy check\?/],
    [
      'a wrong second word',
      ['policy', 'chekc'],
      /unknown command "policy chekc", did you mean policy check\?/,
    ],
    ['an unknown option before a command', ['--json'], /unknown command "--json"/],
    ['an unknown option', ['plan', '--polcy', 'x'], /unknown option --polcy, did you mean --policy\?/],
    [
      'an option of another command',
      ['plan', '--arn', JOB],
      /unknown option --arn; "autostop plan" takes --policy/,
    ],
    ['a name of every object', ['plan', '--constructor'], /unknown option --constructor/],
    ['a short option', ['plan', '-v'], /unknown option -v/],
    ['an option without its value', ['plan', '--policy'], /--policy has no value; write --policy <file>/],
    ['an option in place of a value', ['plan', '--policy', '--json'], /--policy has no value/],
    ['an empty value', ['plan', '--policy='], /--policy has no value/],
    ['a value where none goes', ['plan', '--json=yes'], /--json is given the value "yes"; it takes none/],
    ['an option twice', ['audit', '--day', '2026-11-23', '--day', '2026-11-24'], /--day is given twice/],
    ['one argument too many', ['plan', 'policy.yaml'], /"policy.yaml" is one argument too many/],
    ['a missing argument', ['policy', 'check'], /<file> is missing; write autostop policy check <file>/],
    ['a day that is none', ['audit', '--day', '2026-02-30'], /day "2026-02-30" is not a day/],
    ['a day in words', ['audit', '--day', 'today'], /day "today" is not a day; write it like 2026-11-23/],
    ['a day and an ARN', ['audit', '--day', '2026-11-23', '--arn', JOB], /both --arn and --day/],
    [
      'days of one job',
      ['audit', '--days', '3', '--arn', JOB],
      /--days has no use here: all records of this ARN/,
    ],
    ['a day and days', ['audit', '--days', '3', '--day', '2026-11-23'], /both --day and --days/],
    ['no days', ['audit', '--days', '0', '--arn', RUN], /--days is "0"; write a whole number from 1 to 400/],
    ['too many days', ['audit', '--days', '401', '--arn', RUN], /--days is "401"/],
    ['an ARN of something else', ['audit', '--arn', TOPIC], /--arn is "arn:aws:sns/],
    [
      'a topic that is none',
      ['stop', JOB, '--topic', 'stops'],
      /topic "stops" is not the ARN of an SNS topic/,
    ],
    [
      'two ends of a pause',
      ['pause', '--topic', TOPIC, '--for', '2h', '--until', '2030-01-01T00:00:00Z'],
      /both --for and --until/,
    ],
    [
      'a duration that is none',
      ['pause', '--topic', TOPIC, '--for', 'soon'],
      /--for is "soon"; write minutes, hours or days/,
    ],
    ['no target', ['stop', '--topic', TOPIC], /<target> is missing/],
  ])('is told in a sentence, with exit code 2: %s', async (_, args, sentence) => {
    const ran = await runAutostop(args);

    expect(ran).toMatchObject({ code: 2, out: '', err: expect.stringMatching(sentence) });
    expect(ran.err).not.toMatch(/\n\s+at /);
  });
});

it('a policy that cannot be read is a failure, told in a sentence', async () => {
  const ran = await runAutostop(['plan', '--policy', '/nowhere/policy.yaml']);

  expect(ran).toMatchObject({ code: 1, err: expect.stringMatching(/^\/nowhere\/policy.yaml: .*ENOENT/) });
});

describe('a mistake in the program', () => {
  it('is thrown with its stack', async () => {
    const broken = { now: () => Number.NaN };

    const ran = runAutostop(['audit', '--table', 'trail'], broken);

    await expect(ran).rejects.toThrow(RangeError);
  });
});

import { describe, expect, it } from 'vitest';
import { digest, pauseCommand, runLines, type Told } from '../../lambda/notify/lines.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import { startAutoStop } from '../support/auto-stop.ts';
import { MANUAL_STOP_TOPIC } from '../support/local-auto-stop.ts';
import { addJob } from '../support/work.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const ARN = 'arn:aws:devicefarm:us-west-2:123456789012';
const rules = [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }];
const around = (maxExemptHours = 72) => ({
  now: NOW,
  policy: parsePolicy({ version: 1, rules, manualStop: { maxExemptHours } }),
  manualStopTopicArn: MANUAL_STOP_TOPIC,
});
const job = (index: number, device: string, more: Partial<Told> = {}): Told => ({
  arn: `${ARN}:job:p/r/0000${index}`,
  project: 'mobile',
  run: 'nightly',
  device,
  minutes: { total: 61, metered: 61, unmetered: 0 },
  money: 10_370_000,
  reason: 'ran 61 min; limit 60 min (rule long-jobs)',
  ...more,
});

describe('an entry of a notification', () => {
  it('tells of one run: names, devices together, minutes, money, reason, link and command', () => {
    const lines = runLines([job(0, 'Google Pixel 8'), job(1, 'Galaxy S24'), job(2, 'Galaxy S24')], around());

    expect(lines).toEqual([
      [
        'mobile / nightly, Google Pixel 8, Galaxy S24, 183 min so far, $31.11: ran 61 min; limit 60 min (rule long-jobs)',
        'https://us-west-2.console.aws.amazon.com/devicefarm/home?region=us-west-2#/mobile/projects/p/runs/r',
        `Exempt it: npx autostop exempt ${ARN}:run:p/r --until 2026-11-24T12:00:00Z --topic ${MANUAL_STOP_TOPIC} --reason "why"`,
      ].join('\n  '),
    ]);
  });

  it('tells of a session, which has a page of its own', () => {
    const [line] = runLines([{ arn: `${ARN}:session:p/s/00000`, project: 'lab', reason: 'r' }], around(2));

    expect(line).toContain('lab: r');
    expect(line).toContain('#/mobile/projects/p/sessions/s/00000/files');
    expect(line).toContain(`exempt ${ARN}:session:p/s/00000 --until 2026-11-23T14:00:00Z`);
  });

  it('counts further reasons and devices', () => {
    const jobs = Array.from({ length: 7 }, (_, index) =>
      job(index, `device ${index}`, { reason: `r${index}` }),
    );

    const [line] = runLines(jobs, around());

    expect(line).toContain('device 4 and 2 more devices');
    expect(line).toContain('r0 (and 6 more reasons, in the audit trail)');
  });

  it('leaves out what nobody knows, and commands where there is no topic', () => {
    const unknown = { arn: `${ARN}:job:p/r/00000`, reason: 'asked by message' };

    expect(runLines([unknown], { ...around(), manualStopTopicArn: undefined })).toEqual([
      'a run: asked by message\n  https://us-west-2.console.aws.amazon.com/devicefarm/home?region=us-west-2#/mobile/projects/p/runs/r',
    ]);
    expect(pauseCommand({ ...around(), manualStopTopicArn: undefined })).toBeUndefined();
    expect(pauseCommand(around())).toBe(`npx autostop pause --topic ${MANUAL_STOP_TOPIC} --reason "why"`);
  });
});

describe('digest', () => {
  const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}`);

  it('has the sections that have something to say', () => {
    const sections = [
      { title: 'Stopped', lines: ['a'], count: 3 },
      { title: 'Failed', lines: [] },
      { title: 'Held', lines: ['b', 'c'] },
    ];

    expect(digest(sections)).toBe('Stopped (3):\n- a\n\nHeld (2):\n- b\n- c');
    expect(digest([])).toBeUndefined();
  });

  it.each([
    [50, /- line 49$/],
    [51, /- line 49\n- and 1 more, in the audit trail$/],
  ])('shows 50 of %i lines and counts the rest', (count, end) => {
    expect(digest([{ title: 'Stopped', lines: lines(count) }])).toMatch(end);
  });
});

it('a project that is named to trick the reader of a mail does not', async () => {
  const auto = await startAutoStop();
  const project = auto.emulator.addProject({
    name: 'a\nTo: victim\r\n<b>Stop</b> https://evil.example/x www.evil.example \u202e',
  });
  addJob(auto, {}, { project, name: '<a href="https://evil.example">click</a>' });
  await auto.pass(61);

  await auto.sweep();

  const text = auto.topic.published[0]?.message ?? '';
  expect(text).toMatch(/^Stopped \(1\):\n- a\.To: victim\.\..b.Stop..b. https: \/\/evil/);
  expect(text).not.toMatch(/https?:\/\/evil|www\.|<|>|\u202e|\nTo:/);
});

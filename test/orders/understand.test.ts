import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Meaning, MessageContext } from '../../lambda/orders/meaning.ts';
import { refusal } from '../../lambda/orders/meaning.ts';
import {
  MAX_AGE,
  MAX_AGE_RECEIVED,
  MAX_AHEAD,
  MAX_LENGTH,
  readEnvelope,
  understand,
} from '../../lambda/orders/understand.ts';
import { parsePolicy } from '../../lambda/policy/load.ts';
import { isPlain } from '../../lambda/text.ts';

const ACCOUNT = '123456789012';
const NOW = Date.UTC(2026, 10, 23, 12);
const arn = (kind: string, id: string) => `arn:aws:devicefarm:us-west-2:${ACCOUNT}:${kind}:${id}`;
const PROJECT = arn('project', 'p');
const RUN = arn('run', 'p/r');
const JOB = arn('job', 'p/r/00000');
const SESSION = arn('session', 'p/s/00000');
const ALERT = golden('budgets-notification.txt');
const ALARM: Readonly<Record<string, unknown>> = JSON.parse(golden('cloudwatch-alarm.json'));
const ALARM_ARN = String(ALARM.AlarmArn);

const rules = [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }];
const policyWith = (manualStop: object) => parsePolicy({ version: 1, rules, manualStop });
const context: MessageContext = {
  accountId: ACCOUNT,
  policy: policyWith({
    budgets: [{ name: 'Test Budget', stop: 'queued' }],
    alarms: [{ name: 'device-farm-burn', stop: 'all' }],
  }),
  now: NOW,
};

function golden(file: string): string {
  return readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8');
}

const hours = (count: number) => new Date(NOW + count * 3_600_000).toISOString();

function hear(body: unknown, { sentAt = NOW, ...where }: Partial<MessageContext> & { sentAt?: number } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const message = { id: 'm1', text, timestamp: new Date(sentAt).toISOString() };
  return understand(message, { ...context, ...where });
}

const order = (members: Readonly<Record<string, unknown>> = {}) => ({
  action: 'stop',
  target: JOB,
  ...members,
});

/** What is stored and sent on of a message. */
function wordsOf(meaning: Meaning): string {
  if (meaning.kind === 'control') return meaning.order.words;
  return meaning.kind === 'stop' ? meaning.order.reason : meaning.reason;
}

describe('a person orders a stop', () => {
  it.each([
    ['job', JOB],
    ['run', RUN],
    ['session', SESSION],
    ['project', PROJECT],
  ])('of a %s', (kind, target) => {
    const meaning = hear(order({ target }));

    expect(meaning).toEqual({
      kind: 'stop',
      order: {
        target: { kind, arn: target },
        scope: 'any',
        reason: 'asked by message',
        ignoreExemptions: false,
        sentAt: NOW,
      },
    });
  });

  it('of the account, which the order must name', () => {
    const meaning = hear(
      order({ target: 'account', confirm: ACCOUNT, include: 'queued', ignoreExemptions: true }),
    );

    expect(meaning).toMatchObject({
      kind: 'stop',
      order: { target: { kind: 'account', account: ACCOUNT }, scope: 'queued', ignoreExemptions: true },
    });
  });

  it.each([
    [{ requestedBy: 'Ann', reason: 'over budget' }, 'Ann asked by message: over budget'],
    [{ requestedBy: 'Ann' }, 'Ann asked by message'],
    [{ reason: 'r'.repeat(500) }, `asked by message: ${'r'.repeat(500)}`],
  ])('and says who asked and why: %j', (members, reason) => {
    expect(hear(order(members))).toMatchObject({ kind: 'stop', order: { reason } });
  });
});

describe('a person pauses or exempts', () => {
  it.each([
    [{ action: 'pause' }, { action: 'pause', until: hours(24) }],
    [
      { action: 'pause', until: hours(24) },
      { action: 'pause', until: hours(24) },
    ],
    [
      { action: 'pause', until: '2026-11-23T14:30:00+02:00' },
      { action: 'pause', until: hours(0.5) },
    ],
    [{ action: 'resume' }, { action: 'resume' }],
    [
      { action: 'exempt', target: RUN, until: hours(72) },
      { action: 'exempt', target: RUN, until: hours(72) },
    ],
    [
      { action: 'exempt', target: SESSION, until: hours(1) },
      { action: 'exempt', target: SESSION, until: hours(1) },
    ],
    [
      { action: 'unexempt', target: PROJECT },
      { action: 'unexempt', target: PROJECT },
    ],
  ])('%j', (body, { until, ...control }: { action: string; target?: string; until?: string }) => {
    const meaning = hear({ ...body, reason: 'release', requestedBy: 'ada' });

    expect(meaning).toEqual({
      kind: 'control',
      order: {
        ...control,
        ...(until && { until: Date.parse(until) }),
        words: 'ada asked by message: release',
      },
      sentAt: NOW,
    });
  });

  it('for a time from the sending, so that a repetition means the same', () => {
    const meaning = hear({ action: 'pause' }, { sentAt: NOW - 1_800_000 });

    expect(meaning).toMatchObject({ order: { until: Date.parse(hours(23.5)) } });
  });

  it.each([
    [{ action: 'pause', target: RUN }, /key "target" is not known/],
    [{ action: 'resume', until: hours(1) }, /key "until" is not known/],
    [{ action: 'pause', until: 'tomorrow' }, /until is "tomorrow"; allowed: an ISO 8601 time/],
    [{ action: 'pause', until: 7 }, /until is 7/],
    [{ action: 'pause', until: hours(0) }, /not after 2026-11-23T12:00:00.000Z/],
    [{ action: 'pause', until: hours(24.01) }, /a pause may last 24 h at most, here until 2026-11-24T12/],
    [{ action: 'exempt', target: RUN }, /until is missing/],
    [{ action: 'exempt', target: RUN, until: hours(72.01) }, /an exemption may last 72 h at most/],
    [
      { action: 'exempt', until: hours(1) },
      /target is missing; allowed: the ARN of a run, project or session/,
    ],
    [{ action: 'exempt', target: JOB, until: hours(1) }, /target is a job/],
    [{ action: 'unexempt', target: RUN.replace(ACCOUNT, '999999999999') }, /in account 9999/],
    [{ action: 'resume', requestedBy: 'a'.repeat(501) }, /requestedBy is .*up to 500 characters/],
  ])('and is refused: %j', (body, reason) => {
    const meaning = hear(body);

    expect(meaning).toEqual({
      kind: 'rejected',
      reason: expect.stringMatching(reason),
      action: body.action,
    });
  });
});

describe('a message of AWS', () => {
  it.each([
    ['a budget', ALERT, 'budget:Test Budget', 'queued', /^AWS budget "Test Budget" .*\(\$0\.59\)$/],
    [
      'a budget with the line ends of Windows',
      ALERT.replaceAll('\n', '\r\n'),
      'budget:Test Budget',
      'queued',
      /0\.59/,
    ],
    [
      'an alarm',
      JSON.stringify(ALARM),
      'alarm:device-farm-burn',
      'any',
      /^CloudWatch alarm "device-farm-burn" is/,
    ],
  ])('of %s that the policy lists is an order for the account', (_, text, rule, scope, reason) => {
    expect(hear(text)).toEqual({
      kind: 'stop',
      order: {
        target: { kind: 'account', account: ACCOUNT },
        scope,
        rule,
        reason: expect.stringMatching(reason),
        ignoreExemptions: false,
        sentAt: NOW,
      },
    });
  });

  it.each([
    { from: ACCOUNT, to: '999999999999', reason: 'of account "999999999999", not of this one' },
    { from: /^AWS Account.*$/m, to: '', reason: 'of account missing' },
    {
      from: 'Budget Name: Test Budget',
      to: 'Budget Name: Other',
      reason: '"Other"; manualStop.budgets in the policy does not list it',
    },
    {
      from: 'Budget Name: Test Budget',
      to: 'Budget Name: test budget',
      reason: '"test budget"; manualStop.budgets',
    },
    { from: 'Budget Type: Cost', to: 'Budget Name: Test Budget', reason: 'it has 2 lines "Budget Name"' },
    { from: 'Budget Type: Cost', to: 'AWS Account 999999999999', reason: 'it has 2 lines "AWS Account"' },
    { from: 'Budget Type: Cost', to: `AWS Account ${ACCOUNT}`, reason: 'it has 2 lines "AWS Account"' },
    { from: 'Budget Type: Cost', to: 'Alert Type: FORECASTED', reason: 'it has 2 lines "Alert Type"' },
    { from: 'Alert Type: ACTUAL', to: 'Alert Type: FORECASTED', reason: 'only ACTUAL may stop work' },
    { from: /^Alert Type:.*$/m, to: '', reason: 'of type missing' },
  ])('about a budget is refused: $reason', ({ from, to, reason }) => {
    expect(hear(ALERT.replace(from, to))).toEqual({
      kind: 'rejected',
      reason: expect.stringContaining(reason),
    });
  });

  it.each([
    [/^ACTUAL Amount:.*$/m, '', '(amount not given)'],
    ['ACTUAL Amount: $0.59', 'ACTUAL Amount: <a href="x">', '(.a href="x".)'],
    ['ACTUAL Amount: $0.59', `ACTUAL Amount: ${'9'.repeat(5_000)}`, '... (5000 characters))'],
  ])('says an amount only as far as it is harmless: %s', (from, to, amount) => {
    expect(hear(ALERT.replace(from, to))).toMatchObject({
      order: { reason: expect.stringContaining(amount) },
    });
  });

  it.each([
    { with: { AWSAccountId: '999999999999' }, reason: 'of account "999999999999"' },
    { with: { AWSAccountId: 123456789012 }, reason: 'of account 123456789012' },
    { with: { AlarmName: 'other' }, reason: '"other"; manualStop.alarms in the policy does not list it' },
    { with: { AlarmName: ['device-farm-burn'] }, reason: 'alarm ["device-farm-burn"]' },
    { with: { NewStateValue: undefined }, reason: 'in state missing; only ALARM may stop work' },
    { with: { NewStateValue: 'alarm' }, reason: 'in state "alarm"' },
  ])('about an alarm is refused: $reason', ({ with: others, reason }) => {
    expect(hear({ ...ALARM, ...others })).toEqual({
      kind: 'rejected',
      reason: expect.stringContaining(reason),
    });
  });

  it.each(['OK', 'INSUFFICIENT_DATA'])('about an alarm in state %s is ignored, listed or not', (state) => {
    const kinds = ['device-farm-burn', 'other'].map(
      (name) => hear({ ...ALARM, AlarmName: name, NewStateValue: state }).kind,
    );

    expect(kinds).toEqual(['ignored', 'ignored']);
  });

  it.each([
    { listed: ALARM_ARN, sent: ALARM_ARN, kind: 'stop' },
    { listed: ALARM_ARN, sent: ALARM_ARN.replace('us-west-2', 'eu-west-1'), kind: 'rejected' },
    { listed: ALARM_ARN, sent: undefined, kind: 'rejected' },
    { listed: undefined, sent: undefined, kind: 'stop' },
  ])('about an alarm of another region is $kind when the policy lists $listed', ({ listed, sent, kind }) => {
    const policy = policyWith({ alarms: [{ name: 'device-farm-burn', arn: listed, stop: 'all' }] });

    expect(hear({ ...ALARM, AlarmArn: sent }, { policy }).kind).toBe(kind);
  });
});

describe('a message in time', () => {
  it.each([
    { age: MAX_AGE, receivedBefore: false, kind: 'stop' },
    { age: MAX_AGE + 1, receivedBefore: false, kind: 'rejected' },
    { age: MAX_AGE + 1, receivedBefore: true, kind: 'stop' },
    { age: MAX_AGE_RECEIVED, receivedBefore: true, kind: 'stop' },
    { age: MAX_AGE_RECEIVED + 1, receivedBefore: true, kind: 'rejected' },
    { age: -MAX_AHEAD, receivedBefore: false, kind: 'stop' },
    { age: -MAX_AHEAD - 1, receivedBefore: true, kind: 'rejected' },
  ])('of $age ms, received before: $receivedBefore, is $kind', ({ age, receivedBefore, kind }) => {
    expect(hear(order(), { sentAt: NOW - age, receivedBefore }).kind).toBe(kind);
  });

  it.each(['', 'yesterday', '2026-13-40T00:00:00Z', '<b>'])('has a time, not "%s"', (timestamp) => {
    const meaning = understand({ id: 'm1', text: JSON.stringify(order()), timestamp }, context);

    expect(meaning).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('is not a time') });
  });

  it('is not longer than an order can be', () => {
    const text = JSON.stringify(order());

    const kinds = [MAX_LENGTH, MAX_LENGTH + 1].map((length) => hear(text.padEnd(length)).kind);

    expect(kinds).toEqual(['stop', 'rejected']);
  });
});

describe('a message that can mean two things is refused', () => {
  const twice = (first: string, second: string) => `{"action":"stop",${first},${second}}`;

  it.each([
    ['a target given twice', twice(`"target":"${PROJECT}"`, `"target":"${JOB}"`), 'target'],
    ['the same target twice', twice(`"target":"${JOB}"`, `"target":"${JOB}"`), 'target'],
    ['an action given twice', `{"action":"resume","action":"pause"}`, 'action'],
    ['an escaped key', twice(`"target":"${JOB}"`, `"t\\u0061rget":"${PROJECT}"`), 'target'],
    ['an alarm named twice', `{"AlarmName":"a","AlarmName":"b"}`, 'AlarmName'],
  ])('%s', (_, text, key) => {
    expect(hear(text)).toMatchObject({
      kind: 'rejected',
      reason: `key "${key}" is given twice; nobody can say which one holds`,
    });
  });

  it('an alarm that is an order too', () => {
    expect(hear({ ...ALARM, action: 'stop', target: JOB })).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('it has AlarmName and action'),
    });
  });

  it('an order that calls itself a chat notification', () => {
    expect(hear(order({ source: 'custom', version: '1.0' }))).toMatchObject({
      kind: 'rejected',
      action: 'stop',
      reason: expect.stringContaining('key "source" is not known'),
    });
  });

  it.each([
    ['keys of what is nested', { ...ALARM, Trigger: { AlarmName: 1 }, x: [{ AlarmName: 2 }] }],
    ['braces and quotes in a text', order({ reason: 'a "reason": {, } [ \\ "target":' })],
  ])('but not %s', (_, body) => {
    expect(hear(body).kind).toBe('stop');
  });

  it('and a chat notification that comes back is ignored', () => {
    const notification = { version: '1.0', source: 'custom', content: { description: 'stopped 3' } };

    expect(hear(notification).kind).toBe('ignored');
  });
});

describe('understand refuses', () => {
  const other = (from: string, to: string) => JOB.replace(from, to);

  it.each<[string, unknown, string]>([
    ['nothing', '', 'it is not a JSON object: ""'],
    ['plain words', 'stop everything', 'it is not a JSON object'],
    ['words before an alert', `Please: ${ALERT}`, 'it is not a JSON object'],
    ['half of an object', '{"action":"stop"', 'it is not a JSON object'],
    ['a list', [order()], 'it is not a JSON object'],
    ['null', 'null', 'it is not a JSON object'],
    ['a notification of another version', { version: '2.0', source: 'custom' }, 'action is missing'],
    ['an empty object', {}, 'action is missing; allowed: "stop", "pause", "resume", "exempt", "unexempt"'],
    ['256 KB of noise', '#'.repeat(256 * 1024), 'it has 262144 characters; at most 10000 are read'],
    ['a list of ARNs', order({ target: [JOB, JOB] }), 'target is ["arn:aws:devicefarm:'],
    ['lists without end', `{"action":${'['.repeat(4_900)}${']'.repeat(4_900)}}`, 'action is ["..."]'],
    ['another action', order({ action: 'STOP' }), 'action is "STOP"; allowed: "stop"'],
    ['a method of every object', order({ action: 'toString' }), 'action is "toString"'],
    ['a key that is not known', order({ force: true }), 'key "force" is not known; allowed: action, '],
    [
      'a key of the prototype',
      `{"__proto__":{"action":"stop"},"target":"${JOB}"}`,
      'action is missing; allowed: "stop", "pause"',
    ],
    ['no target', order({ target: undefined }), 'target is missing; allowed: the ARN of a job'],
    ['a glob', order({ target: '*' }), 'target is "*"'],
    ['another service', order({ target: other('devicefarm', 'ec2') }), 'allowed: the ARN of a job'],
    ['another partition', order({ target: other('arn:aws:', 'arn:aws-cn:') }), 'allowed: the ARN of a job'],
    ['another kind of thing', order({ target: other(':job:', ':suite:') }), 'allowed: the ARN of a job'],
    ['an ARN with a line break', order({ target: `${JOB}\n` }), 'allowed: the ARN of a job'],
    ['another account', order({ target: other(ACCOUNT, '999999999999') }), 'target is in account 9999'],
    ['another region', order({ target: other('us-west-2', 'eu-west-1') }), 'target is in region eu-west-1'],
    ['the account without its id', order({ target: 'account' }), 'it is missing'],
    ['the account with another id', order({ target: 'account', confirm: '99' }), 'it is "99"'],
    ['a confirmation of a job', order({ confirm: ACCOUNT }), 'confirm goes only with target "account"'],
    ['another choice of work', order({ include: 'running' }), 'include is "running"; allowed: "queued"'],
    ['a word for a flag', order({ ignoreExemptions: 'true' }), 'ignoreExemptions is "true"; allowed: true'],
    ['markup in the reason', order({ reason: '<script>' }), 'reason is ".script."'],
    ['a line break in the reason', order({ reason: 'a\nb' }), 'reason is "a\\nb"'],
    ['a turned name', order({ requestedBy: '\u202eAnn' }), 'requestedBy is ".Ann"'],
    ['a reason that is too long', order({ reason: 'r'.repeat(501) }), 'up to 500 characters'],
    ['nobody', order({ requestedBy: null }), 'requestedBy is null'],
  ])('%s', (_, body, reason) => {
    expect(hear(body)).toMatchObject({ kind: 'rejected', reason: expect.stringContaining(reason) });
  });

  it.each([
    ['stop', 'nothing was stopped: too late'],
    ['pause', 'AutoStop was not paused: too late'],
    ['exempt', 'nothing was exempted: too late'],
    [undefined, 'the message changed nothing: too late'],
  ] as const)('%s in a sentence that fits', (action, sentence) => {
    expect(refusal({ kind: 'rejected', reason: 'too late', action })).toBe(sentence);
  });
});

describe('readEnvelope', () => {
  it('takes what the topic was sent out of the message of the queue', () => {
    const envelope = { MessageId: 'm1', Message: 'text', Timestamp: hours(0), Type: 'Notification' };

    expect(readEnvelope(JSON.stringify(envelope), 'sqs1')).toEqual({
      id: 'm1',
      text: 'text',
      timestamp: hours(0),
    });
  });

  it.each(['{}', 'noise', '{"action":"stop"}', '{"MessageId":1,"Message":"x","Timestamp":"y"}'])(
    'refuses what did not come through the topic: %s',
    (body) => {
      expect(understand(readEnvelope(body, 'sqs1'), context).kind).toBe('rejected');
    },
  );
});

describe('understand, whatever it is sent', () => {
  const words = fc.constantFrom('stop', 'account', ACCOUNT, JOB, RUN, PROJECT, 'all', 'queued', 'true', '');
  const members = fc.constantFrom(
    ...['action', 'target', 'reason', 'requestedBy', 'include', 'confirm', 'ignoreExemptions', 'until'],
    ...['AlarmName', 'AWSAccountId', 'NewStateValue', 'source', 'version', '__proto__', 'toString'],
  );
  const value = fc.oneof(
    words,
    fc.boolean(),
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('ALARM', 'device-farm-burn', 'custom', '1.0', 'pause', 'exempt'),
  );
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json({ maxDepth: 2 }),
    fc.dictionary(members, value).map((body) => JSON.stringify(body)),
    fc
      .tuple(fc.dictionary(members, value), fc.constantFrom(JOB, 'account'))
      .map(([body, target]) => JSON.stringify({ action: 'stop', target, ...body })),
    fc
      .array(fc.constantFrom(...ALERT.split('\n'), 'Alert Type: x'))
      .map((lines) => ['AWS Budget Notification', ...lines].join('\n')),
  );

  it('takes nothing for an order that does not say so exactly, in plain words, and never throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const meaning = hear(text);

        const said = wordsOf(meaning).replace('no < > or control', 'no control');
        expect(isPlain(said)).toBe(true);
        expect(said.length).toBeLessThan(1_100);
        if (meaning.kind !== 'stop') return;
        const { target, scope, rule, ignoreExemptions } = meaning.order;
        if (rule !== undefined) {
          expect(target).toEqual({ kind: 'account', account: ACCOUNT });
          return;
        }
        const body: Readonly<Record<string, unknown>> = JSON.parse(text);
        expect(body.action).toBe('stop');
        if (target.kind === 'account') expect(body).toMatchObject({ target: 'account', confirm: ACCOUNT });
        else expect(body.target).toBe(target.arn);
        expect(scope).toBe(body.include === 'queued' ? 'queued' : 'any');
        expect(ignoreExemptions).toBe(body.ignoreExemptions ?? false);
      }),
      { numRuns: 10_000 },
    );
  });

  it('finds a key that is given twice, however it is written', () => {
    const spelled = fc.constantFrom('"reason"', '"r\\u0065ason"', '"\\u0072eason"');
    const noise = fc.string().map((text) => `"requestedBy":${JSON.stringify(text)}`);
    fc.assert(
      fc.property(spelled, spelled, noise, (first, second, between) => {
        const text = `{"action":"resume",${first}:"a",${between},${second}:"b"}`;

        expect(hear(text)).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('twice') });
      }),
    );
  });

  it('takes any age but the last hour for stale', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (age) => {
        const { kind } = hear(order(), { sentAt: NOW - age });

        expect(kind).toBe(age > MAX_AGE || age < -MAX_AHEAD ? 'rejected' : 'stop');
      }),
    );
  });
});

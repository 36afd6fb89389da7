import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isPlain,
  type MessageContext,
  type Understanding,
} from '../../../../lambda/core/messages/command.ts';
import {
  isLate,
  MAX_AGE,
  MAX_AGE_RECEIVED,
  MAX_AHEAD,
  MAX_LENGTH,
  understand,
} from '../../../../lambda/core/messages/operator-message.ts';
import { account, jobArn, now, policy, projectArn, runArn, sessionArn } from '../samples.ts';

const rules = [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60 }] as const;
const context: MessageContext = {
  accountId: account,
  policy: policy(rules, {
    manualStop: {
      budgets: [{ name: 'Test Budget', stop: 'queued' }],
      alarms: [{ name: 'device-farm-burn', stop: 'all' }],
    },
  }),
  now,
};

function hear(text: string, { at = now, in: where = context } = {}): Understanding {
  return understand({ id: 'm1', text, timestamp: new Date(at).toISOString() }, where);
}

function order(members: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ action: 'stop', target: jobArn(), ...members });
}

function golden(file: string): string {
  return readFileSync(new URL(`../../../golden/${file}`, import.meta.url), 'utf8');
}

/** What is stored and sent on of a message. */
function wordsOf(meaning: ReturnType<typeof understand>): string {
  if (meaning.kind === 'steer') return meaning.command.words;
  return meaning.kind === 'stop' ? meaning.command.reason : meaning.reason;
}

describe('understand', () => {
  it.each([
    ['job', jobArn()],
    ['run', runArn()],
    ['session', sessionArn()],
    ['project', projectArn],
  ])('takes an order to stop a %s', (kind, arn) => {
    const meaning = hear(order({ target: arn }));

    expect(meaning).toEqual({
      kind: 'stop',
      command: {
        target: { kind, arn },
        include: 'all',
        from: 'operator',
        reason: 'asked by message',
        ignoreExemptions: false,
        sentAt: now,
      },
    });
  });

  it('takes an order to stop the account that names it', () => {
    const meaning = hear(
      order({ target: 'account', confirm: account, include: 'queued', ignoreExemptions: true }),
    );

    expect(meaning).toMatchObject({
      kind: 'stop',
      command: { target: { kind: 'account', account }, include: 'queued', ignoreExemptions: true },
    });
  });

  it.each([
    [{ requestedBy: 'Ann', reason: 'over budget' }, 'Ann asked by message: over budget'],
    [{ requestedBy: 'Ann' }, 'Ann asked by message'],
    [{ reason: 'over budget' }, 'asked by message: over budget'],
    [{ reason: 'r'.repeat(500) }, `asked by message: ${'r'.repeat(500)}`],
  ])('says who asked and why: %j', (members, reason) => {
    expect(hear(order(members))).toMatchObject({ kind: 'stop', command: { reason } });
  });

  it.each([
    { age: MAX_AGE, kind: 'stop' },
    { age: MAX_AGE + 1, kind: 'rejected' },
    { age: -MAX_AHEAD, kind: 'stop' },
    { age: -MAX_AHEAD - 1, kind: 'rejected' },
  ])('takes a message for an hour after it was sent: $age ms is $kind', ({ age, kind }) => {
    expect(hear(order(), { at: now - age }).kind).toBe(kind);
  });

  it.each([
    { age: MAX_AGE + 1, kind: 'stop' },
    { age: MAX_AGE_RECEIVED, kind: 'stop' },
    { age: MAX_AGE_RECEIVED + 1, kind: 'rejected' },
    { age: -MAX_AHEAD - 1, kind: 'rejected' },
  ])('takes one that was received in time for 7 days: $age ms is $kind', ({ age, kind }) => {
    expect(hear(order(), { at: now - age, in: { ...context, receivedBefore: true } }).kind).toBe(kind);
  });

  it.each([
    { age: MAX_AGE, late: false },
    { age: MAX_AGE + 1, late: true },
    { age: -MAX_AHEAD, late: false },
  ])('calls a message of $age ms late: $late', ({ age, late }) => {
    expect(isLate({ timestamp: new Date(now - age).toISOString() }, now)).toBe(late);
  });

  it.each(['', 'yesterday', '2026-13-40T00:00:00Z', '<b>'])('refuses the timestamp "%s"', (timestamp) => {
    const meaning = understand({ id: 'm1', text: order(), timestamp }, context);

    expect(meaning).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('its timestamp is not a time'),
    });
  });

  it.each([
    ['a budget', golden('budgets-notification.txt'), 'budget:Test Budget'],
    ['an alarm', golden('cloudwatch-alarm.json'), 'alarm:device-farm-burn'],
  ])('takes the message of %s that the policy lists', (_, text, rule) => {
    expect(hear(text)).toMatchObject({ kind: 'stop', command: { rule, from: 'aws' } });
  });

  it.each([
    ['a budget', golden('budgets-notification.txt')],
    ['an alarm', golden('cloudwatch-alarm.json')],
  ])('refuses the message of %s when the policy lists none', (_, text) => {
    const meaning = hear(text, { in: { ...context, policy: policy(rules) } });

    expect(meaning).toMatchObject({
      kind: 'rejected',
      reason: expect.stringContaining('in the policy does not list it'),
    });
  });

  it('ignores a chat notification that comes back', () => {
    const notification = { version: '1.0', source: 'custom', content: { description: 'stopped 3' } };

    expect(hear(JSON.stringify(notification)).kind).toBe('ignored');
  });
});

describe('understand refuses', () => {
  const other = (from: string, to: string) => jobArn().replace(from, to);

  it.each([
    ['nothing', '', 'it is not a JSON object: ""'],
    ['plain words', 'stop everything', 'it is not a JSON object'],
    ['words before an alert', `Please: ${golden('budgets-notification.txt')}`, 'it is not a JSON object'],
    ['half of an object', '{"action":"stop"', 'it is not a JSON object'],
    ['a list', JSON.stringify([{ action: 'stop', target: jobArn() }]), 'it is not a JSON object'],
    ['null', 'null', 'it is not a JSON object'],
    ['a text', JSON.stringify(jobArn()), 'it is not a JSON object'],
    [
      'a notification of another version',
      JSON.stringify({ version: '2.0', source: 'custom' }),
      'action is missing; allowed: "stop", "pause"',
    ],
    ['an empty object', '{}', 'action is missing; allowed: "stop"'],
    ['256 KB of noise', '#'.repeat(256 * 1024), 'it has 262144 characters; at most 10000 are read'],
    ['256 KB of order', order({ reason: 'r'.repeat(256 * 1024) }), 'at most 10000 are read'],
    [
      'a thousand ARNs',
      order({ target: Array.from({ length: 1_000 }, () => jobArn()) }),
      'at most 10000 are read',
    ],
    ['a list of ARNs', order({ target: [jobArn(), jobArn('00001')] }), 'target is ["arn:aws:devicefarm:'],
    ['lists without end', `{"action":${'['.repeat(4_900)}${']'.repeat(4_900)}}`, 'action is ["..."]'],
    [
      'objects without end',
      `{"action":${'{"":'.repeat(1_900)}1${'}'.repeat(1_900)}}`,
      'action is {"":"..."}',
    ],
    ['another action', order({ action: 'STOP' }), 'action is "STOP"; allowed: "stop"'],
    ['an action that is true', order({ action: true }), 'action is true'],
    ['a key that is not known', order({ force: true }), 'key "force" is not known; allowed: action, target'],
    [
      'a key of the prototype',
      `{"__proto__":{"action":"stop"},"target":"${jobArn()}"}`,
      'action is missing; allowed: "stop", "pause"',
    ],
    ['a key of every object', order({ constructor: 1 }), 'key "constructor" is not known'],
    ['no target', order({ target: undefined }), 'target is missing; allowed: the ARN of a job'],
    ['a number for a target', order({ target: 5 }), 'target is 5'],
    ['a glob', order({ target: '*' }), 'target is "*"'],
    ['the target of a prototype', order({ target: '__proto__' }), 'target is "__proto__"'],
    ['another service', order({ target: other('devicefarm', 'ec2') }), 'allowed: the ARN of a job'],
    ['another partition', order({ target: other('arn:aws:', 'arn:aws-cn:') }), 'allowed: the ARN of a job'],
    ['another kind of thing', order({ target: other(':job:', ':suite:') }), 'allowed: the ARN of a job'],
    ['an ARN with a line break', order({ target: `${jobArn()}\n` }), 'allowed: the ARN of a job'],
    ['two ARNs in one text', order({ target: `${jobArn()} ${jobArn()}` }), 'allowed: the ARN of a job'],
    [
      'another account',
      order({ target: other(account, '999999999999') }),
      `target is in account 999999999999; this guard stops work in ${account} only`,
    ],
    [
      'another region',
      order({ target: other('us-west-2', 'eu-west-1') }),
      'target is in region eu-west-1; Device Farm is in us-west-2 only',
    ],
    [
      'the account without its id',
      order({ target: 'account' }),
      "needs confirm to be this account's id; it is missing",
    ],
    [
      'the account with another id',
      order({ target: 'account', confirm: '999999999999' }),
      'it is "999999999999"',
    ],
    ['the account with a number', order({ target: 'account', confirm: Number(account) }), `it is ${account}`],
    ['a confirmation of a job', order({ confirm: account }), 'confirm goes only with target "account"'],
    [
      'another choice of work',
      order({ include: 'running' }),
      'include is "running"; allowed: "queued", "all"',
    ],
    ['no choice of work', order({ include: null }), 'include is null'],
    [
      'a word for a flag',
      order({ ignoreExemptions: 'true' }),
      'ignoreExemptions is "true"; allowed: true, false',
    ],
    [
      'markup in the reason',
      order({ reason: '<script>alert(1)</script>' }),
      'reason is ".script.alert(1)./script."',
    ],
    ['a line break in the reason', order({ reason: 'a\nb' }), 'reason is "a\\nb"'],
    ['a line separator in the reason', order({ reason: 'a\u2028b' }), 'reason is "a.b"'],
    ['a turned name', order({ requestedBy: '\u202eAnn' }), 'requestedBy is ".Ann"'],
    ['half of a pair in a name', order({ requestedBy: '\ud83d' }), 'requestedBy is "\\ud83d"'],
    ['a reason that is too long', order({ reason: 'r'.repeat(501) }), 'up to 500 characters'],
    ['a reason that is a list', order({ reason: ['why'] }), 'reason is ["why"]'],
    ['nobody', order({ requestedBy: null }), 'requestedBy is null'],
  ])('%s', (_, text, reason) => {
    const meaning = hear(text);

    expect(meaning).toEqual({ kind: 'rejected', reason: expect.stringContaining(reason) });
  });
});

describe('understand, whatever it is sent', () => {
  const words = fc.constantFrom(
    'stop',
    'account',
    account,
    jobArn(),
    runArn(),
    projectArn,
    'all',
    'queued',
    'true',
    '',
  );
  const members = fc.constantFrom(
    ...['action', 'target', 'reason', 'requestedBy', 'include', 'confirm', 'ignoreExemptions'],
    ...['AlarmName', 'AWSAccountId', 'NewStateValue', 'source', 'version', '__proto__', 'toString'],
  );
  const value = fc.oneof(
    words,
    fc.boolean(),
    fc.jsonValue(),
    fc.constantFrom('ALARM', 'device-farm-burn', 'custom', '1.0'),
  );
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.dictionary(members, value).map((body) => JSON.stringify(body)),
    fc
      .tuple(fc.dictionary(members, value), fc.constantFrom(jobArn(), 'account'))
      .map(([body, target]) => JSON.stringify({ action: 'stop', target, ...body })),
    fc
      .array(fc.constantFrom(...golden('budgets-notification.txt').split('\n'), 'Alert Type: x'))
      .map((lines) => ['AWS Budget Notification', ...lines].join('\n')),
  );
  const anyTimestamp = fc.oneof(fc.string(), fc.constant(new Date(now).toISOString()));

  it('gives one of four answers, in plain words, and never throws', () => {
    fc.assert(
      fc.property(anyText, anyTimestamp, (text, timestamp) => {
        const meaning = understand({ id: 'm1', text, timestamp }, context);

        const reason = wordsOf(meaning);
        expect(['stop', 'steer', 'rejected', 'ignored']).toContain(meaning.kind);
        // The one sentence that names the characters which are not allowed.
        expect(isPlain(reason.replace('no < > or control', 'no control'))).toBe(true);
        expect(reason.length).toBeLessThan(1_100);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes nothing for an order that does not say so exactly', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const meaning = hear(text);

        if (meaning.kind !== 'stop') return;
        if (meaning.command.from === 'aws') {
          expect(meaning.command.target).toEqual({ kind: 'account', account });
          return;
        }
        const body: Readonly<Record<string, unknown>> = JSON.parse(text);
        expect(body.action).toBe('stop');
        const { target } = meaning.command;
        if (target.kind === 'account') expect(body).toMatchObject({ target: 'account', confirm: account });
        else expect(body.target).toBe(target.arn);
        expect(meaning.command.include).toBe(body.include ?? 'all');
        expect(meaning.command.ignoreExemptions).toBe(body.ignoreExemptions ?? false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes any age but the last hour for stale', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 14), max: 10 ** 14 }), (age) => {
        const meaning = hear(order(), { at: now - age });

        expect(meaning.kind).toBe(age > MAX_AGE || age < -MAX_AHEAD ? 'rejected' : 'stop');
      }),
    );
  });

  it('reads no message that is longer than it says', () => {
    const padding = MAX_LENGTH - order().length;

    const kinds = [padding, padding + 1].map((count) => hear(order() + ' '.repeat(count)).kind);

    expect(kinds).toEqual(['stop', 'rejected']);
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const POLICY = 'version: 1\nrules: [{ id: long-jobs, type: job-duration, maxMinutes: 60 }]\n';

interface Options {
  readonly policy?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  /** Code that runs before the app. */
  readonly before?: string;
  /** Whether the CDK validates the template too; that takes seconds. */
  readonly validated?: boolean;
}

/** Runs the app as the CDK's command line does, with a policy file of its own. */
function runApp({ policy = POLICY, context, before, validated = false }: Options = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'auto-stop-app-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const policyFile = join(directory, 'policy.yaml');
  const outdir = join(directory, 'cdk.out');
  writeFileSync(policyFile, policy);
  const preload =
    before === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(before)}`];
  const { status, stderr } = spawnSync(process.execPath, [...preload, '--import', 'tsx', 'bin/app.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      CDK_OUTDIR: outdir,
      CDK_VALIDATION: String(validated),
      CDK_CONTEXT_JSON: JSON.stringify({ policy: policyFile, ...context }),
    },
  });
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Bundling asset'));
  return { status, lines, outdir, policyFile };
}

function template(outdir: string, stack: string) {
  return JSON.parse(readFileSync(join(outdir, `${stack}.template.json`), 'utf8'));
}

function propertiesOf(outdir: string, stack: string, type: string): Record<string, unknown>[] {
  return Object.values<{ Type: string; Properties: Record<string, unknown> }>(
    template(outdir, stack).Resources,
  )
    .filter(({ Type }) => Type === type)
    .map(({ Properties }) => Properties);
}

describe('the app', () => {
  it('makes one stack, without a word on standard error', () => {
    const { status, lines, outdir } = runApp({ validated: true });

    expect(lines).toEqual([]);
    expect(status).toBe(0);
    expect(propertiesOf(outdir, 'DeviceFarmAutoStop', 'AWS::Scheduler::Schedule')).toEqual([
      expect.objectContaining({ ScheduleExpression: 'rate(5 minutes)' }),
    ]);
  });

  it('takes interval, address and name from the context', () => {
    const context = { interval: '15', email: 'on-call@example.com', stackName: 'second' };

    const { status, outdir } = runApp({ context });

    expect(status).toBe(0);
    expect(propertiesOf(outdir, 'second', 'AWS::Scheduler::Schedule')).toEqual([
      expect.objectContaining({ ScheduleExpression: 'rate(15 minutes)' }),
    ]);
    expect(propertiesOf(outdir, 'second', 'AWS::SNS::Subscription')).toContainEqual(
      expect.objectContaining({ Protocol: 'email', Endpoint: 'on-call@example.com' }),
    );
  });

  it('takes an existing topic from the context', () => {
    const notificationTopicArn = 'arn:aws:sns:us-west-2:123456789012:on-call';

    const { status, outdir } = runApp({ context: { notificationTopicArn } });

    expect(status).toBe(0);
    const alarms = propertiesOf(outdir, 'DeviceFarmAutoStop', 'AWS::CloudWatch::Alarm');
    expect(alarms.map(({ AlarmActions }) => AlarmActions)).toEqual(Array(4).fill([notificationTopicArn]));
  });

  it('ends with one line per fault of the policy, and without an assembly', () => {
    const policy =
      'version: 1\nmode: enforced\nbogus: 1\nrules: [{ id: a, type: job-duration, maxMinutes: -1 }]\n';

    const { status, lines, outdir, policyFile } = runApp({ policy });

    expect(status).toBe(1);
    expect(lines.sort()).toEqual([
      expect.stringMatching(/^.*:2:7: mode: found "enforced".*; allowed: /),
      expect.stringMatching(/^.*:3:.*: bogus: /),
      expect.stringMatching(/^.*:4:.*: rules\[0\]\.maxMinutes: found -1.*; allowed: /),
    ]);
    for (const line of lines) expect(line.startsWith(policyFile)).toBe(true);
    expect(existsSync(join(outdir, 'manifest.json'))).toBe(false);
  });

  it.each([
    ['a policy file that is not there', { policy: '/nowhere/policy.yaml' }, '/nowhere/policy.yaml'],
    ['an interval that is no number', { interval: 'often' }, 'interval is "often"; use whole minutes'],
    [
      'a topic that is none',
      { notificationTopicArn: 'on-call' },
      'notificationTopic is "on-call"; use the ARN',
    ],
    [
      'an interval of more than a day',
      { interval: 1_441 },
      'interval is Duration.minutes(1441); use whole minutes',
    ],
  ])('ends with one line for %s', (_, context, message) => {
    const { status, lines } = runApp({ context });

    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringContaining(message)]);
  });

  it('fails on a finding of cdk-nag that nobody acknowledged', () => {
    const before = `
      import { createRequire } from 'node:module';
      createRequire(process.cwd() + '/')('aws-cdk-lib').Validations.prototype.acknowledge = () => {};
    `;

    const { status, lines } = runApp({ before });

    expect(status).not.toBe(0);
    expect(lines.join('\n')).toContain("Acknowledge with 'AwsSolutions::AwsSolutions-IAM5");
  });
});

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Acknowledgment, Stack } from 'aws-cdk-lib';
import { Validations } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it, vi } from 'vitest';
import type { AppOptions } from './app.ts';
import { autoStopApp } from './app.ts';

const RECOMMENDED_FLAGS: Record<string, unknown> = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('aws-cdk-lib/recommended-feature-flags.json'), 'utf8'),
);
const ENV = { account: '123456789012', region: 'eu-central-1' };
const ANY = { partition: '<AWS::Partition>', account: '<AWS::AccountId>' };

interface Case {
  readonly name: string;
  readonly options: AppOptions;
  readonly partition: string;
  readonly account: string;
}

const CASES: Case[] = [
  { name: 'for any account', options: {}, ...ANY },
  { name: 'for one account', options: { env: ENV }, partition: '<AWS::Partition>', account: ENV.account },
  { name: 'under another construct id', options: { id: 'DeviceFarmAutoStop' }, ...ANY },
  { name: 'with all recommended feature flags', options: { context: RECOMMENDED_FLAGS }, ...ANY },
  {
    name: 'for one account with all recommended feature flags',
    options: { context: RECOMMENDED_FLAGS, env: ENV },
    partition: 'aws',
    account: ENV.account,
  },
  {
    name: 'that publishes to an existing topic',
    options: {
      notificationTopic: 'arn:aws:sns:us-west-2:123456789012:on-call',
      notificationEmail: { email: 'on-call@example.com', projects: ['mobile-*'] },
    },
    ...ANY,
  },
  { name: 'that sends e-mail', options: { notificationEmail: 'on-call@example.com' }, ...ANY },
];

/** Every acknowledgement of AutoStop: the construct below it, and the finding. */
function expectedAcknowledgements({ options, partition, account }: Case): string[] {
  const path = `Theirs/${options.id ?? 'AutoStop'}`;
  const farm = `arn:${partition}:devicefarm:us-west-2:${account}`;
  const resources = ['*', `${farm}:project:*`, `${farm}:run:*`, `${farm}:job:*`, `${farm}:session:*`];
  const ofRole = (role: string) =>
    resources.map((resource) => `${path}/${role} AwsSolutions-IAM5[Resource::${resource}]`);
  return [...ofRole('Orders/Handler/Role'), ...ofRole('Sweep/Handler/Role')].sort();
}

describe("cdk-nag's AwsSolutions", () => {
  it.each(CASES)('find nothing in an AutoStop $name', ({ options }) => {
    const { app } = checkedApp(options);

    const synthesise = () => app.synth();

    expect(synthesise).not.toThrow();
  });

  it("find nothing together with the CDK's own template validation", () => {
    const { app } = checkedApp({ context: RECOMMENDED_FLAGS, env: ENV, validated: true });

    const synthesise = () => app.synth();

    expect(synthesise).not.toThrow();
  });

  it('find what is wrong beside AutoStop', () => {
    const { app, stack } = checkedApp();
    new Topic(stack, 'OpenTopic');

    const synthesise = () => app.synth();

    expect(synthesise).toThrow('validation-report.json');
    expect(findings(app.outdir)).toEqual(['Theirs/OpenTopic/Resource AwsSolutions-SNS3']);
  });

  it.each(CASES)('have exactly the acknowledged findings in an AutoStop $name', (given) => {
    const acknowledge = vi.spyOn(Validations.prototype, 'acknowledge').mockReturnValue();
    const { app } = checkedApp(given.options);
    acknowledge.mockRestore();

    const synthesise = () => app.synth();

    expect(synthesise).toThrow('validation-report.json');
    const owners = findings(app.outdir).map((finding) =>
      finding.replace(/(\/DefaultPolicy)?\/Resource /, ' '),
    );
    expect(owners).toEqual(expectedAcknowledgements(given));
  });

  it.each(CASES)('are answered one by one on the owning constructs of an AutoStop $name', (given) => {
    const { stack } = checkedApp(given.options);

    const acknowledged = acknowledgements(stack).map(({ path, id }) => `${path} ${id}`);

    expect(acknowledged.sort()).toEqual(expectedAcknowledgements(given));
  });

  it('are answered with the API that forces each finding', () => {
    const { stack } = checkedApp();

    const reasons = acknowledgements(stack).map(({ reason }) => reason);

    for (const reason of reasons) expect(reason).toMatch(/\b(devicefarm|sqs|sns|lambda):[A-Z][A-Za-z]+/);
  });
});

function checkedApp(options?: AppOptions) {
  const made = autoStopApp(options);
  Validations.of(made.app).addPlugins(new AwsSolutionsChecks(made.app));
  return made;
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/** What the validation report of a cloud assembly holds: construct and finding, sorted. */
function findings(outdir: string): string[] {
  const report: Report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
  return report.pluginReports
    .flatMap(({ violations }) => violations)
    .flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${constructPath} ${ruleName}`),
    )
    .sort();
}

function acknowledgements(stack: Stack): (Acknowledgment & { readonly path: string })[] {
  return stack.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries<string>(data))
      .map(([id, reason]) => ({ path: node.path, id: id.replace(/^.*?::(?=AwsSolutions-)/, ''), reason })),
  );
}

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { describe, expect, it } from 'vitest';
import { PolicyError } from '../../lambda/policy/faults.ts';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { AutoStop } from '../../lib/auto-stop.ts';
import { SettingError } from '../../lib/settings.ts';
import { autoStopApp, autoStopTemplate, POLICY } from './app.ts';

const ENFORCING: PolicyInput = { ...POLICY, mode: 'enforce' };

describe('the functions', () => {
  it('run on Node.js 24 and Graviton with JSON logs', () => {
    const template = autoStopTemplate();

    template.resourceCountIs('AWS::Lambda::Function', 2);
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.stringLikeRegexp('Logs') } },
    });
  });

  it('never reserve concurrency', () => {
    const template = autoStopTemplate();

    template.allResourcesProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: Match.absent(),
    });
  });

  it.each([
    [1, 48],
    [3, 144],
    [15, 240],
  ])('end a sweep every %i min after %i s, so that the next one never waits', (minutes, seconds) => {
    const template = autoStopTemplate({ interval: Duration.minutes(minutes) });

    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: seconds,
      Code: Match.anyValue(),
    });
  });

  it('know the tables, the topic, the account and the namespace of their metrics', () => {
    const template = autoStopTemplate();

    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          AUDIT_TABLE: { Ref: Match.stringLikeRegexp('AuditTrail') },
          STATE_TABLE: { Ref: Match.stringLikeRegexp('GuardState') },
          NOTIFICATION_TOPIC_ARN: { Ref: Match.stringLikeRegexp('Notifications') },
          ACCOUNT_ID: { Ref: 'AWS::AccountId' },
          AUDIT_RETENTION_DAYS: Match.absent(),
          POWERTOOLS_METRICS_NAMESPACE: 'DeviceFarmAutoStop',
          POWERTOOLS_SERVICE_NAME: 'Theirs/AutoStop',
        },
      },
    });
  });

  it('know how long audit records are kept', () => {
    const template = autoStopTemplate({ auditRetention: Duration.days(400) });

    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: { AUDIT_RETENTION_DAYS: '400' } },
    });
  });

  it('have a log group of their own that forgets after three months', () => {
    const template = autoStopTemplate();

    template.resourceCountIs('AWS::Logs::LogGroup', 2);
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  it('have logs that are kept as long as asked', () => {
    const template = autoStopTemplate({ logRetention: RetentionDays.ONE_YEAR });

    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });
});

describe('the audit table', () => {
  const AUDIT = Match.objectLike({
    KeySchema: [
      { AttributeName: 'subject', KeyType: 'HASH' },
      { AttributeName: 'id', KeyType: 'RANGE' },
    ],
  });

  it('survives the stack and every attempt to delete it', () => {
    const template = autoStopTemplate({ stateRemovalPolicy: RemovalPolicy.DESTROY });

    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: Match.objectLike({
        KeySchema: [
          { AttributeName: 'subject', KeyType: 'HASH' },
          { AttributeName: 'id', KeyType: 'RANGE' },
        ],
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        BillingMode: 'PAY_PER_REQUEST',
      }),
    });
  });

  it('has an index by day for people and lets records expire', () => {
    const template = autoStopTemplate();

    const tables = template.findResources('AWS::DynamoDB::Table', { Properties: AUDIT });

    expect(Object.values(tables)).toEqual([
      expect.objectContaining({
        Properties: expect.objectContaining({
          TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
          GlobalSecondaryIndexes: [
            {
              IndexName: 'byDay',
              KeySchema: [
                { AttributeName: 'day', KeyType: 'HASH' },
                { AttributeName: 'at', KeyType: 'RANGE' },
              ],
              Projection: { ProjectionType: 'ALL' },
            },
          ],
        }),
      }),
    ]);
  });
});

describe('the state table', () => {
  it.each([
    [undefined, 'Delete'],
    [RemovalPolicy.DESTROY, 'Delete'],
    [RemovalPolicy.RETAIN, 'Retain'],
  ])('with removal policy %s has deletion policy %s', (stateRemovalPolicy, DeletionPolicy) => {
    const template = autoStopTemplate({ stateRemovalPolicy });

    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy,
      Properties: Match.objectLike({
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        BillingMode: 'PAY_PER_REQUEST',
      }),
    });
  });
});

describe('the notification topic', () => {
  it('has no subscriber by default', () => {
    const template = autoStopTemplate();

    template.resourcePropertiesCountIs('AWS::SNS::Subscription', { Protocol: 'email' }, 0);
  });

  it('sends e-mail to the given address', () => {
    const template = autoStopTemplate({ notificationEmail: 'on-call@example.com' });

    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'on-call@example.com',
      TopicArn: { Ref: Match.stringLikeRegexp('Notifications') },
    });
  });

  it('without subscriber is worth a warning when the policy enforces', () => {
    const { stack } = autoStopApp({ policy: ENFORCING });

    const warnings = Annotations.fromStack(stack).findWarning(
      '*',
      Match.stringLikeRegexp('nobody subscribes'),
    );

    expect(warnings).toHaveLength(1);
  });

  it('without subscriber is fine when the policy observes', () => {
    const { stack } = autoStopApp();

    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());

    expect(warnings).toEqual([]);
  });

  it('with the given address is fine', () => {
    const { stack } = autoStopApp({ policy: ENFORCING, notificationEmail: 'on-call@example.com' });

    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());

    expect(warnings).toEqual([]);
  });

  it('with a subscriber that the app adds afterwards is fine', () => {
    const { stack, autoStop } = autoStopApp({ policy: ENFORCING });
    autoStop.notificationTopic.addSubscription(new UrlSubscription('https://pager.example.com/'));

    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());

    expect(warnings).toEqual([]);
  });
});

describe('a key for the topics', () => {
  function keyed() {
    const { stack, app } = autoStopApp();
    const key = new Key(stack, 'Key');
    new AutoStop(stack, 'Keyed', { policy: POLICY, encryptionKey: key });
    return { template: Template.fromStack(stack), app };
  }

  it('encrypts both topics', () => {
    const { template } = keyed();

    template.resourcePropertiesCountIs(
      'AWS::SNS::Topic',
      { KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('Key'), 'Arn'] } },
      2,
    );
  });

  it.each([
    ['cloudwatch', { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }],
    [
      'budgets',
      {
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        ArnLike: { 'aws:SourceArn': Match.anyValue() },
      },
    ],
  ])('may be used by %s on behalf of this account', (service, Condition) => {
    const { template } = keyed();

    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          {
            Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
            Condition,
            Effect: 'Allow',
            Principal: { Service: `${service}.amazonaws.com` },
            Resource: '*',
          },
        ]),
      },
    });
  });

  it('may be used by both functions', () => {
    const { template } = keyed();

    template.resourcePropertiesCountIs(
      'AWS::IAM::Policy',
      {
        PolicyDocument: {
          Statement: Match.arrayWith([
            {
              Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
              Effect: 'Allow',
              Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('Key'), 'Arn'] },
            },
          ]),
        },
      },
      2,
    );
  });

  it('is not asked for by default', () => {
    const template = autoStopTemplate();

    template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.absent() });
  });
});

describe('the properties', () => {
  it('are refused with a policy that has a fault', () => {
    const policy = { ...POLICY, mode: 'enforced' };

    // @ts-expect-error: the compiler sees the fault too
    const make = () => autoStopApp({ policy });

    expect(make).toThrow(PolicyError);
    expect(make).toThrow(/mode.*enforced/);
  });

  it('are refused with an interval that EventBridge Scheduler does not take', () => {
    const make = () => autoStopApp({ interval: Duration.seconds(30) });

    expect(make).toThrow(SettingError);
  });

  it('are refused with a retention of half a day', () => {
    const make = () => autoStopApp({ auditRetention: Duration.hours(12) });

    expect(make).toThrow(SettingError);
  });
});

describe('two guards', () => {
  it('in one stack share no metric and no policy', () => {
    const { stack } = autoStopApp({ id: 'One' });
    const rules: PolicyInput['rules'] = [{ id: 'short', type: 'job-duration', maxMinutes: 5 }];
    new AutoStop(stack, 'Other', { policy: { version: 1, rules } });

    const template = Template.fromStack(stack);

    const one = functionsOf(template, 'Theirs/One');
    const other = functionsOf(template, 'Theirs/Other');
    expect(one).toHaveLength(2);
    expect(other).toHaveLength(2);
    for (const code of one) expect(other).not.toContainEqual(code);
  });

  it('fit in one account, since nothing has a fixed name', () => {
    const template = autoStopTemplate({ notificationEmail: 'on-call@example.com' });

    const named = Object.entries<{ Type: string; Properties?: object }>(template.toJSON().Resources)
      .filter(([, { Type }]) => !['AWS::IAM::Policy', 'AWS::CloudWatch::Alarm'].includes(Type))
      .flatMap(([id, { Properties }]) => Object.entries(Properties ?? {}).map((entry) => [id, ...entry]))
      .filter(([, key, value]) => /^(.*Name|Name)$/.test(key) && typeof value === 'string');
    expect(named).toEqual([]);
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmName: Match.absent() });
  });
});

/** Code of the functions whose metrics carry this service name. */
function functionsOf(template: Template, service: string): unknown[] {
  const functions = template.findResources('AWS::Lambda::Function', {
    Properties: { Environment: { Variables: { POWERTOOLS_SERVICE_NAME: service } } },
  });
  return Object.values(functions).map(({ Properties }) => Properties.Code);
}

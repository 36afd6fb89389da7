import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { AutoStop } from '../../lib/auto-stop.ts';
import { SettingError } from '../../lib/settings.ts';
import { type AppOptions, autoStopApp, autoStopTemplate, POLICY, temporaryApp } from './app.ts';

const ARN = 'arn:aws:sns:eu-central-1:123456789012:on-call';
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1234';
const ENV = { account: '123456789012', region: 'eu-central-1' };
const ENFORCING = { ...POLICY, mode: 'enforce' as const };

/** Actions that some role of the template may do on exactly this resource. */
function allowedOn(template: Template, resource: unknown): unknown[] {
  return statementsOf(template)
    .filter(({ Resource }) => JSON.stringify(Resource) === JSON.stringify(resource))
    .flatMap(({ Action }) => Action);
}

function statementsOf(template: Template): { Action: string | string[]; Resource: unknown }[] {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement,
  );
}

function noSubscriber(options: AppOptions) {
  const { stack } = autoStopApp({ policy: ENFORCING, ...options });
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('nobody subscribes'));
}

describe('an existing notification topic', () => {
  it('takes the notifications, the alarms and the output, and no topic is made beside it', () => {
    const template = autoStopTemplate({ notificationTopic: ARN });

    template.resourceCountIs('AWS::SNS::Topic', 1);
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [ARN], OKActions: [ARN] });
    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: { NOTIFICATION_TOPIC_ARN: ARN } },
    });
    template.hasOutput('NotificationTopicArn', { Value: ARN });
  });

  it('is the only topic to which the functions may publish', () => {
    const template = autoStopTemplate({ notificationTopic: ARN });

    const publishing = statementsOf(template).filter(({ Action }) => [Action].flat().includes('sns:Publish'));
    expect(publishing.map(({ Resource }) => Resource)).toEqual([ARN, ARN]);
    expect(statementsOf(template).filter(({ Action }) => JSON.stringify(Action).includes('kms:'))).toEqual(
      [],
    );
  });

  it('keeps its own policy', () => {
    const template = autoStopTemplate({ notificationTopic: ARN });

    const policies = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
    expect(policies).toHaveLength(1);
    expect(JSON.stringify(policies)).not.toContain(ARN);
  });

  it('may have a key of its own, which the functions may use', () => {
    const app = temporaryApp();
    const stack = new Stack(app, 'Theirs');
    const notificationTopic = Topic.fromTopicAttributes(stack, 'OnCall', { topicArn: ARN, keyArn: KEY });
    new AutoStop(stack, 'AutoStop', { policy: POLICY, notificationTopic });

    const allowed = allowedOn(Template.fromStack(stack), KEY);

    expect(allowed).toEqual(Array(2).fill(['kms:Decrypt', 'kms:GenerateDataKey']).flat());
  });

  it('gets the addresses as subscribers, in the stack of AutoStop', () => {
    const app = temporaryApp();
    const notificationTopic = new Topic(new Stack(app, 'Shared'), 'OnCall');
    const stack = new Stack(app, 'Theirs');
    new AutoStop(stack, 'AutoStop', {
      policy: POLICY,
      notificationTopic,
      notificationEmail: 'a@example.com',
    });

    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'a@example.com',
      TopicArn: { 'Fn::ImportValue': Match.stringLikeRegexp('OnCall') },
    });
    Template.fromStack(notificationTopic.stack).resourceCountIs('AWS::SNS::Subscription', 0);
  });

  it('may have subscribers that nobody here knows, and is no reason to warn', () => {
    expect(noSubscriber({ notificationTopic: ARN })).toEqual([]);
  });

  it.each([
    ['on-call', 'notificationTopic is "on-call"; use the ARN of a topic, such as arn:aws:sns:'],
    ['arn:aws:sqs:eu-central-1:123456789012:on-call', 'use the ARN of a topic'],
    [`${ARN}.fifo`, `notificationTopic is ${ARN}.fifo, a FIFO topic; use a standard topic`],
    [ARN.replace('eu-central-1', 'us-east-1'), 'alarms of eu-central-1 reach topics in eu-central-1 only'],
  ])('is refused when it is %s', (notificationTopic, message) => {
    const make = () => autoStopApp({ notificationTopic, env: ENV });

    expect(make).toThrow(SettingError);
    expect(make).toThrow(message);
  });
});

describe('an address with projects', () => {
  const web = { email: 'web@example.com', projects: ['web-shop', 'web-admin', 'mobile-*'] };

  it('gets what concerns one of them, and an address without them gets everything', () => {
    const template = autoStopTemplate({ notificationEmail: ['team@example.com', web] });

    template.hasResourceProperties('AWS::SNS::Subscription', {
      Endpoint: 'web@example.com',
      FilterPolicy: { projects: ['web-shop', 'web-admin', { prefix: 'mobile-' }] },
      FilterPolicyScope: Match.absent(),
    });
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Endpoint: 'team@example.com',
      FilterPolicy: Match.absent(),
    });
  });

  it('is not enough when the policy enforces: what concerns no project would be told to nobody', () => {
    expect(noSubscriber({ notificationEmail: web })).toHaveLength(1);
    expect(noSubscriber({ notificationEmail: [web, 'team@example.com'] })).toEqual([]);
  });

  it.each([
    [['a@example.com', { email: 'a@example.com', projects: ['x'] }], '"a@example.com" twice'],
    [{ email: 'a@example.com', projects: [] }, 'has 0 projects; name 1 to 150, or leave projects out'],
    [{ email: 'a@example.com', projects: Array(151).fill('x') }, 'has 151 projects'],
    [
      { email: 'a@example.com', projects: ['*-app'] },
      'has the project "*-app"; use a name, or its beginning',
    ],
    [{ email: 'a@example.com', projects: ['*'] }, 'has the project "*"'],
    [{ email: 'a@example.com', projects: [''] }, 'has the project ""'],
    [{ email: 'nobody', projects: ['x'] }, 'notificationEmail is "nobody"; use one address'],
  ])('is refused at synth: %j', (notificationEmail, message) => {
    const make = () => autoStopApp({ notificationEmail });

    expect(make).toThrow(SettingError);
    expect(make).toThrow(message);
  });
});

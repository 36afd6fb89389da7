import { Match } from 'aws-cdk-lib/assertions';
import { describe, it } from 'vitest';
import { autoStopTemplate } from './app.ts';

const ACCOUNT = { Ref: 'AWS::AccountId' };
const OVER_TLS_ONLY = Match.objectLike({
  Effect: 'Deny',
  Action: 'sns:Publish',
  Principal: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

function publisher(service: string, topic: string, conditions: object = {}) {
  return {
    Sid: Match.anyValue(),
    Effect: 'Allow',
    Action: 'sns:Publish',
    Principal: { Service: `${service}.amazonaws.com` },
    Resource: { Ref: Match.stringLikeRegexp(topic) },
    Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT }, ...conditions },
  };
}

describe('the topics', () => {
  it('take messages for people from CloudWatch alarms of this account', () => {
    const template = autoStopTemplate();

    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: [{ Ref: Match.stringLikeRegexp('Notifications') }],
      PolicyDocument: { Statement: [OVER_TLS_ONLY, publisher('cloudwatch', 'Notifications')] },
    });
  });

  it('take orders to stop from alarms and budgets of this account', () => {
    const template = autoStopTemplate();

    const budgets = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':budgets::', ACCOUNT, ':*']] };
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: [{ Ref: Match.stringLikeRegexp('ManualStopTopic') }],
      PolicyDocument: {
        Statement: [
          OVER_TLS_ONLY,
          publisher('cloudwatch', 'ManualStopTopic'),
          publisher('budgets', 'ManualStopTopic', { ArnLike: { 'aws:SourceArn': budgets } }),
        ],
      },
    });
  });
});

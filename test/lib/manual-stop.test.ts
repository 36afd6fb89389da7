import { Match } from 'aws-cdk-lib/assertions';
import { describe, it } from 'vitest';
import { guardedTemplate } from './guarded-app.ts';

const MANUAL_STOP = { 'Fn::GetAtt': [Match.stringLikeRegexp('ManualStopHandlerFunction'), 'Arn'] };
const TOPIC = { Ref: Match.stringLikeRegexp('ManualStopTopic') };
const DEAD_LETTERS = { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] };

describe('the manual stop', () => {
  it('gets the messages of its topic, and what SNS cannot deliver becomes a dead letter', () => {
    const template = guardedTemplate();

    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'lambda',
      Endpoint: MANUAL_STOP,
      TopicArn: TOPIC,
      RedrivePolicy: { deadLetterTargetArn: DEAD_LETTERS },
    });
  });

  it('may be invoked by its topic', () => {
    const template = guardedTemplate();

    template.resourceCountIs('AWS::Lambda::Permission', 1);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: MANUAL_STOP,
      Principal: 'sns.amazonaws.com',
      SourceArn: TOPIC,
    });
  });

  it('is tried for an hour, and what Lambda gives up becomes a dead letter', () => {
    const template = guardedTemplate();

    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: Match.stringLikeRegexp('ManualStopHandlerFunction') },
      MaximumEventAgeInSeconds: 3_600,
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination: DEAD_LETTERS } },
    });
  });
});

describe('the dead letters', () => {
  it('are encrypted and kept for 14 days', () => {
    const template = guardedTemplate();

    template.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
  });

  it('travel over TLS only, and SNS may send those of the manual-stop topic', () => {
    const template = guardedTemplate();

    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          {
            Action: 'sqs:SendMessage',
            Effect: 'Allow',
            Principal: { Service: 'sns.amazonaws.com' },
            Resource: DEAD_LETTERS,
            Condition: { ArnEquals: { 'aws:SourceArn': TOPIC } },
          },
        ],
      },
    });
  });
});

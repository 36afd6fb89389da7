import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { autoStopTemplate } from './app.ts';

const TOPIC = { Ref: Match.stringLikeRegexp('ManualStopTopic') };
const QUEUE = { 'Fn::GetAtt': [Match.stringLikeRegexp('OrdersQueue'), 'Arn'] };
const DEAD_LETTERS = { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'Arn'] };
const OVER_TLS_ONLY = Match.objectLike({
  Effect: 'Deny',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

function fromTopic(Resource: object) {
  return {
    Action: 'sqs:SendMessage',
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Resource,
    Condition: { ArnEquals: { 'aws:SourceArn': TOPIC } },
  };
}

describe('the orders', () => {
  it('wait in a queue, and what SNS cannot put there becomes a dead letter', () => {
    const template = autoStopTemplate();

    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'sqs',
      Endpoint: QUEUE,
      TopicArn: TOPIC,
      RedrivePolicy: { deadLetterTargetArn: DEAD_LETTERS },
      // The envelope carries the id and the time of sending.
      RawMessageDelivery: Match.absent(),
    });
  });

  it('are tried every five minutes for 27 hours, which is longer than any work lives', () => {
    const template = autoStopTemplate();

    const [queue] = Object.values(
      template.findResources('AWS::SQS::Queue', {
        Properties: { RedrivePolicy: { deadLetterTargetArn: DEAD_LETTERS } },
      }),
    );
    const { VisibilityTimeout, RedrivePolicy, MessageRetentionPeriod } = queue?.Properties ?? {};
    expect(VisibilityTimeout).toBe(300);
    expect(VisibilityTimeout * RedrivePolicy.maxReceiveCount).toBe(27 * 3_600);
    expect(MessageRetentionPeriod).toBeGreaterThan(27 * 3_600);
  });

  it('are carried out one by one, by a function that ends before its message is shown again', () => {
    const template = autoStopTemplate();

    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: QUEUE,
      FunctionName: { Ref: Match.stringLikeRegexp('OrdersHandlerFunction') },
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: Match.anyValue() } },
      Timeout: 240,
    });
  });

  it('travel over TLS only, and nobody but SNS may send those of the topic', () => {
    const template = autoStopTemplate();

    for (const queue of [QUEUE, DEAD_LETTERS])
      template.hasResourceProperties('AWS::SQS::QueuePolicy', {
        PolicyDocument: { Statement: [OVER_TLS_ONLY, fromTopic(queue)] },
      });
  });

  it('are encrypted at rest; those that were given up are kept for 14 days', () => {
    const template = autoStopTemplate();

    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    template.hasResourceProperties('AWS::SQS::Queue', {
      MessageRetentionPeriod: 1_209_600,
      RedrivePolicy: Match.absent(),
    });
  });
});

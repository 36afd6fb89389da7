import type { SnsMessage, SubscriptionPlan } from './local-sns.ts';

/** The event with which SNS invokes a function (https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html). */
export function snsEvent({ arn }: SubscriptionPlan, message: SnsMessage): unknown {
  const pem = 'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-local.pem';
  const unsubscribe = 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=';
  const Sns = {
    SignatureVersion: '1',
    Timestamp: new Date(message.at).toISOString(),
    Signature: 'local',
    SigningCertUrl: pem,
    MessageId: message.messageId,
    Message: message.message,
    MessageAttributes: message.attributes,
    Type: 'Notification',
    UnsubscribeUrl: `${unsubscribe}${arn}`,
    TopicArn: message.topicArn,
    Subject: message.subject ?? null,
  };
  return { Records: [{ EventVersion: '1.0', EventSubscriptionArn: arn, EventSource: 'aws:sns', Sns }] };
}

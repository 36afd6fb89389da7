import { Duration, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** What could not be delivered: schedules, messages to the manual-stop topic, and manual stops that failed to the end. */
export class DeadLetters extends Queue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      // SQS's own key: EventBridge Scheduler, SNS and Lambda need no grant for it.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'This is the dead-letter queue: scheduler:CreateSchedule, sns:Subscribe and lambda:PutFunctionEventInvokeConfig name it as their last stop.',
    });
  }
}

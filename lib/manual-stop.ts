import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { GuardFunctionProps } from './guard-function.ts';
import { GuardFunction } from './guard-function.ts';
import { GuardTopic } from './guard-topic.ts';

export interface ManualStopProps extends GuardFunctionProps {
  readonly deadLetters: IQueue;
}

/**
 * The topic for orders to stop, and the function that carries them out. Lambda tries for an hour, since an older stop
 * surprises more than it helps; what SNS cannot deliver and what Lambda gives up becomes a dead letter.
 */
export class ManualStop extends Construct {
  readonly topic: ITopic;
  readonly function: IFunction;

  constructor(scope: Construct, id: string, props: ManualStopProps) {
    super(scope, id);
    const { deadLetters, encryptionKey } = props;
    this.topic = new GuardTopic(this, 'Topic', { publishers: ['cloudwatch', 'budgets'], encryptionKey });
    const handler = new GuardFunction(this, 'Handler', 'manual-stop', props);
    this.function = handler.function;
    this.topic.addSubscription(new LambdaSubscription(this.function, { deadLetterQueue: deadLetters }));
    handler.allow(['sqs:SendMessage'], deadLetters.queueArn);
    this.function.configureAsyncInvoke({
      maxEventAge: Duration.hours(1),
      retryAttempts: 2,
      // The CDK's SqsDestination would also let the function read the attributes of the queue.
      onFailure: { bind: () => ({ destination: deadLetters.queueArn }) },
    });
  }
}

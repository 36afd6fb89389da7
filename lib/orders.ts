import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LONGEST_INVOCATION_SECONDS } from '../lambda/env.ts';
import { AutoStopFunction, type AutoStopFunctionProps } from './auto-stop-function.ts';
import { enforces } from './settings.ts';

/** Below the visibility timeout, so that no message is delivered while it is being carried out. */
const TIMEOUT = Duration.seconds(LONGEST_INVOCATION_SECONDS);
/** An order that is not finished comes back after so long. */
const TRIED_AGAIN_AFTER = Duration.minutes(5);
/** No work lives longer: 24 hours in the queue of Device Farm, 150 minutes on a device, and a margin. */
const TRIED_FOR = Duration.hours(27);

/**
 * The queue of the manual-stop topic and the function that carries out its messages; sweeps send there when work will cross a
 * limit before the next one. The queue is the memory of what is not done yet: an unfinished order comes back every five minutes for 27 hours, and then goes to the dead letters.
 */
export class Orders extends Construct {
  readonly function: IFunction;
  readonly logGroupName: string;
  readonly queue: IQueue;
  readonly deadLetters: IQueue;

  constructor(scope: Construct, id: string, props: AutoStopFunctionProps & { readonly topic: ITopic }) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const deliveries = Math.floor(TRIED_FOR.toMinutes() / TRIED_AGAIN_AFTER.toMinutes());
    this.queue = new Queue(this, 'Queue', {
      // SQS's own key: SNS needs no grant for it.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: TRIED_AGAIN_AFTER,
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: deliveries },
    });
    props.topic.addSubscription(new SqsSubscription(this.queue, { deadLetterQueue: this.deadLetters }));
    const handler = new AutoStopFunction(this, 'Handler', {
      ...props,
      name: 'orders',
      timeout: TIMEOUT,
      mayStop: true,
      // A budget that is crossed between two sweeps is answered by a sweep of this function.
      sweeps: enforces(props.policy),
    });
    this.function = handler.function;
    this.logGroupName = handler.function.logGroup.logGroupName;
    handler.allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      this.queue.queueArn,
    );
    const mapping = new EventSourceMapping(this, 'Deliveries', {
      target: handler.function,
      eventSourceArn: this.queue.queueArn,
      batchSize: 1,
      reportBatchItemFailures: true,
      // So many that orders do not wait for decisions on work that crosses a limit.
      maxConcurrency: 5,
    });
    // Lambda refuses a mapping whose role cannot read the queue yet.
    mapping.node.addDependency(handler.role);
  }
}

import type { IAspect } from 'aws-cdk-lib';
import { Annotations, Stack } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { CfnSubscription } from 'aws-cdk-lib/aws-sns';
import type { IConstruct } from 'constructs';

/** Warns at synth when nobody in the app subscribes to a topic. Looks late, since an app may subscribe after the guard is made. */
export class SubscriberWarning implements IAspect {
  private readonly topic: ITopic;

  constructor(topic: ITopic) {
    this.topic = topic;
  }

  visit(node: IConstruct): void {
    if (node !== this.topic || this.isSubscribed()) return;
    Annotations.of(node).addWarningV2(
      'aws-device-farm-auto-stop:noSubscriber',
      'the policy enforces and nobody subscribes to the notification topic; give notificationEmail or subscribe to notificationTopic',
    );
  }

  private isSubscribed(): boolean {
    const stack = Stack.of(this.topic);
    const arn = JSON.stringify(stack.resolve(this.topic.topicArn));
    return stack.node
      .findAll()
      .some(
        (node) => node instanceof CfnSubscription && JSON.stringify(stack.resolve(node.topicArn)) === arn,
      );
  }
}

import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface GuardTopicProps {
  /** AWS services of this account that may publish. */
  readonly publishers: readonly TopicPublisher[];
  /** Encrypts messages at rest; the publishers are granted its use. */
  readonly encryptionKey?: IKey;
}

export type TopicPublisher = 'cloudwatch' | 'budgets';

/** A topic that takes messages over TLS only, from this account and the named services on its behalf. */
export class GuardTopic extends Topic {
  constructor(scope: Construct, id: string, props: GuardTopicProps) {
    super(scope, id, { enforceSSL: true, masterKey: props.encryptionKey });
    for (const publisher of props.publishers) {
      this.addToResourcePolicy(this.allow(publisher, ['sns:Publish'], this.topicArn));
      props.encryptionKey?.addToResourcePolicy(
        this.allow(publisher, ['kms:Decrypt', 'kms:GenerateDataKey*'], '*'),
      );
    }
  }

  /** Both services publish with `aws:SourceAccount`; without it any account could publish through them. */
  private allow(publisher: TopicPublisher, actions: string[], resource: string): PolicyStatement {
    const { account, partition } = Stack.of(this);
    const budgets = { ArnLike: { 'aws:SourceArn': `arn:${partition}:budgets::${account}:*` } };
    return new PolicyStatement({
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal(`${publisher}.amazonaws.com`)],
      actions,
      resources: [resource],
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ...(publisher === 'budgets' ? budgets : {}),
      },
    });
  }
}

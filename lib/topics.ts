import { Annotations, Aspects, type IAspect, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSubscription, type ITopic, SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct, IConstruct } from 'constructs';
import { PROJECTS_ATTRIBUTE } from '../lambda/env.ts';

export type TopicPublisher = 'cloudwatch' | 'budgets';

export interface AutoStopTopicProps {
  /** AWS services of this account that may publish. */
  readonly publishers: readonly TopicPublisher[];
  /** Encrypts messages at rest; the publishers are granted its use. */
  readonly encryptionKey?: IKey;
  /** ARN patterns of the only principals that may publish, besides the services. */
  readonly operators?: readonly string[];
}

/** A topic that takes messages over TLS only, from this account and the named services on its behalf. */
export class AutoStopTopic extends Topic {
  constructor(scope: Construct, id: string, { publishers, encryptionKey, operators }: AutoStopTopicProps) {
    super(scope, id, { enforceSSL: true, masterKey: encryptionKey });
    for (const publisher of publishers) {
      this.addToResourcePolicy(this.allow(publisher, ['sns:Publish'], this.topicArn));
      encryptionKey?.addToResourcePolicy(this.allow(publisher, ['kms:Decrypt', 'kms:GenerateDataKey*'], '*'));
    }
    if (operators) this.addToResourcePolicy(this.denyAllBut(operators));
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

  /**
   * A service that calls by itself has no `aws:PrincipalArn`, and a negated condition holds for a missing key. So services are
   * left out by `aws:PrincipalIsAWSService`; what they may publish is decided by their own statements
   * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
   */
  private denyAllBut(operators: readonly string[]): PolicyStatement {
    return new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['sns:Publish'],
      resources: [this.topicArn],
      conditions: {
        ArnNotLike: { 'aws:PrincipalArn': [...operators] },
        BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
      },
    });
  }
}

/** Lets through what concerns at least one of the projects. */
export function projectFilter(projects: readonly string[]): Readonly<Record<string, SubscriptionFilter>> {
  const [prefixes, names] = [true, false].map((isPrefix) =>
    projects.filter((name) => name.endsWith('*') === isPrefix),
  );
  return {
    [PROJECTS_ATTRIBUTE]: SubscriptionFilter.stringFilter({
      ...(names?.length && { allowlist: names }),
      ...(prefixes?.length && { matchPrefixes: prefixes.map((name) => name.slice(0, -1)) }),
    }),
  };
}

/** Warns at synth when nobody in the app subscribes to all of a topic. It looks late: an app may subscribe after AutoStop is made. */
export function warnWithoutSubscriber(scope: Construct, topic: ITopic): void {
  const aspect: IAspect = {
    visit(node: IConstruct): void {
      if (node !== topic || isSubscribed(topic)) return;
      Annotations.of(node).addWarningV2(
        'aws-device-farm-auto-stop:noSubscriber',
        'the policy enforces and nobody subscribes to the notification topic; give notificationEmail an address without projects, or subscribe to notificationTopic',
      );
    },
  };
  Aspects.of(scope).add(aspect);
}

function isSubscribed(topic: ITopic): boolean {
  const stack = Stack.of(topic);
  const arn = JSON.stringify(stack.resolve(topic.topicArn));
  return stack.node
    .findAll()
    .some(
      (node) =>
        node instanceof CfnSubscription &&
        node.filterPolicy === undefined &&
        JSON.stringify(stack.resolve(node.topicArn)) === arn,
    );
}

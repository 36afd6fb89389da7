import { Aspects, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { parsePolicy } from '../lambda/core/policy/parse-policy.ts';
import type { Policy } from '../lambda/core/policy/schema.ts';
import { auditRetentionDays } from './audit-retention.ts';
import { AuditTable } from './audit-table.ts';
import type { AutoStopProps } from './auto-stop-props.ts';
import { DeadLetters } from './dead-letters.ts';
import { GuardAlarms } from './guard-alarms.ts';
import { GuardTopic } from './guard-topic.ts';
import { ManualStop } from './manual-stop.ts';
import { StateTable } from './state-table.ts';
import { SubscriberWarning } from './subscriber-warning.ts';
import { Sweep } from './sweep.ts';
import { sweepInterval } from './sweep-interval.ts';

/**
 * A guard for AWS Device Farm in this account: stops the jobs and remote access sessions that break the policy.
 * @throws PolicyError for a bad policy, SettingError for another property that the guard cannot be built with
 * @example new AutoStop(this, 'AutoStop', { policy: policyFromFile('policy.yaml') });
 */
export class AutoStop extends Construct {
  readonly sweepFunction: IFunction;
  readonly manualStopFunction: IFunction;
  /** Takes orders to stop from operators, AWS Budgets and CloudWatch alarms. */
  readonly manualStopTopic: ITopic;
  /** Tells people what was stopped, what was refused and when the guard is in trouble. */
  readonly notificationTopic: ITopic;
  readonly auditTable: ITable;
  readonly stateTable: ITable;
  readonly deadLetters: IQueue;

  constructor(scope: Construct, id: string, props: AutoStopProps) {
    super(scope, id);
    const { every: interval, timeout, rate } = sweepInterval(props.interval ?? Duration.minutes(5));
    const policy = parsePolicy(props.policy);
    const serviceName = this.serviceName();
    this.auditTable = new AuditTable(this, 'AuditTrail');
    this.stateTable = new StateTable(this, 'GuardState', props.stateRemovalPolicy ?? RemovalPolicy.DESTROY);
    this.deadLetters = new DeadLetters(this, 'DeadLetters');
    this.notificationTopic = this.notifications(props, policy.mode);
    const shared = {
      policy,
      auditTable: this.auditTable,
      stateTable: this.stateTable,
      notificationTopic: this.notificationTopic,
      deadLetters: this.deadLetters,
      timeout,
      serviceName,
      logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      auditRetentionDays: auditRetentionDays(props.auditRetention),
      encryptionKey: props.encryptionKey,
    };
    const sweep = new Sweep(this, 'Sweep', { ...shared, rate });
    const manualStop = new ManualStop(this, 'ManualStop', shared);
    this.sweepFunction = sweep.function;
    this.manualStopFunction = manualStop.function;
    this.manualStopTopic = manualStop.topic;
    new GuardAlarms(this, 'Alarms', { guard: this, interval, serviceName });
  }

  private notifications({ encryptionKey, notificationEmail }: AutoStopProps, mode: Policy['mode']): ITopic {
    const topic = new GuardTopic(this, 'Notifications', { publishers: ['cloudwatch'], encryptionKey });
    if (notificationEmail !== undefined) topic.addSubscription(new EmailSubscription(notificationEmail));
    if (mode === 'enforce') Aspects.of(this).add(new SubscriberWarning(topic));
    return topic;
  }

  /** Differs between the guards of one account, also when one app is deployed under two stack names. */
  private serviceName(): string {
    const stack = Stack.of(this);
    return `${stack.stackName}${this.node.path.slice(stack.node.path.length)}`;
  }
}

import { Annotations, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { parsePolicy } from '../lambda/policy/load.ts';
import type { Policy, PolicyInput } from '../lambda/policy/schema.ts';
import { policyWarnings } from '../lambda/policy/warnings.ts';
import { Alarms } from './alarms.ts';
import { AutoStopDashboard } from './dashboard.ts';
import { Orders } from './orders.ts';
import {
  auditRetentionDays,
  checkedShare,
  checkPartition,
  type EmailRecipient,
  emailRecipients,
  existingTopic,
  sweepInterval,
} from './settings.ts';
import { AuditTable, StateTable } from './storage.ts';
import { Sweep } from './sweep.ts';
import { AutoStopTopic, projectFilter, warnWithoutSubscriber } from './topics.ts';

/** Properties of an AutoStop. Only the policy is required. */
export interface AutoStopProps {
  /** What to stop and what to leave alone: `policyFromFile('policy.yaml')` or an object of the same shape. */
  readonly policy: Policy | PolicyInput;
  /**
   * Time from one sweep to the next, in whole minutes from 1 to 1,440. Work that starts and crosses a limit between two sweeps
   * overruns it by up to this much; other work is stopped at its limit, if the interval is at most 14 minutes.
   * @default Duration.minutes(5)
   */
  readonly interval?: Duration;
  /**
   * Addresses that are subscribed to the notification topic; one with `projects` gets what concerns these projects only. Their owners must
   * confirm the subscription.
   * @default - nobody is subscribed
   */
  readonly notificationEmail?: string | EmailRecipient | readonly (string | EmailRecipient)[];
  /**
   * An existing standard topic in the region of the stack, or its ARN, for notifications and alarms. Addresses of `notificationEmail` are
   * subscribed to it. Its policy, and that of its key, stay as they are: docs/notifications.md says what they must allow.
   * @default - a new topic
   */
  readonly notificationTopic?: ITopic | string;
  /**
   * Whether notifications are sent to HTTPS subscribers in the form that Amazon Q Developer in chat applications takes, for Slack and Microsoft
   * Teams. Subscribe its channel to `notificationTopic`. Mail stays as it is.
   * @default false
   */
  readonly chat?: boolean;
  /**
   * What notifications call the account.
   * @default - its id
   */
  readonly accountName?: string;
  /**
   * Part of Device Farm's documented read rate that AutoStop takes at most, from 0.1 to 0.9. The limits are per account, and CI
   * needs them too.
   * @default 0.5
   */
  readonly apiShare?: number;
  /**
   * ARN patterns of the only principals that may publish to the manual-stop topic, besides AWS Budgets and CloudWatch of this
   * account, such as `arn:aws:iam::123456789012:role/on-call`.
   * @default - everybody whom IAM lets publish
   */
  readonly operators?: readonly string[];
  /**
   * An existing audit table, such as the one that an earlier stack left behind: pauses and exemptions in it hold on. It needs
   * the keys `subject` and `id`, the index `byDay` and TTL on `expires`.
   * @default - a new table
   */
  readonly auditTable?: ITable;
  /**
   * Key that encrypts the messages of the topics that AutoStop makes. CloudWatch, AWS Budgets and the functions are granted its use;
   * the policy of an imported key must be changed by hand.
   * @default - messages are not encrypted at rest
   */
  readonly encryptionKey?: IKey;
  /**
   * How long the logs of the functions are kept.
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays;
  /**
   * How long audit records are kept, in whole days.
   * @default - for ever; records of sweeps 400 days
   */
  readonly auditRetention?: Duration;
  /**
   * What becomes of the state table when the stack goes. The audit table always stays.
   * @default RemovalPolicy.DESTROY
   */
  readonly stateRemovalPolicy?: RemovalPolicy;
  /**
   * A CloudWatch dashboard: spending, stops, health and cost of AutoStop. CloudWatch bills a dashboard by the month, and its log queries by
   * what they scan.
   * @default false
   */
  readonly dashboard?: boolean;
}

/**
 * AutoStop for AWS Device Farm in this account: stops the jobs and remote access sessions that break the policy.
 * @throws PolicyError for a bad policy, SettingError for another property that it cannot be built with
 * @example new AutoStop(this, 'AutoStop', { policy: policyFromFile('policy.yaml') });
 */
export class AutoStop extends Construct {
  /** Finds and stops what breaks the policy, on a schedule. */
  readonly sweepFunction: IFunction;
  /** Carries out orders. */
  readonly manualStopFunction: IFunction;
  /** Takes orders from operators, AWS Budgets and CloudWatch alarms. */
  readonly manualStopTopic: ITopic;
  /** Tells people what was stopped, what was refused and when AutoStop is in trouble. */
  readonly notificationTopic: ITopic;
  /** What AutoStop did and why. It stays when the stack goes. */
  readonly auditTable: ITable;
  /** What AutoStop remembers from sweep to sweep. */
  readonly stateTable: ITable;
  /** Messages that could not be carried out. */
  readonly deadLetters: IQueue;

  constructor(scope: Construct, id: string, props: AutoStopProps) {
    super(scope, id);
    checkPartition(this);
    const interval = sweepInterval(props.interval ?? Duration.minutes(5));
    const policy = parsePolicy(props.policy);
    for (const warning of policyWarnings(policy, Date.now()))
      Annotations.of(this).addWarningV2(`aws-device-farm-auto-stop:policy:${warning.split(':')[0]}`, warning);
    const { encryptionKey, operators } = props;
    this.auditTable = props.auditTable ?? new AuditTable(this, 'AuditTrail');
    this.stateTable = new StateTable(this, 'GuardState', props.stateRemovalPolicy ?? RemovalPolicy.DESTROY);
    this.notificationTopic = this.notifications(props, policy.mode);
    this.manualStopTopic = new AutoStopTopic(this, 'ManualStopTopic', {
      publishers: ['cloudwatch', 'budgets'],
      encryptionKey,
      operators,
    });
    const serviceName = this.serviceName();
    const shared = {
      policy,
      auditTable: this.auditTable,
      stateTable: this.stateTable,
      notificationTopic: this.notificationTopic,
      manualStopTopic: this.manualStopTopic,
      serviceName,
      accountName: props.accountName,
      chat: props.chat,
      apiShare: checkedShare(props.apiShare),
      logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      auditRetentionDays: auditRetentionDays(props.auditRetention),
    };
    const orders = new Orders(this, 'Orders', { ...shared, topic: this.manualStopTopic });
    this.manualStopFunction = orders.function;
    this.deadLetters = orders.deadLetters;
    const sweep = new Sweep(this, 'Sweep', { ...shared, interval, crossings: orders.queue });
    this.sweepFunction = sweep.function;
    new Alarms(this, 'Alarms', {
      sweepFunction: this.sweepFunction,
      orders: orders.queue,
      deadLetters: orders.deadLetters,
      notificationTopic: this.notificationTopic,
      interval: interval.every,
      serviceName,
    });
    if (props.dashboard)
      new AutoStopDashboard(this, 'Dashboard', {
        sweepFunction: this.sweepFunction,
        ordersFunction: this.manualStopFunction,
        sweepLogs: sweep.logGroupName,
        ordersLogs: orders.logGroupName,
        orders: orders.queue,
        deadLetters: orders.deadLetters,
        serviceName,
      });
    this.makeOutputs();
  }

  private notifications({ encryptionKey, ...props }: AutoStopProps, mode: Policy['mode']): ITopic {
    const { notificationEmail, notificationTopic: given } = props;
    const topic =
      given === undefined
        ? new AutoStopTopic(this, 'Notifications', { publishers: ['cloudwatch'], encryptionKey })
        : existingTopic(this, given);
    // Of a topic that others own too, the subscriptions are in this stack and go with it.
    const scope = given === undefined ? {} : { subscriberScope: this };
    for (const { email, projects } of emailRecipients(notificationEmail)) {
      const subscription = new EmailSubscription(
        email,
        projects && { filterPolicy: projectFilter(projects) },
      );
      topic.addSubscription({ bind: () => ({ ...subscription.bind(topic), ...scope }) });
    }
    // Who subscribes to a topic that somebody else made is not known here.
    if (mode === 'enforce' && given === undefined) warnWithoutSubscriber(this, topic);
    return topic;
  }

  /** Names by which people and the command line find the parts. A second AutoStop in a stack puts its id in front. */
  private makeOutputs(): void {
    const stack = Stack.of(this);
    const prefix = WITH_OUTPUTS.has(stack) ? this.node.id.replace(/[^A-Za-z0-9]/g, '') : '';
    WITH_OUTPUTS.add(stack);
    const outputs = {
      SweepFunctionName: this.sweepFunction.functionName,
      ManualStopFunctionName: this.manualStopFunction.functionName,
      ManualStopTopicArn: this.manualStopTopic.topicArn,
      NotificationTopicArn: this.notificationTopic.topicArn,
      AuditTableName: this.auditTable.tableName,
      StateTableName: this.stateTable.tableName,
    };
    for (const [name, value] of Object.entries(outputs))
      new CfnOutput(this, name, { value }).overrideLogicalId(`${prefix}${name}`);
  }

  /** Differs between several in one account, also when one app is deployed under two stack names. */
  private serviceName(): string {
    const stack = Stack.of(this);
    return `${stack.stackName}${this.node.path.slice(stack.node.path.length)}`;
  }
}

/** Stacks whose outputs have plain names already. */
const WITH_OUTPUTS = new WeakSet<Stack>();

import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Policy, PolicyInput } from '../lambda/core/policy/schema.ts';

export interface AutoStopProps {
  /** What to stop and what to leave alone: `policyFromFile('policy.yaml')` or an object of the same shape. */
  readonly policy: Policy | PolicyInput;
  /**
   * Time from one sweep to the next, in whole minutes from 1 to 1,440. A limit is overrun by up to this much.
   * @default Duration.minutes(5)
   */
  readonly interval?: Duration;
  /**
   * Address that is subscribed to the notification topic. Its owner must confirm the subscription.
   * @default - nobody is subscribed
   */
  readonly notificationEmail?: string;
  /**
   * Key that encrypts the messages of both topics. CloudWatch, AWS Budgets and the functions are granted its use; the
   * policy of an imported key must be changed by hand.
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
   * @default - for ever
   */
  readonly auditRetention?: Duration;
  /**
   * What becomes of the state table when the stack goes. The audit table always stays.
   * @default RemovalPolicy.DESTROY
   */
  readonly stateRemovalPolicy?: RemovalPolicy;
}

import type { TableProps } from 'aws-cdk-lib/aws-dynamodb';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

export interface GuardTableProps extends Pick<TableProps, 'deletionProtection' | 'removalPolicy'> {
  /** Names of the key attributes; both are strings. */
  readonly keys: { readonly partition: string; readonly sort: string };
}

/** A table that is paid by request and can be restored to any second of the last 35 days. Items end at their `expires`. */
export class GuardTable extends Table {
  constructor(scope: Construct, id: string, { keys, ...props }: GuardTableProps) {
    super(scope, id, {
      partitionKey: { name: keys.partition, type: AttributeType.STRING },
      sortKey: { name: keys.sort, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expires',
      ...props,
    });
  }
}

import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  Table,
  TableEncryption,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

const STRING = AttributeType.STRING;

/** A table that is paid by request and can be restored to any second of the last 35 days. Items end at their `expires`. */
const COMMON: Partial<TableProps> = {
  billingMode: BillingMode.PAY_PER_REQUEST,
  encryption: TableEncryption.AWS_MANAGED,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  timeToLiveAttribute: 'expires',
};

/** What AutoStop did and why. It outlives the stack, and nothing but its own expiry removes a record. */
export class AuditTable extends Table {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      ...COMMON,
      partitionKey: { name: 'subject', type: STRING },
      sortKey: { name: 'id', type: STRING },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // For people, the command line, and a sweep that lost its memory. No decision rests on it: an index lags behind its table.
    this.addGlobalSecondaryIndex({
      indexName: 'byDay',
      partitionKey: { name: 'day', type: STRING },
      sortKey: { name: 'at', type: STRING },
      projectionType: ProjectionType.ALL,
    });
  }
}

/** What AutoStop remembers between sweeps. Losing it costs a re-scan, never a wrong stop. */
export class StateTable extends Table {
  constructor(scope: Construct, id: string, removalPolicy: RemovalPolicy) {
    super(scope, id, {
      ...COMMON,
      partitionKey: { name: 'pk', type: STRING },
      sortKey: { name: 'sk', type: STRING },
      removalPolicy,
    });
  }
}

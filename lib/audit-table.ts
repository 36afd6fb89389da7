import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, ProjectionType } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { GuardTable } from './guard-table.ts';

/** What the guard did and why. It outlives the stack, and nothing but its own expiry removes a record. */
export class AuditTable extends GuardTable {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      keys: { partition: 'subject', sort: 'id' },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // For people, the command line, and a sweep that lost its memory. No decision rests on it: an index lags behind its table.
    this.addGlobalSecondaryIndex({
      indexName: 'byDay',
      partitionKey: { name: 'day', type: AttributeType.STRING },
      sortKey: { name: 'at', type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }
}

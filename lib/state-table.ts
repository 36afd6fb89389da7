import type { RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { GuardTable } from './guard-table.ts';

/** What the guard remembers between sweeps. Losing it costs a re-scan, never a wrong stop. */
export class StateTable extends GuardTable {
  constructor(scope: Construct, id: string, removalPolicy: RemovalPolicy) {
    super(scope, id, { keys: { partition: 'pk', sort: 'sk' }, removalPolicy });
  }
}

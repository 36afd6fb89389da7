import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AutoStop } from './auto-stop.ts';
import type { AutoStopProps } from './auto-stop-props.ts';

export interface AutoStopStackProps extends StackProps, AutoStopProps {}

/** One guard, and the names by which people and the command line find its parts. */
export class AutoStopStack extends Stack {
  readonly autoStop: AutoStop;

  constructor(scope: Construct, id: string, props: AutoStopStackProps) {
    super(scope, id, props);
    this.autoStop = new AutoStop(this, 'AutoStop', props);
    this.output('SweepFunctionName', this.autoStop.sweepFunction.functionName);
    this.output('ManualStopFunctionName', this.autoStop.manualStopFunction.functionName);
    this.output('ManualStopTopicArn', this.autoStop.manualStopTopic.topicArn);
    this.output('NotificationTopicArn', this.autoStop.notificationTopic.topicArn);
    this.output('AuditTableName', this.autoStop.auditTable.tableName);
    this.output('StateTableName', this.autoStop.stateTable.tableName);
  }

  private output(name: string, value: string): void {
    new CfnOutput(this, name, { value });
  }
}

import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { GuardFunctionProps } from './guard-function.ts';
import { GuardFunction } from './guard-function.ts';

export interface SweepProps extends GuardFunctionProps {
  /** Such as `rate(5 minutes)`. */
  readonly rate: string;
  readonly deadLetters: IQueue;
}

/** The sweep and its schedule. A start that is a minute late is dropped and a failed one not repeated: the next sees as much. */
export class Sweep extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, props: SweepProps) {
    super(scope, id);
    const handler = new GuardFunction(this, 'Handler', 'sweep', props);
    // Only the sweep settles work, and a sweep after a long pause settles much of it.
    handler.allow(['dynamodb:BatchWriteItem'], props.stateTable.tableArn);
    // Only the sweep follows stops: when the state table was lost, it finds in the trail which ones.
    handler.allow(['dynamodb:Query'], `${props.auditTable.tableArn}/index/byDay`);
    // GetAccountSettings knows no resource; only the sweep tells of slots and trial minutes.
    handler.allow(['devicefarm:GetAccountSettings'], '*');
    this.function = handler.function;
    this.function.configureAsyncInvoke({ maxEventAge: Duration.minutes(1), retryAttempts: 0 });
    new CfnSchedule(this, 'Schedule', {
      scheduleExpression: props.rate,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.function.functionArn,
        roleArn: this.scheduleRole(props.deadLetters).roleArn,
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
        deadLetterConfig: { arn: props.deadLetters.queueArn },
      },
    });
  }

  private scheduleRole(deadLetters: IQueue): Role {
    const stack = Stack.of(this);
    const resource = { service: 'scheduler', resource: 'schedule-group', resourceName: 'default' };
    // The group of the schedule is what EventBridge Scheduler names as its source:
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    const source = { 'aws:SourceAccount': stack.account, 'aws:SourceArn': stack.formatArn(resource) };
    const conditions = { StringEquals: source };
    const start = [
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.function.functionArn] }),
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
    ];
    return new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions }),
      inlinePolicies: { Start: new PolicyDocument({ statements: start }) },
    });
  }
}

import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ENV } from '../lambda/env.ts';
import { AutoStopFunction, type AutoStopFunctionProps } from './auto-stop-function.ts';
import { enforces, type SweepInterval } from './settings.ts';

/**
 * The sweep and its schedule. A start that is a minute late is dropped and a failed one is not repeated: the next sweep sees as
 * much, and the alarm `NoSweep` tells when there is none.
 */
export class Sweep extends Construct {
  readonly function: IFunction;
  readonly logGroupName: string;

  constructor(
    scope: Construct,
    id: string,
    props: AutoStopFunctionProps & {
      readonly interval: SweepInterval;
      /** Takes messages about work that crosses a limit before the next sweep. */
      readonly crossings: IQueue;
    },
  ) {
    super(scope, id);
    const { every, rate, timeout } = props.interval;
    const mayStop = enforces(props.policy);
    const handler = new AutoStopFunction(this, 'Handler', {
      ...props,
      name: 'sweep',
      timeout,
      mayStop,
      sweeps: true,
    });
    if (mayStop) {
      handler.allow(['sqs:SendMessage'], props.crossings.queueArn);
      handler.function.addEnvironment(ENV.crossingQueue, props.crossings.queueUrl);
      handler.function.addEnvironment(ENV.intervalMinutes, String(every.toMinutes()));
    }
    this.function = handler.function;
    this.logGroupName = handler.function.logGroup.logGroupName;
    handler.function.configureAsyncInvoke({ maxEventAge: Duration.minutes(1), retryAttempts: 0 });
    new CfnSchedule(this, 'Schedule', {
      scheduleExpression: rate,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.function.functionArn,
        roleArn: this.scheduleRole().roleArn,
        retryPolicy: { maximumEventAgeInSeconds: 60, maximumRetryAttempts: 0 },
      },
    });
  }

  private scheduleRole(): Role {
    const stack = Stack.of(this);
    const resource = { service: 'scheduler', resource: 'schedule-group', resourceName: 'default' };
    // The group of the schedule is what EventBridge Scheduler names as its source:
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    const source = { 'aws:SourceAccount': stack.account, 'aws:SourceArn': stack.formatArn(resource) };
    const start = new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [this.function.functionArn],
    });
    return new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: source } }),
      inlinePolicies: { Start: new PolicyDocument({ statements: [start] }) },
    });
  }
}

import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, TROUBLE_METRIC } from '../lambda/env.ts';

export interface AlarmsProps {
  readonly sweepFunction: IFunction;
  readonly orders: IQueue;
  readonly deadLetters: IQueue;
  readonly notificationTopic: ITopic;
  readonly interval: Duration;
  /** Value of the metric's dimension `service`. */
  readonly serviceName: string;
}

/** The shortest period that an alarm looks at: a single slow sweep is no reason to wake anybody. */
const SHORTEST = Duration.minutes(5);

/** Tells the notification topic when AutoStop itself is in trouble, and when the trouble is over. */
export class Alarms extends Construct {
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { sweepFunction, orders, deadLetters, interval, serviceName } = props;
    this.action = new SnsAction(props.notificationTopic);
    const period = interval.toMinutes() < SHORTEST.toMinutes() ? SHORTEST : interval;
    this.noSweep(sweepFunction, period);
    const trouble = new Metric({
      namespace: METRIC_NAMESPACE,
      metricName: TROUBLE_METRIC,
      dimensionsMap: { service: serviceName },
      statistic: 'Sum',
      period,
    });
    // Two of three periods: what passes by itself wakes nobody.
    this.above('Trouble', trouble, {
      threshold: 0,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      text: TROUBLE,
    });
    const age = orders.metricApproximateAgeOfOldestMessage({ period: SHORTEST, statistic: 'Maximum' });
    this.above('OrdersStuck', age, {
      threshold: Duration.hours(1).toSeconds(),
      evaluationPeriods: 1,
      text: STUCK,
    });
    const letters = deadLetters.metricApproximateNumberOfMessagesVisible({
      period: SHORTEST,
      statistic: 'Maximum',
    });
    this.above('DeadLetters', letters, { threshold: 0, evaluationPeriods: 1, text: DEAD_LETTERS });
  }

  /**
   * The dead man's switch, from the free metrics of Lambda: sweeps that were started and did not fail. Missing data leaves the
   * state as it is: a fresh deployment has none yet, and a schedule that died keeps the alarm on.
   */
  private noSweep(sweepFunction: IFunction, period: Duration): void {
    const how = { period, statistic: 'Sum' };
    const metric = new MathExpression({
      expression: 'FILL(started, 0) - FILL(failed, 0)',
      usingMetrics: {
        started: sweepFunction.metricInvocations(how),
        failed: sweepFunction.metricErrors(how),
      },
      label: 'Sweeps that ended',
      period,
    });
    this.tell(
      new Alarm(this, 'NoSweep', {
        metric,
        alarmDescription: NO_SWEEP,
        threshold: 1,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluationPeriods: 4,
        datapointsToAlarm: 3,
        treatMissingData: TreatMissingData.IGNORE,
      }),
    );
  }

  private above(
    id: string,
    metric: IMetric,
    {
      text,
      ...how
    }: {
      readonly threshold: number;
      readonly evaluationPeriods: number;
      readonly datapointsToAlarm?: number;
      readonly text: string;
    },
  ): void {
    this.tell(
      new Alarm(this, id, {
        ...how,
        metric,
        alarmDescription: text,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }),
    );
  }

  private tell(alarm: Alarm): void {
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
  }
}

const NO_SWEEP =
  'No sweep of Device Farm ended for three intervals: nothing is being stopped by rule. Look at the log of the sweep function and at its schedule. docs/runbook.md, NoSweep.';
const TROUBLE =
  'Stops failed or were given up, IAM refused a call, or a sweep could not see everything. The newest SweepCompleted record and the warnings in the logs say what. docs/runbook.md, Trouble.';
const STUCK =
  'An order has not been finished for an hour; AutoStop tries it every 5 minutes. Its notification says why. docs/runbook.md, OrdersStuck.';
const DEAD_LETTERS =
  'An order was given up. Read the dead-letter queue, stop by hand what is still running, then purge it. docs/runbook.md, DeadLetters.';

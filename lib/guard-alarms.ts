import { Duration } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, METRICS } from '../lambda/env.ts';

export interface GuardAlarmsProps {
  readonly guard: {
    readonly sweepFunction: IFunction;
    readonly manualStopFunction: IFunction;
    readonly deadLetters: IQueue;
    readonly notificationTopic: ITopic;
  };
  readonly interval: Duration;
  /** Value of the metrics' dimension `service`. */
  readonly serviceName: string;
}

/** Tells the notification topic when the guard itself is in trouble. */
export class GuardAlarms extends Construct {
  private readonly action: SnsAction;
  private readonly interval: Duration;

  constructor(scope: Construct, id: string, props: GuardAlarmsProps) {
    super(scope, id);
    const { guard, interval } = props;
    this.action = new SnsAction(guard.notificationTopic);
    this.interval = interval;
    const counted = (metricName: string) => this.counted(metricName, props.serviceName);
    this.noSweepEnded(counted(METRICS.sweepsEnded));
    this.anyOf('PartialSweeps', counted(METRICS.partialSweeps), PARTIAL);
    this.anyOf('FailedStops', counted(METRICS.failedStops), FAILED_STOPS);
    this.anyOf('EscalatedStops', counted(METRICS.escalatedStops), ESCALATED_STOPS);
    this.anyOf('AccessDenied', counted(METRICS.accessDenied), ACCESS_DENIED);
    const errors = { period: interval, statistic: 'Sum' };
    this.anyOf('SweepErrors', guard.sweepFunction.metricErrors(errors), SWEEP_ERRORS);
    this.anyOf('ManualStopErrors', guard.manualStopFunction.metricErrors(errors), MANUAL_STOP_ERRORS);
    const visible = { period: Duration.minutes(5), statistic: 'Maximum' };
    const letters = guard.deadLetters.metricApproximateNumberOfMessagesVisible(visible);
    this.anyOf('DeadLetters', letters, DEAD_LETTERS);
  }

  /** The dead man's switch: a guard that is not running sends no figures at all. */
  private noSweepEnded(metric: IMetric): void {
    const alarm = new Alarm(this, 'NoSweepEnded', {
      metric,
      alarmDescription: NO_SWEEP_ENDED,
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
    alarm.addAlarmAction(this.action);
  }

  /**
   * One of the last two periods is enough, so that a trouble that repeats at every sweep is told once: sweeps drift
   * over the ends of periods, and a period without one must not reset the alarm.
   */
  private anyOf(id: string, metric: IMetric, alarmDescription: string): void {
    const alarm = new Alarm(this, id, {
      metric,
      alarmDescription,
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(this.action);
  }

  private counted(metricName: string, service: string): Metric {
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { service },
      statistic: 'Sum',
      period: this.interval,
    });
  }
}

const NO_SWEEP_ENDED =
  'No sweep of Device Farm ended for three intervals: nothing is being stopped. Look at the log of the sweep function and at its schedule.';
const PARTIAL =
  'A sweep could not see all of Device Farm. The last SweepCompleted record names the projects and why.';
const FAILED_STOPS =
  'A job or session that should have been stopped was not. The StopFailed records say why; the next sweep tries again.';
const ESCALATED_STOPS =
  'Device Farm takes the stops of a job or session and does not stop it. Stop it by hand in its console; the StopEscalated records name it.';
const ACCESS_DENIED = 'IAM refused a call of the guard. Compare the roles of its functions with the stack.';
const SWEEP_ERRORS = 'A sweep failed altogether. Look at the log of the sweep function.';
const MANUAL_STOP_ERRORS =
  'A manual stop failed; Lambda tries again for an hour. Look at the log of the manual-stop function.';
const DEAD_LETTERS =
  'A schedule or a manual stop was given up. Read the dead-letter queue, stop by hand what is still running, then purge it.';

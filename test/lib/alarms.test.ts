import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { autoStopTemplate } from './app.ts';

const ABOVE_ZERO = { ComparisonOperator: 'GreaterThanThreshold', Threshold: 0 };

function lambdaMetric(name: string) {
  return Match.objectLike({
    Metric: {
      Namespace: 'AWS/Lambda',
      MetricName: name,
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp('SweepHandlerFunction') } }],
    },
    Stat: 'Sum',
  });
}

function queueMetric(metric: string, queue: string) {
  return {
    Namespace: 'AWS/SQS',
    MetricName: metric,
    Dimensions: [
      { Name: 'QueueName', Value: { 'Fn::GetAtt': [Match.stringLikeRegexp(queue), 'QueueName'] } },
    ],
    Statistic: 'Maximum',
    Period: 300,
  };
}

describe('the alarms', () => {
  it.each([
    [1, 300],
    [5, 300],
    [15, 900],
    [1_440, 86_400],
  ])('tell when three of four sweeps every %i min did not end, looking every %i s', (minutes, Period) => {
    const template = autoStopTemplate({ interval: Duration.minutes(minutes) });

    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([
        Match.objectLike({ Expression: 'FILL(started, 0) - FILL(failed, 0)' }),
        Match.objectLike({
          MetricStat: Match.objectLike({ Period, Metric: Match.objectLike({ MetricName: 'Invocations' }) }),
        }),
      ]),
      EvaluationPeriods: 4,
      DatapointsToAlarm: 3,
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      // A fresh deployment has no data and is no reason to wake anybody; a schedule that died keeps the alarm on.
      TreatMissingData: 'ignore',
    });
  });

  it('count the sweeps that ended from the free metrics of Lambda', () => {
    const template = autoStopTemplate();

    for (const name of ['Invocations', 'Errors'])
      template.hasResourceProperties('AWS::CloudWatch::Alarm', {
        Metrics: Match.arrayWith([Match.objectLike({ MetricStat: lambdaMetric(name) })]),
      });
  });

  it('tell of trouble that lasts, not of trouble that passes', () => {
    const template = autoStopTemplate();

    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'DeviceFarmAutoStop',
      MetricName: 'Trouble',
      Dimensions: [{ Name: 'service', Value: 'Theirs/AutoStop' }],
      Statistic: 'Sum',
      ...ABOVE_ZERO,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
      TreatMissingData: 'notBreaching',
    });
  });

  it('tell of an order that is not done after an hour, and of one that was given up', () => {
    const template = autoStopTemplate();

    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...queueMetric('ApproximateAgeOfOldestMessage', 'OrdersQueue'),
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 3_600,
      EvaluationPeriods: 1,
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...queueMetric('ApproximateNumberOfMessagesVisible', 'DeadLetters'),
      ...ABOVE_ZERO,
      EvaluationPeriods: 1,
    });
  });

  it('are four, each with a sentence about what to do, and say also when it is over', () => {
    const template = autoStopTemplate();

    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));

    expect(alarms).toHaveLength(4);
    for (const { Properties } of alarms) {
      const topic = [{ Ref: expect.stringMatching(/^AutoStopNotifications/) }];
      expect(Properties).toMatchObject({ AlarmActions: topic, OKActions: topic });
      expect(Properties.AlarmDescription).toMatch(/\. docs\/runbook\.md, [A-Za-z]+\.$/);
    }
  });
});

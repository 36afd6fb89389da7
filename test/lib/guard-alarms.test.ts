import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { guardedTemplate } from './guarded-app.ts';

const OWN = {
  Namespace: 'DeviceFarmAutoStop',
  Dimensions: [{ Name: 'service', Value: 'Guarded/AutoStop' }],
  Statistic: 'Sum',
};

function errorsOf(functionId: string) {
  return {
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: { Ref: Match.stringLikeRegexp(functionId) } }],
    Statistic: 'Sum',
  };
}

describe('the alarms', () => {
  it.each([5, 15, 1_440])('tell when no sweep ended for three intervals of %i min', (minutes) => {
    const template = guardedTemplate({ interval: Duration.minutes(minutes) });

    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...OWN,
      MetricName: 'SweepsEnded',
      Period: minutes * 60,
      EvaluationPeriods: 3,
      DatapointsToAlarm: Match.absent(),
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
  });

  it.each([
    ['partial coverage', { ...OWN, MetricName: 'PartialSweeps' }, 900],
    ['failed stops', { ...OWN, MetricName: 'FailedStops' }, 900],
    ['stops without effect', { ...OWN, MetricName: 'EscalatedStops' }, 900],
    ['refused calls', { ...OWN, MetricName: 'AccessDenied' }, 900],
    ['failing sweeps', errorsOf('SweepHandlerFunction'), 900],
    ['failing manual stops', errorsOf('ManualStopHandlerFunction'), 900],
    [
      'dead letters',
      {
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [
          {
            Name: 'QueueName',
            Value: { 'Fn::GetAtt': [Match.stringLikeRegexp('DeadLetters'), 'QueueName'] },
          },
        ],
        Statistic: 'Maximum',
      },
      300,
    ],
  ])('tell of %s once, and are quiet without data', (_, metric, Period) => {
    const template = guardedTemplate({ interval: Duration.minutes(15) });

    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      ...metric,
      Period,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
    });
  });

  it('all go to the notification topic with a sentence about what to do', () => {
    const template = guardedTemplate();

    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));

    expect(alarms).toHaveLength(8);
    for (const { Properties } of alarms) {
      expect(Properties.AlarmActions).toEqual([{ Ref: expect.stringMatching(/^AutoStopNotifications/) }]);
      expect(Properties.AlarmDescription).toMatch(/\. .+\.$/s);
    }
  });
});

import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, it } from 'vitest';
import { autoStopTemplate, POLICY } from './app.ts';

describe('the sweep', () => {
  it.each([
    [undefined, 'rate(5 minutes)'],
    [Duration.minutes(1), 'rate(1 minute)'],
    [Duration.hours(1), 'rate(60 minutes)'],
  ])('with interval %s starts at %s', (interval, ScheduleExpression) => {
    const template = autoStopTemplate({ interval });

    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: Match.absent(),
    });
  });

  it('knows where to say that work crosses a limit, when the policy enforces', () => {
    const policy = { ...POLICY, mode: 'enforce' as const };

    const template = autoStopTemplate({ policy, interval: Duration.minutes(7) });

    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          CROSSING_QUEUE_URL: { Ref: Match.stringLikeRegexp('OrdersQueue') },
          SWEEP_INTERVAL_MINUTES: '7',
        },
      },
    });
  });

  it('sends nothing when the policy observes', () => {
    const template = autoStopTemplate();

    template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { Environment: { Variables: { CROSSING_QUEUE_URL: Match.anyValue() } } },
      0,
    );
  });

  it('is not started late or twice', () => {
    const template = autoStopTemplate();

    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: {
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('SweepHandlerFunction'), 'Arn'] },
        RoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('ScheduleRole'), 'Arn'] },
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
        DeadLetterConfig: Match.absent(),
      },
    });
  });

  it('is not repeated by Lambda', () => {
    const template = autoStopTemplate();

    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: Match.stringLikeRegexp('SweepHandlerFunction') },
      MaximumEventAgeInSeconds: 60,
      MaximumRetryAttempts: 0,
    });
  });

  it('is started by schedules of this account only', () => {
    const template = autoStopTemplate();

    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Action: 'sts:AssumeRole',
            Effect: 'Allow',
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': { Ref: 'AWS::AccountId' },
                'aws:SourceArn': {
                  'Fn::Join': ['', Match.arrayWith([':scheduler:', ':schedule-group/default'])],
                },
              },
            },
          },
        ],
      },
    });
  });
});

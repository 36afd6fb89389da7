import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { AutoStopStack } from '../../lib/auto-stop-stack.ts';
import { POLICY, temporaryApp } from './app.ts';

describe('AutoStopStack', () => {
  it('has exactly the outputs by which people and the command line find its parts', () => {
    const stack = new AutoStopStack(temporaryApp(), 'DeviceFarm', { policy: POLICY });

    const outputs = Template.fromStack(stack).toJSON().Outputs;

    expect(outputs).toEqual({
      SweepFunctionName: { Value: { Ref: expect.stringMatching('SweepHandlerFunction') } },
      ManualStopFunctionName: { Value: { Ref: expect.stringMatching('OrdersHandlerFunction') } },
      ManualStopTopicArn: { Value: { Ref: expect.stringMatching('ManualStopTopic') } },
      NotificationTopicArn: { Value: { Ref: expect.stringMatching('Notifications') } },
      AuditTableName: { Value: { Ref: expect.stringMatching('AuditTrail') } },
      StateTableName: { Value: { Ref: expect.stringMatching('GuardState') } },
    });
  });

  it('counts under another name when it is deployed under another name', () => {
    const props = { policy: POLICY, stackName: 'second-autoStop' };
    const stack = new AutoStopStack(temporaryApp(), 'DeviceFarm', props);

    const template = Template.fromStack(stack);

    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'second-autoStop/AutoStop' } },
    });
  });
});

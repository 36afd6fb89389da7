import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { AutoStop, type AutoStopProps } from '../../lib/auto-stop.ts';
import { definePolicy } from '../../lib/policy-from-file.ts';

const policy = definePolicy({ version: 1, rules: [{ id: 'long', type: 'job-duration', maxMinutes: 60 }] });

function templateOf(props: Partial<AutoStopProps>): Template {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Test');
  new AutoStop(stack, 'AutoStop', { policy, ...props });
  return Template.fromStack(stack);
}

it('is not made unless somebody wants it', () => {
  templateOf({}).resourceCountIs('AWS::CloudWatch::Dashboard', 0);
});

it('shows spending, stops, health and cost, from the logs and metrics of this stack', () => {
  const template = templateOf({ dashboard: true });

  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  for (const text of [
    'Spent today',
    'Stopped by rules',
    'Sweeps, and those that failed',
    'Trouble',
    'Orders that wait',
    'What it costs',
  ])
    expect(body).toContain(text);
  const logs = Object.keys(template.findResources('AWS::Logs::LogGroup'));
  for (const group of logs) expect(body).toContain(group);
});

it('tells both functions to write for chat as well, when somebody wants it', () => {
  const functionsWith = (template: Template) =>
    Object.values(template.findResources('AWS::Lambda::Function')).filter(
      ({ Properties }) => Properties.Environment.Variables.NOTIFY_CHAT === 'true',
    ).length;

  expect([templateOf({}), templateOf({ chat: true })].map(functionsWith)).toEqual([0, 2]);
});

it('is for several people: each address is subscribed', () => {
  const template = templateOf({ notificationEmail: ['a@example.com', 'b@example.com'] });

  template.resourceCountIs('AWS::SNS::Subscription', 3);
  expect(() => templateOf({ notificationEmail: ['a@example.com', 'nobody'] })).toThrow(
    'notificationEmail is "nobody"',
  );
});

import { describe, expect, it } from 'vitest';
import { Properties } from '../../../../demo/aws/plan/resource.ts';
import { schedulePlan } from '../../../../demo/aws/plan/schedule-plan.ts';
import { TemplateError } from '../../../../demo/aws/template-error.ts';

function schedule(over: Readonly<Record<string, unknown>> = {}) {
  const properties = new Properties('Clock', {
    ScheduleExpression: 'rate(5 minutes)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: 'arn:fn' },
    ...over,
  });
  return { logicalId: 'Clock', name: 'clock', ref: 'clock', attributes: { Arn: 'arn:clock' }, properties };
}

describe('schedulePlan', () => {
  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(12 hours)', 43_200_000],
    ['rate(1 day)', 86_400_000],
  ])('reads %s', (ScheduleExpression, everyMs) => {
    const plan = schedulePlan(schedule({ ScheduleExpression }));

    expect(plan).toEqual({ name: 'clock', arn: 'arn:clock', everyMs, functionArn: 'arn:fn' });
  });

  it('keeps the input of the target', () => {
    const plan = schedulePlan(schedule({ Target: { Arn: 'arn:fn', Input: '{"a":1}' } }));

    expect(plan.input).toBe('{"a":1}');
  });

  it.each([
    [{ ScheduleExpression: 'rate(0 minutes)' }, /Clock\.ScheduleExpression is rate\(0 minutes\)/],
    [{ ScheduleExpression: 'rate(5 seconds)' }, /knows rate\(value minutes\|hours\|days\)/],
    [{ ScheduleExpression: 'at(2026-01-01T00:00:00)' }, /Clock\.ScheduleExpression is at/],
    [{ ScheduleExpression: 5 }, /Clock\.ScheduleExpression is 5; it must be a text/],
    [{ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, /Clock\.FlexibleTimeWindow is flexible/],
    [{ StartDate: '2026-01-01' }, /Clock\.StartDate is set/],
    [{ Target: {} }, /Clock\.Target\.Arn is undefined/],
  ])('refuses %j', (over, message) => {
    expect(() => schedulePlan(schedule(over))).toThrow(TemplateError);
    expect(() => schedulePlan(schedule(over))).toThrow(message);
  });
});

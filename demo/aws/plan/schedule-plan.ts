import { TemplateError } from '../template-error.ts';
import type { Resource } from './resource.ts';

/** A schedule that invokes a function. */
export interface SchedulePlan {
  readonly name: string;
  readonly arn: string;
  readonly everyMs: number;
  readonly functionArn: string;
  /** The text that the target is given; absent: EventBridge Scheduler's own event. */
  readonly input?: string;
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** @throws TemplateError for anything but a plain rate. */
export function schedulePlan({ name, attributes, properties }: Resource): SchedulePlan {
  properties.refuse('StartDate', 'EndDate', 'GroupName');
  if (properties.below('FlexibleTimeWindow').text('Mode') !== 'OFF') {
    throw new TemplateError(
      `${properties.path}.FlexibleTimeWindow is flexible; the local stack starts on time`,
    );
  }
  const target = properties.below('Target');
  const input = target.optionalText('Input');
  return {
    name,
    arn: attributes.Arn ?? '',
    everyMs: rateMs(properties.text('ScheduleExpression'), properties.path),
    functionArn: target.text('Arn'),
    ...(input === undefined ? {} : { input }),
  };
}

/** Milliseconds of `rate(value unit)` (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html). */
function rateMs(expression: string, path: string): number {
  const [, value, unit = ''] = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const ms = Number(value) * (UNITS[unit] ?? Number.NaN);
  if (Number.isSafeInteger(ms)) return ms;
  throw new TemplateError(
    `${path}.ScheduleExpression is ${expression}; the local stack knows rate(value minutes|hours|days)`,
  );
}

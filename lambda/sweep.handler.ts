import type { Context } from 'aws-lambda';
import type { SweepSummary } from './sweep/report.ts';
import { sweep } from './sweep/sweep.ts';
import { wireFunction } from './wiring.ts';

const { services, begin } = wireFunction();

/** Looks at everything in flight and stops what breaks the policy. The event says nothing. */
export function handler(_event: unknown, context: Context): Promise<SweepSummary> {
  return sweep(services, begin(context));
}

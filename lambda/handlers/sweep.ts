import type { Context } from 'aws-lambda';
import type { SweepSummary } from '../core/report/sweep-summary.ts';
import { sweep } from '../use-cases/sweep/sweep.ts';
import { wireSweep } from '../wiring.ts';

const wiring = wireSweep();

/** Looks at everything in flight and stops what breaks the policy. The event says nothing: what is due shows itself. */
export async function handler(_event: unknown, context: Context): Promise<SweepSummary> {
  const { sweep: which, invocation } = wiring.begin(context);
  return sweep(wiring.ports, which, invocation);
}

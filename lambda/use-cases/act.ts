import pMap from 'p-map';
import type { Cause } from '../core/cause.ts';
import type { Decision } from '../core/decision.ts';
import { AwsCallError } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import { subjectOf, wouldStopRecord } from '../core/stop-record.ts';
import type { AuditTrail, Invocation } from '../ports.ts';
import type { Problems } from './problems.ts';
import { type StopPorts, type StopSettings, stop } from './stop.ts';

/** Stops under way at once. Stop calls refill at one per second, so more would only wait. */
const STOPS_AT_ONCE = 4;
/** Milliseconds before the end of the invocation in which no stop is begun: one takes a read, a call and three writes. */
export const LAST_CALL = 15_000;

export type ActResult = Outcome | { readonly kind: 'heldBack'; readonly arn: string; readonly why: string };

/** Carries out decisions in their order. One that fails is an outcome, and the next goes on. */
export function act(
  ports: StopPorts,
  decisions: readonly Decision[],
  cause: Pick<Cause, 'actor' | 'policyVersion' | 'sweepId'>,
  settings: StopSettings,
  invocation: Invocation,
): Promise<readonly ActResult[]> {
  return pMap(
    decisions,
    async (decision) => {
      if (invocation.msLeft() < LAST_CALL) {
        return {
          kind: 'heldBack',
          arn: decision.item.arn,
          why: 'no time was left; the next sweep goes on',
        } as const;
      }
      return isolated(decision.item.arn, () =>
        stop(
          ports,
          {
            kind: decision.item.kind,
            arn: decision.item.arn,
            subject: subjectOf(decision.item, settings.pricePerMeteredMinute),
            billing: decision.item.billing,
          },
          { ...cause, rule: decision.rule, reason: decision.reason, only: decision.only, mode: 'enforce' },
          settings,
        ),
      );
    },
    { concurrency: STOPS_AT_ONCE },
  );
}

/** Records what rules in observe mode would have stopped; gives those that were recorded for the first time. */
export async function recordWouldStops(
  audit: Pick<AuditTrail, 'add'>,
  decisions: readonly Decision[],
  cause: Pick<Cause, 'actor' | 'policyVersion' | 'sweepId'>,
  pricePerMeteredMinute: number,
  problems: Problems,
): Promise<readonly Decision[]> {
  const written = await pMap(
    decisions,
    ({ item, rule, reason, only }) => {
      const subject = subjectOf(item, pricePerMeteredMinute);
      const record = wouldStopRecord(subject, { ...cause, rule, reason, only, mode: 'observe' });
      return problems.during(
        `${item.arn}: that it would be stopped could not be recorded`,
        audit.add(record),
        'failed',
      );
    },
    { concurrency: 8 },
  );
  return decisions.filter((_, index) => written[index] === 'written');
}

/** One item's failure, whatever it is, is that item's outcome: it is counted, told and tried again. */
export async function isolated(arn: string, stopOne: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await stopOne();
  } catch (error) {
    return { kind: 'failed', arn, error: String(error), accessDenied: isAccessDenied(error) };
  }
}

function isAccessDenied(error: unknown): boolean {
  return error instanceof AwsCallError && error.error.kind === 'accessDenied';
}

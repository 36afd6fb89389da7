import type { Decision } from '../../core/decision.ts';
import type { Cause } from '../../core/stops/cause.ts';
import type { Outcome } from '../../core/stops/outcome.ts';
import { subjectOf } from '../../core/stops/stop-record.ts';
import type { WorkItem } from '../../core/work-item.ts';
import type { Invocation } from '../../ports.ts';
import type { StopSettings } from './stop-order.ts';
import { type OrderResult, stopOrders } from './stop-orders.ts';
import type { StopRunPorts } from './stop-run.ts';

export type ActResult =
  | Outcome
  /** `by`: what held it on purpose, such as a pause; without it time ran out, and the sweep is partial. */
  | { readonly kind: 'heldBack'; readonly arn: string; readonly why: string; readonly by?: string };

/**
 * Carries out decisions in their order. One that fails is an outcome, and the next goes on.
 * @param spared runs with work that stays
 */
export async function act(
  ports: StopRunPorts,
  decisions: readonly Decision[],
  cause: Pick<Cause, 'actor' | 'policyVersion' | 'sweepId'>,
  settings: StopSettings,
  invocation: Invocation,
  spared: ReadonlySet<string> = new Set(),
): Promise<readonly ActResult[]> {
  const orders = decisions.map(({ item, rule, reason, only }) => ({
    target: {
      kind: item.kind,
      arn: item.arn,
      subject: subjectOf(item, settings.pricePerMeteredMinute),
      billing: item.billing,
      timeoutMinutes: item.timeoutMinutes,
    },
    cause: { ...cause, rule, reason, only, mode: 'enforce' as const },
  }));
  return (await stopOrders(ports, orders, settings, invocation, spared)).map(toActResult);
}

/** What had no time is held for the next sweep. */
export function toActResult(result: OrderResult): ActResult {
  return result.kind === 'outOfTime'
    ? { kind: 'heldBack', arn: result.arn, why: 'no time was left; the next sweep goes on' }
    : result;
}

/** The runs of which something in flight is not to be stopped. */
export function sparedRuns(items: readonly WorkItem[], stops: readonly Decision[]): ReadonlySet<string> {
  const stopped = new Set(stops.map(({ item }) => item.arn));
  const stays = ({ arn, phase }: WorkItem) => phase !== 'stopping' && !stopped.has(arn);
  return new Set(items.filter(stays).flatMap(({ run }) => run?.arn ?? []));
}

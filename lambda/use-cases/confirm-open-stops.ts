import type { Job, Session } from '../core/service.ts';
import type { Invocation, OpenStop } from '../ports.ts';
import { LAST_CALL } from './act.ts';
import { type Confirmation, type ConfirmPorts, type ConfirmSettings, confirm } from './confirm.ts';
import type { Problems } from './problems.ts';

/** What following the open stops showed. */
export interface Confirmations {
  readonly confirmed: readonly string[];
  /** Stops that were asked for and have not taken effect in time. */
  readonly overdue: number;
}

/**
 * Follows stops that were asked for before, one by one; one that fails holds up no other.
 * @param seen what the sweep has listed already, by ARN
 */
export async function confirmOpenStops(
  ports: ConfirmPorts,
  open: readonly OpenStop[],
  seen: ReadonlyMap<string, Job | Session>,
  settings: ConfirmSettings,
  invocation: Invocation,
  problems: Problems,
): Promise<Confirmations> {
  const confirmed: string[] = [];
  let overdue = 0;
  for (const one of open) {
    if (invocation.msLeft() < LAST_CALL) {
      problems.add('no time was left to confirm all stops; the next sweep goes on');
      break;
    }
    const result = await problems.during<Confirmation>(
      `${one.arn}: its stop could not be confirmed`,
      confirm(ports, one, seen.get(one.arn), settings),
      { kind: 'waiting' },
    );
    if (result.kind === 'confirmed') confirmed.push(one.arn);
    if (result.kind === 'overdue') overdue += 1;
    if (result.kind === 'unreadable' && result.accessDenied) problems.accessDenied += 1;
    if ('problem' in result) problems.add(result.problem);
  }
  return { confirmed, overdue };
}

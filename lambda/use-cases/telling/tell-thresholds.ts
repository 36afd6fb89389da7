import type { AuditRecord } from '../../core/audit-record.ts';
import { crossedThresholds, sentence } from '../../core/rules/budget.ts';
import type { BudgetState } from '../../core/spend/budget-state.ts';
import type { AuditTrail, Notifier, Tellings } from '../../ports.ts';
import { tellOnce } from './tell-once.ts';

export interface TellingPorts {
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly tellings: Tellings;
  readonly notifier: Notifier;
}

/** Tells every crossed threshold once per rule, period, percent, basis and limit, and records it. */
export async function tellThresholds(
  ports: TellingPorts,
  states: readonly BudgetState[],
  common: Pick<AuditRecord, 'mode' | 'policyVersion' | 'sweepId'>,
): Promise<void> {
  for (const state of states) {
    for (const { percent, basis, action } of crossedThresholds(state)) {
      const { rule, period, limit } = state;
      const key = `threshold#${rule.id}#${period.kind}#${period.label}#${percent}#${basis}#${limit}`;
      const reason = `${sentence(state, basis, percent)}; threshold ${percent} % (${action}) is crossed (rule ${rule.id})`;
      await ports.audit.add({
        ...common,
        subject: 'guard',
        id: `ThresholdCrossed#${key}`,
        event: 'ThresholdCrossed',
        actor: 'schedule',
        rule: rule.id,
        reason,
      });
      await tellOnce(ports, key, `Device Farm budget ${rule.id} is above ${percent} %`, reason);
    }
  }
}

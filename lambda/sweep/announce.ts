import type { AuditRecord, StopResult } from '../model.ts';
import { type closeDigest, headline } from '../notify/digests.ts';
import { harmless, runSection, type Section, toldOf } from '../notify/lines.ts';
import { tellOnce } from '../notify/notifications.ts';
import { anyGlob } from '../policy/match.ts';
import { crossedThresholds, sentence } from '../rules/budget.ts';
import { holdSentence, toStop } from '../stop/hold.ts';
import { GUARD, ids } from '../store/ids.ts';
import type { ItemKind } from '../store/state.ts';
import { utcDay } from '../time.ts';
import { idleSlots, idleSlotsSentence } from '../usage/idle-slots.ts';
import type { Invocation, Services } from '../wiring.ts';
import type { Assessment } from './assess.ts';
import { allResults, type Findings } from './report.ts';

/** Keys of what was announced, newest last: a sweep that has nothing new to announce makes no call. */
export const ANNOUNCED: ItemKind<readonly string[]> = {
  prefix: 'announced',
  days: 100,
  parse: (value) =>
    Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined,
};
const ONE = 'keys';
/** Keys that are remembered here; for older ones the claim of each key stands. */
const MAX_KEYS = 2_000;
const MAX_LINES = 50;
const MAX_LINE = 600;

/** Tells what has a notification of its own, once each: crossed thresholds, and metered work beside idle slots. */
export async function announce(
  services: Services,
  { snapshot, budgets, inventory }: Pick<Assessment, 'snapshot' | 'budgets' | 'inventory'>,
  invocation: Invocation,
): Promise<void> {
  const stored = snapshot.get(ANNOUNCED, ONE);
  const known = new Set(stored?.value);
  const wanted = [
    ...thresholds(budgets, inventory.projects, invocation),
    ...(inventory.account ? slots(idleSlots(inventory.items, inventory.account), invocation) : []),
  ].filter(({ key }) => !known.has(key));
  const told: string[] = [];
  for (const { key, record, subject, text, projects } of wanted) {
    const recorded = record ? services.audit.add(record) : Promise.resolve('written' as const);
    const result = await invocation.diagnostics.during(`${key} could not be recorded`, recorded, undefined);
    if (result === undefined) continue;
    if (await tellOnce(services, key, { subject, text, projects }, invocation)) told.push(key);
  }
  if (told.length === 0) return;
  const remembered = services.state.change(
    ANNOUNCED,
    ONE,
    (before = []) => [...before, ...told].slice(-MAX_KEYS),
    stored ?? null,
  );
  await invocation.diagnostics.during('what was announced could not be remembered', remembered, undefined);
}

/** Once per rule, period, percentage, basis and limit. A budget of some projects concerns these, one of the account none. */
function thresholds(
  budgets: Assessment['budgets'],
  all: Assessment['inventory']['projects'],
  invocation: Invocation,
) {
  const { policy, policyVersion, id: sweepId } = invocation;
  return budgets.flatMap((state) =>
    crossedThresholds(state).map(({ percent, basis, action }) => {
      const { rule, period, limit } = state;
      const patterns = rule.match?.projects;
      const key = `threshold#${rule.id}#${period.kind}#${period.label}#${percent}#${basis}#${limit}`;
      const text = `${sentence(state, basis, percent)}; threshold ${percent} % (${action}) is crossed (rule ${rule.id})`;
      const record: AuditRecord = {
        subject: GUARD,
        id: ids.threshold(key),
        event: 'ThresholdCrossed',
        actor: 'schedule',
        rule: rule.id,
        reason: text,
        mode: policy.mode,
        policyVersion,
        sweepId,
      };
      return {
        key,
        subject: `budget ${rule.id} is above ${percent} %${basis === 'worst-case' ? ' in the worst case' : ''}`,
        text,
        ...(patterns && { projects: all.map(({ name }) => name).filter((name) => anyGlob(patterns, name)) }),
        record,
      };
    }),
  );
}

/** Once a UTC day for each project, together in one notification. */
function slots(found: ReturnType<typeof idleSlots>, { now }: Invocation) {
  if (found.length === 0) return [];
  const lines = found.map((one) => harmless(idleSlotsSentence(one), MAX_LINE));
  const rest = lines.length > MAX_LINES ? [`and ${lines.length - MAX_LINES} more`] : [];
  const advice =
    'Slots are paid by the month. Runs and sessions use them when they are scheduled with billing method UNMETERED.';
  return [
    {
      key: `idle-slots#${utcDay(now)}`,
      subject: 'metered work beside idle unmetered slots',
      text: [...lines.slice(0, MAX_LINES), ...rest, advice].join('\n'),
      projects: undefined,
      record: undefined,
    },
  ];
}

/**
 * What a sweep tells people: only what is new. What merely goes on is in the alarms. `undefined`: it has nothing
 * to tell.
 */
export function digestOf(
  findings: Pick<Findings, 'newlyObserved' | 'newlyHeld'> & Parameters<typeof allResults>[0],
  invocation: Invocation,
): Parameters<typeof closeDigest>[1] {
  const { newlyObserved, newlyHeld } = findings;
  const results = allResults(findings);
  const of = (kind: StopResult['kind']) => results.filter((result) => result.kind === kind);
  const section = (title: string, list: readonly Pick<StopResult, 'stop' | 'reason'>[]): Section => {
    const told = list.map((one) => toldOf(one, invocation));
    return runSection(title, told, invocation);
  };
  const stopped = of('stopped');
  const held = newlyHeld.filter(({ hold }) => hold !== 'exempt');
  const exempt = newlyHeld.filter(({ hold }) => hold === 'exempt');
  const observed = newlyObserved.map((decision) => ({ stop: toStop(decision), reason: decision.reason() }));
  const acted = stopped.length + held.length > 0;
  const sections = [
    section('Stopped', stopped),
    section('Would have stopped (observe mode)', observed),
    section(
      'Held back',
      held.map((one) => ({ stop: one.stop, reason: holdSentence(one) })),
    ),
    ...(acted
      ? [
          section('Failed; AutoStop tries again', of('failed')),
          section('Kept by exemptions', exempt),
          section(
            'No time was left',
            results.filter(({ hold }) => hold === 'time'),
          ),
        ]
      : []),
  ];
  if (sections.every(({ lines }) => lines.length === 0)) return undefined;
  const subject = headline({ stopped: stopped.length, held: held.length, observed: observed.length });
  return { subject, sections };
}

import type { WatchedStop } from '../../core/lessons/watched-stop.ts';
import type { Policy } from '../../core/policy/schema.ts';
import { summarize } from '../../core/report/summarize.ts';
import type { SweepSummary } from '../../core/report/sweep-summary.ts';
import { UNKNOWN_STEERING } from '../../core/steering/steering.ts';
import type {
  HeldOrders,
  Invocation,
  Ledger,
  Log,
  Metrics,
  OpenStop,
  ProjectMemories,
  RunHistory,
  WatchedStops,
} from '../../ports.ts';
import type { ConfirmPorts } from '../confirm/confirm.ts';
import { confirmOpenStops } from '../confirm/confirm-open-stops.ts';
import { type RecoverPorts, recoverOpenStops } from '../confirm/recover-open-stops.ts';
import { type LearnFromWouldStopsPorts, learnFromWouldStops } from '../lessons/learn-from-would-stops.ts';
import { recordWouldStops } from '../lessons/record-would-stops.ts';
import { Problems } from '../problems.ts';
import { TagReader } from '../safety/read-tags.ts';
import { whyNotAgain } from '../safety/why-not-again.ts';
import type { ActResult } from '../stop/act.ts';
import type { SweepContext } from '../sweep-context.ts';
import { tellIdleSlots } from '../telling/tell-idle-slots.ts';
import { type TellingPorts, tellThresholds } from '../telling/tell-thresholds.ts';
import { type Assessment, type AssessPorts, assess } from './assess.ts';
import { type CarryOutDecisionsPorts, carryOutDecisions } from './carry-out-decisions.ts';
import { reportSweep } from './report-sweep.ts';

export type SweepPorts = Omit<AssessPorts, 'keeper'> &
  CarryOutDecisionsPorts &
  ConfirmPorts &
  TellingPorts &
  LearnFromWouldStopsPorts &
  RecoverPorts & {
    readonly ledger: Ledger;
    readonly memories: ProjectMemories;
    readonly history: RunHistory;
    readonly heldOrders: Pick<HeldOrders, 'all' | 'drop'>;
    readonly watchedStops: WatchedStops;
    readonly metrics: Metrics;
    readonly log: Log;
  };

/**
 * One pass over everything: assess (inventory, tally, decide), act, confirm, report.
 * @throws SweepFailedError when not even the projects can be listed
 */
export async function sweep(
  ports: SweepPorts,
  context: SweepContext,
  invocation: Invocation,
): Promise<SweepSummary> {
  const { policy, policyVersion, sweepId } = context;
  const problems = new Problems();
  const settings = settingsOf(policy, invocation.now);
  const assessment = await assess({ ...ports, keeper: ports }, policy, invocation, problems);
  const { inventory, steering, decisions } = assessment;
  const { open, watched } = await followed(ports, invocation.now, problems);
  const newWouldStops = await recordWouldStops(
    ports,
    // What may be exempt is not said to be stopped if the policy were enforced.
    decisions.filter(({ action }) => action === 'would-stop' && steering !== UNKNOWN_STEERING),
    watched,
    { actor: 'schedule', policyVersion, sweepId, policy },
    invocation.now,
    problems,
  );
  const { results, newHolds } = await carryOutDecisions(
    ports,
    assessment,
    open,
    context,
    settings,
    invocation,
    problems,
  );
  const earlier = open.filter(({ arn }) => !hasStopped(results, arn));
  const confirmations = await confirmOpenStops(
    ports,
    earlier,
    {
      seen: inventory.seen,
      tried: triedIn(results),
      whyHeld: whyHeld(ports, assessment, context, invocation, problems),
    },
    { ...settings, ...context },
    invocation,
    problems,
  );
  const learnt = await learnFromWouldStops(ports, watched, inventory, context, invocation, problems);
  await tell(ports, assessment, context, invocation.now, problems);
  const findings = {
    ...assessment,
    newWouldStops,
    results: [...results.filter(({ arn }) => !isAmong(confirmations.retried, arn)), ...confirmations.retried],
    newHolds,
    ...confirmations,
    ...learnt,
    blind: problems.blind,
    accessDenied: problems.accessDenied,
    problems: problems.all,
  };
  const summary = summarize(findings, context);
  await reportSweep(ports, summary, findings, invocation.now);
  return summary;
}

/** What earlier sweeps and messages began and nobody has seen the end of. */
async function followed(
  ports: SweepPorts,
  now: number,
  problems: Problems,
): Promise<{ readonly open: readonly OpenStop[]; readonly watched: readonly WatchedStop[] }> {
  await problems.during(
    'stops to follow could not be looked for in the audit trail; the next sweep does',
    recoverOpenStops(ports, now),
    undefined,
  );
  const [open, watched] = await Promise.all([
    problems.during('open stops could not be read', ports.openStops.all(), []),
    problems.during('would-be stops that are followed could not be read', ports.watchedStops.all(), []),
  ]);
  return { open, watched };
}

/** What keeps a stop of an earlier sweep from being asked for again. */
function whyHeld(
  ports: Pick<SweepPorts, 'tags'>,
  { steering, decisions }: Assessment,
  { policy }: SweepContext,
  invocation: Invocation,
  problems: Problems,
): ReturnType<typeof whyNotAgain> {
  const tags = new TagReader(ports.tags, invocation, problems);
  return whyNotAgain(tags, decisions, steering, { policy, now: invocation.now });
}

/** What has a message of its own: crossed thresholds, and slots that stand idle. */
async function tell(
  ports: TellingPorts,
  { budgets, idleSlots }: Assessment,
  { policy, policyVersion, sweepId }: SweepContext,
  now: number,
  problems: Problems,
): Promise<void> {
  await problems.during(
    'crossed thresholds could not be told; the next sweep tells them',
    tellThresholds(ports, budgets, { mode: policy.mode, policyVersion, sweepId }),
    undefined,
  );
  await problems.during(
    'idle unmetered slots could not be told; the next sweep tells them',
    tellIdleSlots(ports, idleSlots, now),
    undefined,
  );
}

function settingsOf({ pricePerMeteredMinute, safety }: Policy, now: number) {
  const { confirmWithinMinutes, maxAttempts } = safety;
  return { now, pricePerMeteredMinute, confirmWithinMinutes, maxAttempts };
}

/** A stop of this very sweep has only just been asked for. */
function hasStopped(results: readonly ActResult[], arn: string): boolean {
  return results.some((result) => result.kind === 'stopped' && result.arn === arn);
}

/** What was asked for in this sweep, without success or by somebody else at this moment. */
function triedIn(results: readonly ActResult[]): ReadonlySet<string> {
  return new Set(
    results.filter(({ kind }) => kind === 'failed' || kind === 'inProgress').map(({ arn }) => arn),
  );
}

function isAmong(results: readonly ActResult[], arn: string): boolean {
  return results.some((result) => result.arn === arn);
}

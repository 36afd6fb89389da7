import type { StopResult } from '../model.ts';
import type { Digest } from '../notify/digests.ts';
import { runLines, type Section, toldOf } from '../notify/lines.ts';
import { holdSentence, toStop } from '../stop/hold.ts';
import type { Invocation } from '../wiring.ts';
import { allResults, type Findings } from './report.ts';

/**
 * What a sweep tells people: only what is new. What merely goes on is in the alarms. `undefined`: it made no stop and has
 * nothing to tell.
 */
export function digestOf(
  findings: Pick<Findings, 'newlyObserved' | 'newlyHeld'> & Parameters<typeof allResults>[0],
  invocation: Invocation,
): Digest | undefined {
  const { newlyObserved, newlyHeld } = findings;
  const results = allResults(findings);
  const of = (kind: StopResult['kind']) => results.filter((result) => result.kind === kind);
  const section = (title: string, list: readonly Pick<StopResult, 'stop' | 'reason'>[]): Section => {
    const told = list.map((one) => toldOf(one, invocation));
    return { title, count: list.length, lines: runLines(told, invocation) };
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
  const made = results.some(({ kind, hold }) => kind !== 'held' || hold === 'time');
  if (!made && sections.every(({ lines }) => lines.length === 0)) return undefined;
  // What pause and breaker let through was noted before it was stopped.
  const isNoted = findings.results.some(
    ({ kind, hold }) => kind !== 'held' || hold === 'cap' || hold === 'time',
  );
  const subject = headline({ stopped: stopped.length, held: held.length, observed: observed.length });
  return { subject, sections, isNoted };
}

function headline({
  stopped,
  held,
  observed,
}: Readonly<Record<'stopped' | 'held' | 'observed', number>>): string {
  if (stopped > 0) return held > 0 ? `stopped ${stopped}, held back ${held}` : `stopped ${stopped}`;
  return held > 0 ? `held back ${held}` : `would stop ${observed}`;
}

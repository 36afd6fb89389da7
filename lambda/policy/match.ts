import type { z } from 'zod';
import type { Billing, StopTarget, Usage, WorkItem } from '../model.ts';
import type { match } from './fields.ts';
import { matchesGlob } from './patterns.ts';

/** Which work a rule or an exemption is about. */
export type Match = z.output<typeof match>;

/** Whether every given key of `match` holds for the item. What Device Farm did not tell never holds. */
export function matchesItem(match: Match, item: WorkItem): boolean {
  return answers(match, subjectOfItem(item)).every((answer) => answer === 'yes');
}

/** The same for what a budget counts. */
export function matchesUsage(match: Match, usage: Usage): boolean {
  return answers(match, subjectOfUsage(usage)).every((answer) => answer === 'yes');
}

/** Whether no given key of `match` is known to fail: what Device Farm did not tell may hold. */
export function mayMatchItem(match: Match, item: StopTarget): boolean {
  return answers(match, subjectOfItem(item)).every((answer) => answer !== 'no');
}

/** What a match looks at. A fact that Device Farm did not tell is absent; `run` and `testType` do not exist for sessions. */
interface Subject {
  readonly work: 'jobs' | 'sessions';
  readonly project: string;
  readonly run: string | undefined;
  readonly billing: Billing;
  readonly platform: string | undefined;
  readonly testType: string | undefined;
}

type Answer = 'yes' | 'no' | 'unknown';

function subjectOfItem({ kind, project, run, billing = 'unknown', platform, testType }: StopTarget): Subject {
  const work = kind === 'session' ? 'sessions' : 'jobs';
  return { work, project: project?.name ?? '', run: run?.name, billing, platform, testType };
}

function subjectOfUsage({ kind, project, run, billing, platform, testType }: Usage): Subject {
  const work = kind === 'run' ? 'jobs' : 'sessions';
  return { work, project: project.name, run, billing, platform, testType };
}

/** One answer for each key that is given. */
function answers(match: Match, subject: Subject): readonly Answer[] {
  const ofRun = (fact: string | undefined, holds: (fact: string) => boolean) =>
    subject.work === 'sessions' ? 'no' : judge(fact, holds);
  const billing = subject.billing === 'unknown' ? undefined : subject.billing;
  return [
    match.projects && judge(subject.project, (name) => anyGlob(match.projects, name)),
    match.runs && ofRun(subject.run, (name) => anyGlob(match.runs, name)),
    match.billing && judge(billing, (text) => text === match.billing),
    match.platforms && judge(subject.platform, (text) => anyOf(match.platforms, currentPlatform(text))),
    match.testTypes && ofRun(subject.testType, (text) => anyOf(match.testTypes, text)),
    match.work && judge(subject.work, (text) => text === match.work),
  ].filter((answer) => answer !== undefined);
}

/** An empty text is a name that Device Farm did not tell: only `*` holds for it, nothing else is known to fail. */
function judge(fact: string | undefined, holds: (fact: string) => boolean): Answer {
  if (fact !== undefined && holds(fact)) return 'yes';
  return fact ? 'no' : 'unknown';
}

function anyGlob(patterns: readonly string[] = [], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}

function anyOf(values: readonly string[] = [], text: string): boolean {
  return values.includes(text);
}

/** `ANDROID_APP` and `IOS_APP` stand in older samples (https://docs.aws.amazon.com/devicefarm/latest/developerguide/how-to-stop-test-runs.html). */
function currentPlatform(text: string): string {
  return text.replace(/^(ANDROID|IOS)_APP$/, '$1');
}

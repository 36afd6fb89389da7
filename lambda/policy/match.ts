import type { z } from 'zod';
import type { Billing, StopTarget, Usage, WorkItem } from '../model.ts';
import type { match } from './fields.ts';
import { matchesGlob } from './patterns.ts';

/** Which work a rule or an exemption is about. */
export type Match = z.output<typeof match>;

/** Whether every given key of `match` holds for the item. What Device Farm does not report never holds. */
export function matchesItem(match: Match, item: WorkItem): boolean {
  return answer(match, item) === 'yes';
}

/** The same for what a budget counts. */
export function matchesUsage(match: Match, { kind, run, ...facts }: Usage): boolean {
  const subject = { ...facts, kind: kind === 'run' ? 'job' : kind, run: { name: run } } as const;
  return answer(match, subject) === 'yes';
}

/** Whether no given key of `match` is known to fail: what Device Farm does not report may hold. */
export function mayMatchItem(match: Match, item: StopTarget): boolean {
  return answer(match, item) !== 'no';
}

/** What a match looks at. A fact that Device Farm does not report is absent; a session has neither run nor test type. */
interface Subject {
  readonly kind: StopTarget['kind'];
  readonly project?: { readonly name: string };
  readonly run?: { readonly name?: string };
  readonly billing?: Billing;
  readonly platform?: string;
  readonly testType?: string;
}

type Answer = 'yes' | 'no' | 'unknown';

/** One question for each key of a match; no answer where the match does not have the key. */
const QUESTIONS: readonly ((match: Match, subject: Subject) => Answer | undefined)[] = [
  ({ work }, { kind }) => work && ((work === 'sessions') === (kind === 'session') ? 'yes' : 'no'),
  ({ projects }, { project }) => projects && judge(project?.name, (name) => anyGlob(projects, name)),
  ({ runs }, { kind, run }) =>
    runs && (kind === 'session' ? 'no' : judge(run?.name, (name) => anyGlob(runs, name))),
  ({ billing: wanted }, { billing }) =>
    wanted && judge(billing === 'unknown' ? undefined : billing, (one) => one === wanted),
  ({ platforms }, { platform }) =>
    platforms && judge(platform, (name) => includes(platforms, currentPlatform(name))),
  ({ testTypes }, { kind, testType }) =>
    testTypes && (kind === 'session' ? 'no' : judge(testType, (name) => includes(testTypes, name))),
];

function answer(match: Match, subject: Subject): Answer {
  let all: Answer = 'yes';
  for (const ask of QUESTIONS) {
    const one = ask(match, subject);
    if (one === 'no') return 'no';
    if (one === 'unknown') all = 'unknown';
  }
  return all;
}

/** An empty text is a name that Device Farm does not report: only `*` holds for it, and nothing else is known to fail. */
function judge(fact: string | undefined, holds: (fact: string) => boolean): Answer {
  if (fact !== undefined && holds(fact)) return 'yes';
  return fact ? 'no' : 'unknown';
}

function anyGlob(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}

function includes(values: readonly string[], text: string): boolean {
  return values.includes(text);
}

/** `ANDROID_APP` and `IOS_APP` stand in older samples (https://docs.aws.amazon.com/devicefarm/latest/developerguide/how-to-stop-test-runs.html). */
function currentPlatform(text: string): string {
  return text.replace(/^(ANDROID|IOS)_APP$/, '$1');
}

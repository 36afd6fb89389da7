import type { z } from 'zod';
import type { Billing, StopTarget, Usage, WorkItem } from '../model.ts';
import type { match } from './fields.ts';

/** Which work a rule or an exemption is about. */
export type Match = z.output<typeof match>;

/** Whether every given key of a match holds for an item. What Device Farm does not report never holds. */
export function matchesItem(match: Match): (item: WorkItem) => boolean {
  const answer = answers(match);
  return (item) => answer(item) === 'yes';
}

/** The same for what a budget counts. */
export function matchesUsage(match: Match): (usage: Usage) => boolean {
  const answer = answers(match);
  return ({ kind, run, ...facts }) =>
    answer({ ...facts, kind: kind === 'run' ? 'job' : kind, run: { name: run } }) === 'yes';
}

/** Whether no given key of a match is known to fail: what Device Farm does not report may hold. */
export function mayMatchItem(match: Match): (item: StopTarget) => boolean {
  const answer = answers(match);
  return (item) => answer(item) !== 'no';
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

/** One question for each key that the match has, all in one. What is asked of a name is worked out once for each name. */
function answers({
  work,
  projects,
  runs,
  billing,
  platforms,
  testTypes,
}: Match): (subject: Subject) => Answer {
  const questions: ((subject: Subject) => Answer)[] = [];
  if (work) questions.push(({ kind }) => ((work === 'sessions') === (kind === 'session') ? 'yes' : 'no'));
  if (projects) {
    const judge = judgeFact((name) => anyGlob(projects, name));
    questions.push(({ project }) => judge(project?.name));
  }
  if (runs) {
    const judge = judgeFact((name) => anyGlob(runs, name));
    questions.push(({ kind, run }) => (kind === 'session' ? 'no' : judge(run?.name)));
  }
  if (billing) {
    const judge = judgeFact((one) => one === billing);
    questions.push((subject) => judge(subject.billing === 'unknown' ? undefined : subject.billing));
  }
  if (platforms) {
    const judge = judgeFact((name) => platforms.some((one) => one === currentPlatform(name)));
    questions.push(({ platform }) => judge(platform));
  }
  if (testTypes) {
    const judge = judgeFact((name) => testTypes.some((one) => one === name));
    questions.push(({ kind, testType }) => (kind === 'session' ? 'no' : judge(testType)));
  }
  return (subject) => {
    let all: Answer = 'yes';
    for (const ask of questions) {
      const one = ask(subject);
      if (one === 'no') return 'no';
      if (one === 'unknown') all = 'unknown';
    }
    return all;
  };
}

/** An empty text is a name that Device Farm does not report: only `*` holds for it, and nothing else is known to fail. */
function judgeFact(holds: (fact: string) => boolean): (fact: string | undefined) => Answer {
  const known = new Map<string | undefined, Answer>();
  return (fact) => {
    let answer = known.get(fact);
    if (answer === undefined) {
      answer = fact !== undefined && holds(fact) ? 'yes' : fact ? 'no' : 'unknown';
      known.set(fact, answer);
    }
    return answer;
  };
}

export function anyGlob(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}

/** `ANDROID_APP` and `IOS_APP` stand in older samples (https://docs.aws.amazon.com/devicefarm/latest/developerguide/how-to-stop-test-runs.html). */
function currentPlatform(text: string): string {
  return text.replace(/^(ANDROID|IOS)_APP$/, '$1');
}

/**
 * Whether `text` as a whole matches `pattern`: `*` is any text, also none; `?` is exactly one character; all else is itself.
 * Case matters. It never goes back further than the last `*`: at most pattern length times text length steps.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const wanted = [...pattern];
  const given = [...text];
  let star = -1;
  let resume = 0;
  let at = 0;
  for (let next = 0; next < given.length; ) {
    if (wanted[at] === '*') {
      star = at++;
      resume = next;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[next])) {
      at++;
      next++;
    } else if (star >= 0) {
      at = star + 1;
      next = ++resume;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((character) => character === '*');
}

const KEY = '{key}';
const NUMBER = '{number}';

/** Whether a pattern says where the key stands: `{key}` exactly once. */
export function isKeyPattern(pattern: string): boolean {
  return pattern.split(KEY).length === 2;
}

/**
 * Finds what stands in the place of `{key}` when a name as a whole matches the pattern: the key begins as early and is then as
 * long as it can be, and is never empty. Around it `*` is any text, `?` one character, `{number}` one or more digits, all else
 * is itself; case matters. It takes at most twice pattern length times name length steps.
 */
export function keyFinder(pattern: string): (name: string) => string | undefined {
  const [before = '', after = ''] = pattern.split(KEY);
  const [fromStart, toEnd] = [tokensOf(before), tokensOf(after).reverse()];
  // Most names do not even begin like the pattern.
  const [beginning = ''] = before.split(/[*?]|\{number\}/);
  return (name) => {
    if (!name.startsWith(beginning)) return undefined;
    const text = [...name];
    const start = reachable(fromStart, text).indexOf(true);
    const fromEnd = reachable(toEnd, text.toReversed());
    const end = text.length - fromEnd.indexOf(true);
    return start < 0 || end > text.length || end <= start ? undefined : text.slice(start, end).join('');
  };
}

/** For each number of characters from 0 on, whether the tokens match exactly that many at the beginning of the text. */
function reachable(tokens: readonly string[], text: readonly string[]): readonly boolean[] {
  let at: readonly boolean[] = [true, ...text.map(() => false)];
  for (const token of tokens) at = after(token, at, text);
  return at;
}

function after(token: string, at: readonly boolean[], text: readonly string[]): readonly boolean[] {
  const next: boolean[] = [];
  for (let count = 0; count <= text.length; count += 1) {
    const character = text[count - 1];
    const stepped = character !== undefined && at[count - 1] === true;
    const extended = character !== undefined && next[count - 1] === true;
    if (token === '*') next.push(at[count] === true || extended);
    else if (token === NUMBER) next.push(isDigit(character) && (stepped || extended));
    else next.push(stepped && (token === '?' || token === character));
  }
  return next;
}

/** The characters of a pattern, each `{number}` as one. */
function tokensOf(pattern: string): string[] {
  return pattern.split(NUMBER).flatMap((part, index) => [...(index > 0 ? [NUMBER] : []), ...part]);
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

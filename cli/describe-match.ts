import type { Match } from '../lambda/core/policy/schema.ts';

/** Which work a match is about, in words: `metered jobs of projects mobile-* or web-* on ANDROID`. */
export function describeMatch(match: Match): string {
  const what = [match.billing, workOf(match)].filter(Boolean).join(' ');
  const where = [
    match.projects && `of projects ${either(match.projects)}`,
    match.runs && `of runs ${either(match.runs)}`,
    match.platforms && `on ${either(match.platforms)}`,
    match.testTypes && `of type ${either(match.testTypes)}`,
  ].filter((part) => part !== undefined);
  return [what, ...where].join(' ');
}

/** Runs and test types exist for jobs only, so a match that names them holds for no session. */
function workOf({ work, runs, testTypes }: Match): string {
  if (work) return work;
  return runs || testTypes ? 'jobs' : 'jobs and sessions';
}

function either(names: readonly string[]): string {
  return names.join(' or ');
}

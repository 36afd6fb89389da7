import type { Project } from '../lambda/model.ts';
import { type Match, matchesGlob } from '../lambda/policy/match.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { SERVICE_TIMEOUT_MINUTES } from '../lambda/usage/minutes.ts';
import { type Output, z } from './output.ts';

export const longTimeout = z
  .object({
    project: z.string(),
    projectArn: z.string(),
    timeoutMinutes: z.number(),
    isDefault: z.boolean().describe('The project sets none, so the default of the account holds.'),
    rules: z.array(
      z.object({
        rule: z.string(),
        type: z.enum(['job-duration', 'run-minutes']),
        maxMinutes: z.number(),
        forSome: z.boolean().describe("The rule is about a part of the project's jobs only."),
      }),
    ),
  })
  .describe('A project whose jobs may by default run longer than a rule allows.');
export type LongTimeout = Output<typeof longTimeout>;

type MinutesRule = Extract<Policy['rules'][number], { type: 'job-duration' | 'run-minutes' }>;

/**
 * Projects whose default job timeout lets one job run longer than a rule of the policy allows. Lowering the timeout costs
 * nothing and ends such a job even when no sweep runs.
 */
export function longTimeouts(
  projects: readonly Project[],
  policy: Policy,
  defaultMinutes: number = SERVICE_TIMEOUT_MINUTES,
): readonly LongTimeout[] {
  const rules = policy.rules.filter(isMinutesRule);
  return projects.flatMap((project) => {
    // 0 is no timeout.
    const own = project.defaultJobTimeoutMinutes || undefined;
    const timeoutMinutes = own ?? defaultMinutes;
    const shorter = rules.filter(
      ({ match, maxMinutes }) => maxMinutes < timeoutMinutes && mayConcern(match, project),
    );
    if (shorter.length === 0) return [];
    return {
      project: project.name,
      projectArn: project.arn,
      timeoutMinutes,
      isDefault: own === undefined,
      rules: shorter.map(({ id, type, maxMinutes, match }) => ({
        rule: id,
        type,
        maxMinutes,
        forSome: isNarrow(match),
      })),
    };
  });
}

function isMinutesRule(rule: Policy['rules'][number]): rule is MinutesRule {
  return rule.type === 'job-duration' || rule.type === 'run-minutes';
}

/** Whether the rule is about any job of the project at all. */
function mayConcern({ projects, work }: Match, { name }: Project): boolean {
  return work !== 'sessions' && (projects?.some((pattern) => matchesGlob(pattern, name)) ?? true);
}

function isNarrow({ runs, billing, platforms, testTypes }: Match): boolean {
  return [runs, billing, platforms, testTypes].some((key) => key !== undefined);
}

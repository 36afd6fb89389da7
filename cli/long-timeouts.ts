import { SERVICE_TIMEOUT_MINUTES } from '../lambda/core/minutes.ts';
import { matchesGlob } from '../lambda/core/policy/glob.ts';
import type { LimitRule, Match, Policy } from '../lambda/core/policy/schema.ts';
import type { Project } from '../lambda/core/service.ts';
import type { LongTimeout } from './plan-report.ts';

type MinutesRule = LimitRule & { readonly type: 'job-duration' | 'run-minutes' };

/**
 * Projects whose default job timeout lets one job run longer than a rule of the policy allows. Lowering the timeout costs
 * nothing and ends such a job even when no guard runs.
 */
export function longTimeouts(projects: readonly Project[], policy: Policy): readonly LongTimeout[] {
  const rules = policy.rules.filter(isMinutesRule);
  return projects.flatMap((project) => {
    const timeoutMinutes = project.defaultJobTimeoutMinutes ?? SERVICE_TIMEOUT_MINUTES;
    const shorter = rules.filter(
      ({ match, maxMinutes }) => maxMinutes < timeoutMinutes && mayConcern(match, project),
    );
    if (shorter.length === 0) return [];
    return {
      project: project.name,
      projectArn: project.arn,
      timeoutMinutes,
      isServiceDefault: project.defaultJobTimeoutMinutes === undefined,
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

import { parseArn } from '../lambda/core/arn.ts';
import type { Decision } from '../lambda/core/decision.ts';
import type { Lesson } from '../lambda/core/lessons/lesson.ts';
import { lessonsOf } from '../lambda/core/lessons/lessons-of.ts';
import type { Policy } from '../lambda/core/policy/schema.ts';
import { rank } from '../lambda/core/safety/rank.ts';
import type { Lessons } from '../lambda/ports.ts';
import type { AccountPorts } from '../lambda/use-cases/inventory/read-account.ts';
import { Problems } from '../lambda/use-cases/problems.ts';
import { type Assessment, type AssessPorts, assess } from '../lambda/use-cases/sweep/assess.ts';

/** What a plan reads. Nothing in it can write. */
export type PlanPorts = Omit<AssessPorts, 'keeper' | 'account'> & {
  /** Absent: no state table is named. */
  readonly lessons?: Pick<Lessons, 'all'>;
};

/** What the guard would find and decide at this moment. */
export interface Plan extends Assessment {
  /** What is to be stopped, in the order of stopping; what would be stopped comes after what is. */
  readonly stops: readonly Decision[];
  readonly problems: readonly string[];
  /** Not everything could be read: `problems` says what. */
  readonly partial: boolean;
  /** What would-be stops have taught; `null`: no state table is named. */
  readonly lessons: readonly Lesson[] | null;
  /** The account's id; absent when it has no project. */
  readonly accountId?: string;
}

/** A plan reads the settings themselves: what was remembered may be an hour old. */
const NO_MEMORY: AccountPorts['account'] = { last: async () => undefined, keep: async () => {} };

/**
 * The first half of a sweep, by the guard's own code: inventory, tally, decide, rank. Takes the time that it takes.
 * @throws SweepFailedError when not even the projects can be listed, AwsCallError when a table does not answer
 */
export async function makePlan(ports: PlanPorts, policy: Policy, now: number): Promise<Plan> {
  // A sweep goes on without its memory; somebody who names a table wants to hear that it cannot be read.
  const remembered = await ports.memories.all();
  const problems = new Problems(false);
  const assessment = await assess(
    { ...ports, account: NO_MEMORY, memories: { all: async () => remembered } },
    policy,
    { now, msLeft: () => Number.POSITIVE_INFINITY },
    problems,
  );
  const { inventory, decisions } = assessment;
  const withAction = (action: Decision['action']) => decisions.filter((one) => one.action === action);
  const accountId = inventory.projects.map(({ arn }) => parseArn(arn)?.account).find(Boolean);
  return {
    ...assessment,
    stops: [...rank(withAction('stop')), ...rank(withAction('would-stop'))],
    problems: [...inventory.problems, ...problems.all],
    partial: inventory.partial || problems.blind,
    lessons: ports.lessons ? lessonsOf(await ports.lessons.all(), policy, now) : null,
    ...(accountId === undefined ? {} : { accountId }),
  };
}

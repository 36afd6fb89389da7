import { parseArn } from '../arn.ts';
import { exemptionFor } from '../policy/exemption.ts';
import type { Policy } from '../policy/schema.ts';
import type { WorkItem } from '../work-item.ts';

/** What protects a run or project besides the policy: an exemption by message or tag, or a tag that nobody could read. */
export interface Protection {
  /** As it stands in decisions, such as `message:<id>` or `tag`. */
  readonly id: string;
  /** ARN of the run or project. */
  readonly target: string;
  /** What follows "kept by": its name, its end, who granted it. */
  readonly sentence: string;
}

/** What protects an item at `now` (epoch milliseconds), the policy's own exemptions first; `undefined` when nothing does. */
export function protectionOf(
  item: WorkItem,
  { policy, now, protections = [] }: ProtectedBy,
): Pick<Protection, 'id' | 'sentence'> | undefined {
  const exemption = exemptionFor(item, policy, now);
  if (exemption) {
    const { id, until, owner } = exemption;
    return { id, sentence: `exemption ${id} until ${until} (${owner})` };
  }
  return protections.find(({ target }) => taggable(item).includes(target));
}

/** Where protections are looked for. */
export interface ProtectedBy {
  readonly policy: Policy;
  readonly now: number;
  readonly protections?: readonly Protection[];
}

/** The ARNs that an item can be exempt by: its project and its run. Jobs and sessions are exempt through them. */
export function taggable(item: WorkItem): readonly string[] {
  return item.run ? [item.run.arn, item.project.arn] : [item.project.arn];
}

/** The same by the ARN of a job or session alone. */
export function taggableByArn(arn: string): readonly string[] {
  const parts = parseArn(arn);
  if (!parts) return [];
  return parts.runArn === undefined ? [parts.projectArn] : [parts.runArn, parts.projectArn];
}

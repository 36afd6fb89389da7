import { quote } from '../messages/command.ts';
import { INSTANT_HELP, parseInstant } from '../messages/parse-instant.ts';
import type { ServiceError } from '../service-error.ts';
import type { Protection } from './protection.ts';

/**
 * Key of the tag by which a run or project is exempt; its value is the end. Jobs cannot be tagged
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdevicefarm.html).
 */
export const EXEMPT_TAG = 'autostop:exempt-until';

/** What tags say of one run or project: what protects it, and what is wrong with its tag. */
export interface TagFinding {
  readonly protection?: Protection;
  readonly problem?: string;
}

/** Reads the tag of `target` at `now` (epoch milliseconds). A value that is no time protects: somebody meant something by it. */
export function findingOfTags(
  target: string,
  tags: Readonly<Record<string, string>>,
  now: number,
): TagFinding {
  const value = Object.hasOwn(tags, EXEMPT_TAG) ? tags[EXEMPT_TAG] : undefined;
  if (value === undefined) return {};
  const until = parseInstant(value.trim());
  if (until === undefined) {
    const fault = `tag ${EXEMPT_TAG} of ${target} is ${quote(value)}; write ${INSTANT_HELP}`;
    return {
      protection: { id: 'tag', target, sentence: `caution: ${fault}` },
      problem: `${fault}; its work is kept`,
    };
  }
  if (until <= now) return {};
  return { protection: { id: 'tag', target, sentence: `tag ${EXEMPT_TAG} of ${target}: ${value.trim()}` } };
}

/** Tags that could not be read protect: unknown is no reason to stop. */
export function findingOfUnreadable(target: string, error: ServiceError): TagFinding {
  const fault = `tags of ${target} could not be read (${error.name}: ${error.message})`;
  return {
    protection: { id: 'tag', target, sentence: `caution: ${fault}` },
    problem: `${fault}; its work is kept`,
  };
}

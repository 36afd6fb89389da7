/** One thing that is wrong in a policy. All members are for people; values are shortened. */
export interface Fault {
  /** Where: a key path such as `rules[2].thresholds[0].percent`, `(policy)` for the whole, or a line and column of the text. */
  readonly path: string;
  /** The value that stands there, as JSON; `nothing` when it is missing. */
  readonly found: string;
  /** What may stand there. */
  readonly allowed: string;
  /** What else helps: an unknown key, the entry that has this id already, a name that is close. */
  readonly hint?: string;
  /** Where it stands in the text, when the policy came from a text. */
  readonly position?: Position;
}

/** Line and column, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * A policy that cannot be used, with everything that is wrong with it; `message` has one line per fault.
 * `POLICY_INVALID`: its content is wrong. `POLICY_UNREADABLE`: there is no content.
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code: 'POLICY_INVALID' | 'POLICY_UNREADABLE';
  readonly faults: readonly Fault[];

  /** `source`: the file that the policy stands in, if any. */
  constructor(
    faults: readonly Fault[],
    { source, code, cause }: { source?: string; code?: PolicyError['code']; cause?: unknown } = {},
  ) {
    super(faults.map((fault) => line(fault, source)).join('\n'), cause === undefined ? {} : { cause });
    this.code = code ?? 'POLICY_INVALID';
    this.faults = faults;
  }
}

function line({ path, found, allowed, hint, position }: Fault, source: string | undefined): string {
  const where = position ? `${source ?? 'policy'}:${position.line}:${position.column}` : source;
  const prefix = where === undefined ? '' : `${where}: `;
  return `${prefix}${path}: found ${found}${hint ? ` (${hint})` : ''}; allowed: ${allowed}`;
}

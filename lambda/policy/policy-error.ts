/** Faults that a message shows; the rest is counted. */
export const MAX_FAULTS = 50;

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
  /** Where it stands in the text, when the policy came from a text. Both are counted from 1. */
  readonly position?: { readonly line: number; readonly column: number };
}

/**
 * A policy that cannot be used; `message` has one line for each of the first faults, and the count of the rest.
 * `POLICY_INVALID`: its content is wrong. `POLICY_UNREADABLE`: there is no content.
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code: 'POLICY_INVALID' | 'POLICY_UNREADABLE';
  readonly faults: readonly Fault[];

  /**
   * @param source the file that the policy stands in, if any
   * @param count faults altogether, where `faults` are only the first
   */
  constructor(
    faults: readonly Fault[],
    options: {
      readonly source?: string;
      readonly code?: PolicyError['code'];
      readonly cause?: unknown;
      readonly count?: number;
    } = {},
  ) {
    const { source, code = 'POLICY_INVALID', cause, count = faults.length } = options;
    const shown = faults.slice(0, MAX_FAULTS);
    const rest = count > shown.length ? [`and ${count - shown.length} more faults`] : [];
    const lines = [...shown.map((fault) => line(fault, source)), ...rest];
    super(lines.join('\n'), cause === undefined ? {} : { cause });
    this.code = code;
    this.faults = shown;
  }
}

function line({ path, found, allowed, hint, position }: Fault, source: string | undefined): string {
  const where = position ? `${source ?? 'policy'}:${position.line}:${position.column}` : source;
  const prefix = where === undefined ? '' : `${where}: `;
  return `${prefix}${path}: found ${found}${hint ? ` (${hint})` : ''}; allowed: ${allowed}`;
}

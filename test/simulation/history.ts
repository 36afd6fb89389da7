import type { RequestRecord } from '../../emulator/protocol.ts';
import type { StoredAuditRecord } from '../../lambda/model.ts';
import type { Policy } from '../../lambda/policy/schema.ts';
import type { SweepSummary } from '../../lambda/sweep/report.ts';

/** One invocation of a function: when it began, and by which policy it decided. */
export interface Invoked {
  readonly begin: number;
  readonly policy: Policy;
}

/** Something by message that protects work, as the sender knows it. Epoch milliseconds. */
export interface Protection {
  /** An ARN; absent for a pause. */
  readonly target?: string;
  /** It had been taken by then. */
  readonly from: number;
  readonly until: number;
  /** When somebody began to end it. */
  endedAt?: number | undefined;
}

/** A message to the orders function: of a person, or a text of AWS. */
export type Message = string | Readonly<Record<string, unknown>>;

/** A limit that a message extended. */
export interface Extension {
  readonly target: string;
  readonly minutes: number;
  /** It had been taken by then. */
  readonly from: number;
}

/** All that a seed has done, as nobody inside AutoStop knows it. */
export interface History {
  readonly end: number;
  readonly policy: Policy;
  readonly invocations: ReadonlyMap<string, Invoked>;
  readonly protections: readonly Protection[];
  readonly extensions: readonly Extension[];
  readonly records: readonly StoredAuditRecord[];
  readonly requests: readonly RequestRecord[];
  readonly mails: readonly { readonly subject: string; readonly message: string }[];
  readonly last: SweepSummary | undefined;
  /** What people's messages said, by the id of the message. */
  readonly orders: ReadonlyMap<string, Message>;
  readonly runs: readonly string[];
  /** Runs that a tag exempts. */
  readonly tagged: readonly string[];
  readonly jobs: readonly string[];
  readonly sessions: readonly string[];
  readonly show: (arn: string) => Readonly<Record<string, unknown>>;
  /** Minutes for which devices were really occupied. */
  readonly billedMinutes: number;
  /** Stored items were lost or damaged: what they held may be told, stopped or counted once more, or not. */
  readonly lostState: boolean;
  /** Some items were lost and others not: a lost row of the ledger cannot be noticed. */
  readonly lostSome: boolean;
  /** A process died, or a table failed. */
  readonly diedOrFailed: boolean;
  /** Ids of invocations of which a table refused the note on what they stop. If they die then, nobody can tell it. */
  readonly unnoted: ReadonlySet<string>;
  readonly overdueCalls: number;
}

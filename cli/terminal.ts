/** What a command sees of the world around it, besides AWS. */
export interface Terminal {
  /** Results, for people or programs. */
  out(text: string): void;
  /** What went wrong, and progress. */
  err(text: string): void;
  /** Whether somebody watches `err`. */
  readonly watched: boolean;
  /** Characters in a line of `out`. */
  readonly width: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  now(): number;
  /** Login name of the caller; absent when the system knows none. */
  userName(): string | undefined;
}

/** What became of a message. */
export type MessageResult =
  | { readonly status: 'rejected' | 'ignored' | 'steered'; readonly reason: string }
  | { readonly status: 'doneBefore' }
  | {
      readonly status: 'done';
      readonly stopped: readonly string[];
      readonly wouldStop: readonly string[];
      /** What the cap or a pause left to later sweeps. */
      readonly heldBack?: readonly string[];
    };

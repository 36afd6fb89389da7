/** What became of one stop. Everything but `failed` and `inProgress` needs nobody to do anything. */
export type Outcome =
  | { readonly kind: 'stopped'; readonly arn: string; readonly reason: string }
  /** Asked before, by this guard or somebody else, and waiting to take effect. */
  | {
      readonly kind: 'alreadyStopping';
      readonly arn: string;
      readonly reason: string;
      /** It was asked by this very order, at an earlier delivery of its message. */
      readonly byThisOrder?: true;
    }
  /** Another invocation is making the call at this moment. */
  | { readonly kind: 'inProgress'; readonly arn: string; readonly reason: string }
  | { readonly kind: 'alreadyFinished'; readonly arn: string; readonly reason: string }
  /** No longer what the stop was meant for. */
  | { readonly kind: 'skipped'; readonly arn: string; readonly reason: string }
  | { readonly kind: 'failed'; readonly arn: string; readonly error: string; readonly accessDenied: boolean };

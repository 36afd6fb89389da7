/** A refusal by AWS, in words that can be stored. Never a reply's body: replies hold signed URLs. */
export interface ServiceError {
  readonly name: string;
  readonly message: string;
  /** HTTP status, when there was a reply. */
  readonly status?: number;
  readonly kind: 'accessDenied' | 'throttled' | 'argument' | 'notFound' | 'unavailable' | 'other';
}

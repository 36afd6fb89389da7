import { createHash } from 'node:crypto';

/** One request that reached a stand-in. */
export interface Call {
  /** Epoch milliseconds of the virtual clock. */
  readonly at: number;
  /** Access key id that signed the request; absent when nothing did. */
  readonly accessKeyId?: string;
  /** The function whose key that is; absent for callers from outside. */
  readonly functionName?: string;
  /** As IAM names it. */
  readonly service: 'devicefarm' | 'dynamodb' | 'sns';
  readonly operation: string;
  /** ARNs that IAM would look at; `*` when the operation has none. */
  readonly resources: readonly string[];
  readonly input: unknown;
  /** HTTP status of the reply; absent until there is one, and when the connection was closed instead. */
  status?: number;
}

/** The access key id of a function's role: made up, and the same for the same name. */
export function accessKeyOf(functionName: string): string {
  const digest = createHash('sha256').update(functionName).digest('hex').toUpperCase();
  return `ASIA${digest.slice(0, 16)}`;
}

/** The access key id in a Signature Version 4 header (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html). */
export function signerOf(authorization: string | undefined): string | undefined {
  return /Credential=([^/,\s]+)\//.exec(authorization ?? '')?.[1];
}

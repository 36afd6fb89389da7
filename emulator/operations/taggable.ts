import type { Call } from './call.ts';
import { readRecord } from './read-arn.ts';

/** ARN of what is tagged. Jobs cannot be tagged (Service Authorization Reference). */
export function readTaggable(call: Call): string {
  return readRecord(call, 'ResourceARN', ['project', 'run', 'session']).arn ?? '';
}

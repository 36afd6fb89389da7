import pMap from 'p-map';
import type { AuditTrail } from '../../ports.ts';

/** Histories read at once. */
const READS_AT_ONCE = 8;

/**
 * Those of some work of which a stop was accepted before: asking again is no further stop. One that was only asked for, or that
 * somebody is asking for at this moment, has used no place of the hour yet.
 * @param arns what is to be stopped
 * @param open stops that were asked for and whose end has not been seen
 * @throws AwsCallError when the audit trail does not answer
 */
export async function acceptedBefore(
  audit: Pick<AuditTrail, 'of'>,
  arns: readonly string[],
  open: readonly { readonly arn: string }[],
): Promise<ReadonlySet<string>> {
  const asked = new Set(open.map(({ arn }) => arn));
  const found = await pMap(
    arns.filter((arn) => asked.has(arn)),
    async (arn) => ((await audit.of(arn)).some(({ event }) => event === 'StopAccepted') ? [arn] : []),
    { concurrency: READS_AT_ONCE },
  );
  return new Set(found.flat());
}

import { UsageError } from './usage-error.ts';

export interface TopicArn {
  readonly arn: string;
  readonly region: string;
  readonly account: string;
}

/**
 * Takes the ARN of an SNS topic apart.
 * @throws UsageError
 */
export function parseTopicArn(text: string): TopicArn {
  const [, region, account] = /^arn:aws:sns:([a-z0-9-]+):(\d{12}):[A-Za-z0-9_-]{1,256}$/.exec(text) ?? [];
  if (region !== undefined && account !== undefined) return { arn: text, region, account };
  throw new UsageError(
    `topic "${text}" is not the ARN of an SNS topic; take the output ManualStopTopicArn of the guard's stack`,
  );
}

/** The only region that Device Farm has ("AWS Device Farm is available only in us-west-2", developer guide). */
export const region = 'us-west-2';

export interface Arn {
  readonly text: string;
  readonly region: string;
  readonly account: string;
  readonly type: string;
  readonly id: string;
}

const pattern = /^arn:aws:devicefarm:([^:]*):([^:]*):([a-z-]+):(.+)$/;

/** The parts of a Device Farm ARN; undefined when it is not one. The API reference allows 32 to 1011 characters. */
export function parseArn(text: string): Arn | undefined {
  const match = pattern.exec(text);
  if (match === null || text.length < 32 || text.length > 1011) return undefined;
  const [, inRegion = '', account = '', type = '', id = ''] = match;
  return { text, region: inRegion, account, type, id };
}

/** An ARN of this service; devices and device instances have an empty account. */
export function formatArn(account: string, type: string, id: string): string {
  return `arn:aws:devicefarm:${region}:${account}:${type}:${id}`;
}

/** The 5-digit index that ends a job ARN. */
export const jobIndex = (index: number) => String(index).padStart(5, '0');

/** The one region in which Device Farm exists (https://docs.aws.amazon.com/general/latest/gr/devicefarm.html). */
export const DEVICE_FARM_REGION = 'us-west-2';

export type ArnKind = 'project' | 'run' | 'job' | 'session';

const PATTERN =
  /^arn:aws:devicefarm:([a-z0-9-]+):(\d{12}):(project|run|job|session):([A-Za-z0-9._/-]{1,900})$/;
const PARTS: Readonly<Record<ArnKind, readonly [min: number, max: number]>> = {
  project: [1, 1],
  run: [2, 2],
  job: [3, 3],
  // The tail of a session ARN is not documented: one or two parts after the project's id are taken.
  session: [2, 3],
};

/**
 * Takes an ARN apart; `undefined` when it is not the ARN of a project, run, job or session.
 * Job, run and project share ids: `job:<project>/<run>/<index>`
 * (https://docs.aws.amazon.com/devicefarm/latest/developerguide/welcome.html).
 */
export function parseArn(text: string):
  | {
      readonly arn: string;
      readonly kind: ArnKind;
      readonly region: string;
      readonly account: string;
      readonly projectArn: string;
      /** Of runs and jobs. */
      readonly runArn?: string;
    }
  | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  // The pattern has these groups, and its kinds are those of the type.
  const [, region, account, kind, resource] = match as unknown as readonly [
    string,
    string,
    string,
    ArnKind,
    string,
  ];
  const parts = resource.split('/');
  const [min, max] = PARTS[kind];
  if (parts.length < min || parts.length > max || parts.includes('')) return undefined;
  const prefix = `arn:aws:devicefarm:${region}:${account}`;
  return {
    arn: text,
    kind,
    region,
    account,
    projectArn: `${prefix}:project:${parts[0]}`,
    ...(kind === 'run' || kind === 'job' ? { runArn: `${prefix}:run:${parts[0]}/${parts[1]}` } : {}),
  };
}

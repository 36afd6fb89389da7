import { Stack, Token, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';

// Device Farm exists in this region only: https://docs.aws.amazon.com/devicefarm/latest/developerguide/welcome.html
const DEVICE_FARM_REGION = 'us-west-2';

interface Permission {
  readonly resource: 'project' | 'run' | 'job' | 'session';
  readonly reads: readonly string[];
  readonly stops: readonly string[];
  /** Why the resource ends in a wildcard. */
  readonly because: string;
}

// Resource types: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdevicefarm.html
const PERMISSIONS: readonly Permission[] = [
  {
    resource: 'project',
    reads: ['ListRuns', 'ListRemoteAccessSessions', 'ListTagsForResource'],
    stops: [],
    because: 'take the ARN of a project; projects come and go',
  },
  {
    resource: 'run',
    reads: ['ListJobs', 'GetRun', 'ListTagsForResource'],
    stops: ['StopRun'],
    because: 'take the ARN of a run, whose id is new each time',
  },
  {
    resource: 'job',
    reads: ['GetJob'],
    stops: ['StopJob'],
    because: 'take the ARN of a job, whose id is new each time and which has no tags',
  },
  {
    resource: 'session',
    reads: ['GetRemoteAccessSession'],
    stops: ['StopRemoteAccessSession'],
    because: 'take the ARN of a session, whose id is new each time',
  },
];

interface Access {
  readonly mayStop: boolean;
  /** Whether it may read the account's time limit and device slots. */
  readonly readsSettings: boolean;
}

/** Lets a role see all of Device Farm in this account and, if it may, stop runs, jobs and sessions; nothing else of it. */
export function allowDeviceFarm(role: Role, { mayStop, readsSettings }: Access): void {
  const unscoped = ['ListProjects', ...(readsSettings ? ['GetAccountSettings'] : [])].map(named);
  role.addToPolicy(new PolicyStatement({ actions: unscoped, resources: ['*'] }));
  acknowledge(role, '*', `No resource-level permission exists for ${unscoped.join(' and ')}.`);
  const { account, partition } = Stack.of(role);
  for (const { resource, reads, stops, because } of PERMISSIONS) {
    const arn = (inPartition: string, ofAccount: string) =>
      `arn:${inPartition}:devicefarm:${DEVICE_FARM_REGION}:${ofAccount}:${resource}:*`;
    const actions = [...reads, ...(mayStop ? stops : [])].map(named);
    role.addToPolicy(new PolicyStatement({ actions, resources: [arn(partition, account)] }));
    const shown = arn(spelled(partition, 'AWS::Partition'), spelled(account, 'AWS::AccountId'));
    acknowledge(role, shown, `${actions.join(', ')} ${because}.`);
  }
}

function named(action: string): string {
  return `devicefarm:${action}`;
}

function acknowledge(role: Role, resource: string, reason: string): void {
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
}

/** cdk-nag spells a reference as its name in angle brackets. */
function spelled(value: string, reference: string): string {
  return Token.isUnresolved(value) ? `<${reference}>` : value;
}

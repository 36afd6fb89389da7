import { Stack, Token, Validations } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

// Device Farm exists in this region only: https://docs.aws.amazon.com/devicefarm/latest/developerguide/welcome.html
const DEVICE_FARM_REGION = 'us-west-2';

interface Permission {
  readonly resource: 'project' | 'run' | 'job' | 'session';
  readonly actions: readonly string[];
  readonly reason: string;
}

// Resource types: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsdevicefarm.html
const PERMISSIONS: readonly Permission[] = [
  {
    resource: 'project',
    actions: ['ListRuns', 'ListRemoteAccessSessions', 'ListTagsForResource'],
    reason:
      'devicefarm:ListRuns, devicefarm:ListRemoteAccessSessions and devicefarm:ListTagsForResource take the ARN of a project; projects come and go.',
  },
  {
    resource: 'run',
    actions: ['ListJobs', 'GetRun', 'StopRun', 'ListTagsForResource'],
    reason:
      'devicefarm:ListJobs, devicefarm:GetRun, devicefarm:StopRun and devicefarm:ListTagsForResource take the ARN of a run, whose id is new each time.',
  },
  {
    resource: 'job',
    actions: ['GetJob', 'StopJob'],
    reason:
      'devicefarm:GetJob and devicefarm:StopJob take the ARN of a job, whose id is new each time and which has no tags.',
  },
  {
    resource: 'session',
    actions: ['GetRemoteAccessSession', 'StopRemoteAccessSession'],
    reason:
      'devicefarm:GetRemoteAccessSession and devicefarm:StopRemoteAccessSession take the ARN of a session, whose id is new each time.',
  },
];

/** Lets a role see all of Device Farm in this account and stop runs, jobs and sessions, and nothing else of it. */
export function allowDeviceFarm(role: Role): void {
  // ListProjects knows no resource.
  role.addToPolicy(new PolicyStatement({ actions: ['devicefarm:ListProjects'], resources: ['*'] }));
  acknowledge(role, '*', 'devicefarm:ListProjects supports no resource-level permission.');
  const { account, partition } = Stack.of(role);
  for (const { resource, actions, reason } of PERMISSIONS) {
    const arn = (inPartition: string, ofAccount: string) =>
      `arn:${inPartition}:devicefarm:${DEVICE_FARM_REGION}:${ofAccount}:${resource}:*`;
    role.addToPolicy(
      new PolicyStatement({
        actions: actions.map((action) => `devicefarm:${action}`),
        resources: [arn(partition, account)],
      }),
    );
    acknowledge(role, arn(spelled(partition, 'AWS::Partition'), spelled(account, 'AWS::AccountId')), reason);
  }
}

function acknowledge(role: Role, resource: string, reason: string): void {
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
}

/** cdk-nag spells a reference as its name in angle brackets. */
function spelled(value: string, reference: string): string {
  return Token.isUnresolved(value) ? `<${reference}>` : value;
}

/** Where the stack pretends to be deployed. */
export interface Place {
  readonly stackName: string;
  readonly account: string;
  readonly region: string;
}

/** An ARN of this place. */
export function arnOf({ region, account }: Place, service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

/** What CloudFormation knows of the place without being told; see its pseudo parameters reference. */
export function pseudoParameters(place: Place): Readonly<Record<string, string>> {
  return {
    'AWS::AccountId': place.account,
    'AWS::Region': place.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': place.stackName,
    'AWS::StackId': arnOf(place, 'cloudformation', `stack/${place.stackName}/local`),
  };
}

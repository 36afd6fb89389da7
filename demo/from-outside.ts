import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { auditTrail } from '../lambda/aws/audit-trail.ts';
import { Table } from '../lambda/aws/table.ts';
import type { StoredAuditRecord } from '../lambda/core/audit-record.ts';
import type { Deployment } from './aws/deployment.ts';

/** Stops a run by a message to the topic, as a person or a tool would send it; resolves when the guard has dealt with it. */
export async function orderStop(deployment: Deployment, target: string): Promise<void> {
  const client = new SNSClient(clientOptions(deployment, 'SNS'));
  const order = {
    action: 'stop',
    target,
    reason: 'wrong build under test',
    requestedBy: 'ana',
    include: 'all',
  };
  const TopicArn = deployment.outputs.ManualStopTopicArn;
  try {
    await client.send(new PublishCommand({ TopicArn, Message: JSON.stringify(order) }));
  } finally {
    client.destroy();
  }
  await deployment.settle();
}

/** The audit records of a UTC day, in the order of writing. */
export async function readTrail(deployment: Deployment, day: string): Promise<readonly StoredAuditRecord[]> {
  const client = new DynamoDBClient(clientOptions(deployment, 'DYNAMODB'));
  try {
    const table = new Table(client, deployment.outputs.AuditTableName ?? '');
    return await auditTrail(table, { clock: () => Date.now() }).onDay(day);
  } finally {
    client.destroy();
  }
}

function clientOptions({ environment }: Deployment, service: string) {
  return {
    region: environment.AWS_REGION ?? '',
    endpoint: environment[`AWS_ENDPOINT_URL_${service}`] ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}

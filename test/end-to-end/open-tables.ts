import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { StoredAuditRecord } from '../../lambda/core/audit-record.ts';
import type { Deployment } from '../../demo/aws/deployment.ts';

/** What a person with all rights can do with a deployment from outside. */
export function openTables({ environment }: Deployment) {
  const common = {
    region: environment.AWS_REGION ?? '',
    credentials: { accessKeyId: 'outside', secretAccessKey: 'outside' },
  };
  const tables = new DynamoDBClient({ ...common, endpoint: environment.AWS_ENDPOINT_URL_DYNAMODB ?? '' });
  const topics = new SNSClient({ ...common, endpoint: environment.AWS_ENDPOINT_URL_SNS ?? '' });
  const scan = async (TableName: string) => {
    const items: Record<string, AttributeValue>[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const page = await tables.send(
        new ScanCommand({ TableName, ConsistentRead: true, ExclusiveStartKey: from }),
      );
      items.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from);
    return items;
  };
  return {
    allOf: async (table: string) => (await scan(table)).map((item) => unmarshall(item) as StoredAuditRecord),
    async empty(table: string) {
      for (const { pk, sk } of await scan(table)) {
        if (pk && sk) await tables.send(new DeleteItemCommand({ TableName: table, Key: { pk, sk } }));
      }
    },
    async publish(TopicArn: string, Message: string) {
      const { MessageId } = await topics.send(new PublishCommand({ TopicArn, Message }));
      return MessageId ?? '';
    },
    close() {
      tables.destroy();
      topics.destroy();
    },
  };
}

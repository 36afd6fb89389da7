import { DeviceFarmClient, type DeviceFarmClientConfig } from '@aws-sdk/client-device-farm';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import { DEVICE_FARM_REGION } from '../core/arn.ts';

/** Milliseconds after which a call that hangs is given up, so that one cannot use up a sweep. */
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

/**
 * Device Farm is in one region only. One call is one call, so that the audit trail knows what was sent and what waits
 * follows one clock; calls are made again in `patiently.ts` and `stopper.ts`.
 */
export function farmClient(config: DeviceFarmClientConfig = {}): DeviceFarmClient {
  return new DeviceFarmClient({ region: DEVICE_FARM_REGION, maxAttempts: 1, requestHandler, ...config });
}

export function tableClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ requestHandler, ...config });
}

export function topicClient(config: SNSClientConfig = {}): SNSClient {
  return new SNSClient({ requestHandler, ...config });
}

import type { DeviceFarmClient } from '@aws-sdk/client-device-farm';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** How the SDK writes requests and reads replies. Its own type differs between clients by generations of the schema. */
interface Protocol {
  serializeRequest(operation: object, input: object, context: object): Promise<unknown>;
  deserializeResponse(operation: object, context: object, response: object): Promise<unknown>;
}

/** A command, and what the SDK knows of its operation. */
interface Command {
  readonly input: object;
  readonly schema: readonly [number, string, string, unknown, unknown, unknown];
}

const ENDPOINT = { protocol: 'https:', hostname: 'service.test', path: '/' };

/**
 * Lets a client write requests and read replies and errors as ever, and do nothing else: no retries, signature, user agent or choice of an
 * endpoint. Nobody looks at those in many thousand simulated accounts, and they take most of the time of a call in this process. A test
 * compares such a client with a whole one.
 */
export function makeDirect(client: DeviceFarmClient | DynamoDBClient | SNSClient | SQSClient): void {
  const { requestHandler } = client.config;
  const protocol = client.config.protocol as unknown as Protocol; // A test shows that each client has one.
  const context = { ...client.config, endpoint: async () => ENDPOINT };
  const send = async ({ schema, input: given }: Command, options?: object) => {
    const [, namespace, name, traits, input, output] = schema;
    const operation = { namespace, name, traits, input, output };
    const request = await protocol.serializeRequest(operation, given, context);
    const { response } = await requestHandler.handle(request as never, options);
    try {
      return await protocol.deserializeResponse(operation, context, response);
    } catch (error) {
      // A reply that cannot be read, such as the page of a load balancer.
      if (error instanceof Error && !('$metadata' in error))
        Object.assign(error, { $metadata: { httpStatusCode: response.statusCode } });
      throw error;
    }
  };
  Object.assign(client, { send });
}

import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { AwsCallError } from '../core/errors.ts';
import { describeError } from './describe-error.ts';

/** The manual-stop topic, as somebody who asks for a stop sees it. */
export interface StopTopic {
  /**
   * Publishes a message and returns its id, which the audit trail names as `sns:<id>`.
   * @throws AwsCallError when the topic did not take it
   */
  send(text: string): Promise<string>;
}

export function stopTopic(client: SNSClient, topicArn: string): StopTopic {
  return {
    async send(text) {
      try {
        const { MessageId } = await client.send(new PublishCommand({ TopicArn: topicArn, Message: text }));
        return MessageId ?? 'without an id';
      } catch (error) {
        throw new AwsCallError(`topic ${topicArn} did not take the message`, describeError(error));
      }
    },
  };
}

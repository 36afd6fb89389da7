import { Duration, Stack, Token } from 'aws-cdk-lib';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import type { Construct } from 'constructs';
import { DEFAULT_API_SHARE, isShare, LONGEST_INVOCATION_SECONDS } from '../lambda/env.ts';
import type { Policy } from '../lambda/policy/schema.ts';

/** A property of a construct has a value that the stack cannot be built with. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly code = 'SETTING';
}

const MINUTES_PER_DAY = 1_440;
const TOPIC_ARN = /^arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$/;
/** Values that one filter policy takes (https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html). */
const MOST_FILTERED = 150;

/** How often the sweep runs, and what follows from it. */
export interface SweepInterval {
  readonly every: Duration;
  /** Below the interval, so that the lock of a dead invocation ends before the next. */
  readonly timeout: Duration;
  /** EventBridge Scheduler's words for it: `rate(1 minute)`, `rate(5 minutes)`. */
  readonly rate: string;
}

/**
 * @param every whole minutes, at least 1 and at most 1,440
 * @throws SettingError for anything else
 */
export function sweepInterval(every: Duration): SweepInterval {
  const minutes = Token.isUnresolved(every) ? Number.NaN : every.toMinutes({ integral: false });
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MINUTES_PER_DAY) {
    throw new SettingError(`interval is ${every.toString()}; use whole minutes from 1 to ${MINUTES_PER_DAY}`);
  }
  return {
    every: Duration.minutes(minutes),
    timeout: Duration.seconds(Math.min(LONGEST_INVOCATION_SECONDS, Math.floor(minutes * 60 * 0.8))),
    rate: `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`,
  };
}

/**
 * @param retention whole days, at least 1; `undefined`: for ever
 * @returns days, for the function's environment
 * @throws SettingError for anything else
 */
export function auditRetentionDays(retention: Duration | undefined): number | undefined {
  if (retention === undefined) return undefined;
  const days = Token.isUnresolved(retention) ? Number.NaN : retention.toDays({ integral: false });
  if (!Number.isInteger(days) || days < 1) {
    throw new SettingError(
      `auditRetention is ${retention.toString()}; use whole days from 1, or leave it out`,
    );
  }
  return days;
}

/** @throws SettingError for a share that leaves nothing to one of both sides */
export function checkedShare(apiShare = DEFAULT_API_SHARE): number {
  if (isShare(apiShare)) return apiShare;
  throw new SettingError(`apiShare is ${apiShare}; use a number from 0.1 to 0.9`);
}

/** Who gets notifications by mail: everything, or what concerns some projects. */
export interface EmailRecipient {
  readonly email: string;
  /**
   * Names of projects; one that ends in `*` stands for all names that begin so. What concerns none of them is not sent.
   * @default - everything
   */
  readonly projects?: readonly string[];
}

/**
 * Each address once.
 * @throws SettingError for an address that is none or is given twice, and for projects that no filter can take
 */
export function emailRecipients(
  given: string | EmailRecipient | readonly (string | EmailRecipient)[] = [],
): readonly EmailRecipient[] {
  const all = [given].flat().map((one) => (typeof one === 'string' ? { email: one } : one));
  all.forEach(({ email, projects }, index) => {
    checkedEmail(email);
    // SNS has one subscription for a topic and an address, and so one filter.
    if (all.findIndex((one) => one.email === email) < index)
      throw new SettingError(`notificationEmail has "${email}" twice; name all its projects in one entry`);
    if (projects) checkProjects(email, projects);
  });
  return all;
}

function checkProjects(email: string, projects: readonly string[]): void {
  if (projects.length === 0 || projects.length > MOST_FILTERED)
    throw new SettingError(
      `notificationEmail "${email}" has ${projects.length} projects; name 1 to ${MOST_FILTERED}, or leave projects out for everything`,
    );
  const wrong = projects.find((name) => !/^[^*]+\*?$/.test(name));
  if (wrong !== undefined)
    throw new SettingError(
      `notificationEmail "${email}" has the project "${wrong}"; use a name, or its beginning with one * at the end`,
    );
}

/** @throws SettingError for a text that is no address: a subscription to it would wait for ever */
export function checkedEmail(email: string): string {
  if (Token.isUnresolved(email) || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) return email;
  throw new SettingError(`notificationEmail is "${email}"; use one address such as team@example.com`);
}

/**
 * @returns the topic, if AutoStop and its alarms can publish there
 * @throws SettingError for what is no ARN of a topic, a FIFO topic, which takes no mail and no alarms, and a topic that alarms of the stack do not reach
 */
export function existingTopic(scope: Construct, given: ITopic | string): ITopic {
  if (typeof given === 'string' && !Token.isUnresolved(given) && !TOPIC_ARN.test(given))
    throw new SettingError(
      `notificationTopic is "${given}"; use the ARN of a topic, such as arn:aws:sns:us-west-2:123456789012:device-farm`,
    );
  const topic = typeof given === 'string' ? Topic.fromTopicArn(scope, 'NotificationTopic', given) : given;
  const shown = Token.isUnresolved(topic.topicArn) ? topic.node.path : topic.topicArn;
  if (topic.fifo) throw new SettingError(`notificationTopic is ${shown}, a FIFO topic; use a standard topic`);
  const [here, there] = [Stack.of(scope).region, topic.env.region];
  if (Token.isUnresolved(here) || Token.isUnresolved(there) || here === there) return topic;
  throw new SettingError(
    `notificationTopic is ${shown} in ${there}; alarms of ${here} reach topics in ${here} only: use one of these`,
  );
}

/** Device Farm exists in the partition `aws` only. */
export function checkPartition(scope: Construct): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region)) return;
  const { partition = 'aws' } = RegionInfo.get(region);
  if (partition === 'aws') return;
  throw new SettingError(
    `region ${region} is in partition ${partition}; Device Farm exists in the partition aws only`,
  );
}

/** Whether rules may stop anything at all; otherwise the role of the sweep may not either. */
export function enforces({ mode, rules }: Policy): boolean {
  return mode === 'enforce' && rules.some((rule) => rule.mode !== 'observe');
}

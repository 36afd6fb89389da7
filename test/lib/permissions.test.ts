import { describe, expect, it } from 'vitest';
import type { PolicyInput } from '../../lambda/policy/schema.ts';
import { autoStopTemplate, POLICY } from './app.ts';

// Each line is one permission: an action and the resource it is allowed on, without the ARN of Device Farm in this account.
const FARM = 'arn:<AWS::Partition>:devicefarm:us-west-2:<AWS::AccountId>:';
const READS = [
  'devicefarm:GetJob job:*',
  'devicefarm:GetRemoteAccessSession session:*',
  'devicefarm:GetRun run:*',
  'devicefarm:ListJobs run:*',
  'devicefarm:ListProjects *',
  'devicefarm:ListRemoteAccessSessions project:*',
  'devicefarm:ListRuns project:*',
  'devicefarm:ListTagsForResource project:*',
  'devicefarm:ListTagsForResource run:*',
];
const STOPS = [
  'devicefarm:StopJob job:*',
  'devicefarm:StopRemoteAccessSession session:*',
  'devicefarm:StopRun run:*',
];
const WRITES = [
  'dynamodb:DeleteItem <GuardState.Arn>',
  'dynamodb:PutItem <AuditTrail.Arn>',
  'dynamodb:PutItem <GuardState.Arn>',
  'dynamodb:Query <AuditTrail.Arn>',
  'dynamodb:Query <GuardState.Arn>',
  'dynamodb:UpdateItem <GuardState.Arn>',
  'sns:Publish <Notifications>',
];
const SWEEPS = [
  'devicefarm:GetAccountSettings *',
  'dynamodb:BatchWriteItem <GuardState.Arn>',
  'dynamodb:Query <AuditTrail.Arn>/index/byDay',
];
const OF_SWEEP = [
  ...READS,
  ...WRITES,
  ...SWEEPS,
  'logs:CreateLogStream <SweepHandlerLogs.Arn>',
  'logs:PutLogEvents <SweepHandlerLogs.Arn>',
];
const OF_ORDERS = [
  ...READS,
  ...STOPS,
  ...WRITES,
  'logs:CreateLogStream <OrdersHandlerLogs.Arn>',
  'logs:PutLogEvents <OrdersHandlerLogs.Arn>',
  'sqs:ChangeMessageVisibility <OrdersQueue.Arn>',
  'sqs:DeleteMessage <OrdersQueue.Arn>',
  'sqs:GetQueueAttributes <OrdersQueue.Arn>',
  'sqs:ReceiveMessage <OrdersQueue.Arn>',
];
const ENFORCING: PolicyInput = { ...POLICY, mode: 'enforce' };
const OBSERVING_RULES: PolicyInput = {
  version: 1,
  mode: 'enforce',
  rules: [{ id: 'long-jobs', type: 'job-duration', maxMinutes: 60, mode: 'observe' }],
};

describe('the roles', () => {
  it('let the sweep of a policy that enforces see Device Farm, stop work and write down what it did', () => {
    const permissions = permissionsOf('SweepHandlerRole', autoStopTemplate({ policy: ENFORCING }));

    expect(permissions).toEqual([...OF_SWEEP, ...STOPS, 'sqs:SendMessage <OrdersQueue.Arn>'].sort());
  });

  it.each([
    ['policy', POLICY],
    ['policy whose every rule', OBSERVING_RULES],
  ])('do not let the sweep of a %s observes stop anything', (_, policy) => {
    const permissions = permissionsOf('SweepHandlerRole', autoStopTemplate({ policy }));

    expect(permissions).toEqual([...OF_SWEEP].sort());
  });

  it('let orders stop work also while the policy observes', () => {
    const permissions = permissionsOf('OrdersHandlerRole');

    expect(permissions).toEqual([...OF_ORDERS].sort());
  });

  it('let orders sweep when the policy enforces, for a budget that is crossed between two sweeps', () => {
    const permissions = permissionsOf('OrdersHandlerRole', autoStopTemplate({ policy: ENFORCING }));

    expect(permissions).toEqual([...OF_ORDERS, ...SWEEPS].sort());
  });

  it('let the schedule start the sweep and nothing else', () => {
    const permissions = permissionsOf('SweepScheduleRole');

    expect(permissions).toEqual(['lambda:InvokeFunction <SweepHandlerFunction.Arn>']);
  });

  it('carry no managed policy', () => {
    const roles = autoStopTemplate().findResources('AWS::IAM::Role');

    expect(Object.values(roles)).toHaveLength(3);
    for (const { Properties } of Object.values(roles))
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** All that the role allows, by its inline policies and those attached to it, sorted. */
function permissionsOf(role: string, template = autoStopTemplate()): string[] {
  const roles = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) => plain(id) === role);
  const inline = roles.flatMap(([, { Properties }]) => Properties.Policies ?? []);
  const attached = Object.values(template.findResources('AWS::IAM::Policy'))
    .map(({ Properties }) => Properties)
    .filter(({ Roles }) => spell(Roles[0]) === `<${role}>`);
  const statements: Statement[] = [...inline, ...attached].flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
  return statements.flatMap(lines).sort();
}

function lines({ Effect, Action, Resource, Condition }: Statement): string[] {
  const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
  const effect = Effect === 'Allow' ? '' : `${Effect} `;
  const resources = [Resource].flat().map((resource) => spell(resource).replace(FARM, ''));
  return [Action]
    .flat()
    .flatMap((action) => resources.map((resource) => `${effect}${action} ${resource}${condition}`));
}

/** A reference by the name of its construct in angle brackets. */
function spell(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, ...functions } = value as { Ref?: string; [name: string]: unknown };
  if (Ref !== undefined) return `<${Ref.startsWith('AWS::') ? Ref : plain(Ref)}>`;
  const [[name, parts] = []] = Object.entries(functions) as [string, [string, unknown]][];
  if (name === 'Fn::GetAtt') return `<${plain(String(parts?.[0]))}.${parts?.[1]}>`;
  if (name === 'Fn::Join' && Array.isArray(parts?.[1])) return parts[1].map(spell).join(parts[0]);
  return JSON.stringify(value);
}

/** A logical id without the construct's prefix and without the hash. */
function plain(logicalId: string): string {
  return logicalId.replace(/^AutoStop/, '').replace(/[0-9A-F]{8}$/, '');
}

import { describe, expect, it } from 'vitest';
import { guardedTemplate } from './guarded-app.ts';

// Each line is one permission: an action and the resource it is allowed on, without the ARN of Device Farm in this account.
const FARM = 'arn:<AWS::Partition>:devicefarm:us-west-2:<AWS::AccountId>:';
const OF_EVERY_FUNCTION = [
  'devicefarm:GetJob job:*',
  'devicefarm:GetRemoteAccessSession session:*',
  'devicefarm:GetRun run:*',
  'devicefarm:ListJobs run:*',
  'devicefarm:ListProjects *',
  'devicefarm:ListRemoteAccessSessions project:*',
  'devicefarm:ListRuns project:*',
  'devicefarm:ListTagsForResource project:*',
  'devicefarm:ListTagsForResource run:*',
  'devicefarm:StopJob job:*',
  'devicefarm:StopRemoteAccessSession session:*',
  'devicefarm:StopRun run:*',
  'dynamodb:DeleteItem <GuardState.Arn>',
  'dynamodb:PutItem <AuditTrail.Arn>',
  'dynamodb:PutItem <GuardState.Arn>',
  'dynamodb:Query <AuditTrail.Arn>',
  'dynamodb:Query <GuardState.Arn>',
  'dynamodb:UpdateItem <GuardState.Arn>',
  'sns:Publish <Notifications>',
];

describe('the roles', () => {
  it('let the sweep see Device Farm, stop jobs and sessions, and write down what it did and saw', () => {
    const permissions = permissionsOf('SweepHandlerRole');

    expect(permissions).toEqual(
      [
        ...OF_EVERY_FUNCTION,
        'devicefarm:GetAccountSettings *',
        'dynamodb:BatchWriteItem <GuardState.Arn>',
        'dynamodb:Query <AuditTrail.Arn>/index/byDay',
        'logs:CreateLogStream <SweepHandlerLogs.Arn>',
        'logs:PutLogEvents <SweepHandlerLogs.Arn>',
      ].sort(),
    );
  });

  it('let the manual stop do the same and give up to the dead letters', () => {
    const permissions = permissionsOf('ManualStopHandlerRole');

    expect(permissions).toEqual(
      [
        ...OF_EVERY_FUNCTION,
        'logs:CreateLogStream <ManualStopHandlerLogs.Arn>',
        'logs:PutLogEvents <ManualStopHandlerLogs.Arn>',
        'sqs:SendMessage <DeadLetters.Arn>',
      ].sort(),
    );
  });

  it('let the schedule start the sweep and nothing else', () => {
    const permissions = permissionsOf('SweepScheduleRole');

    expect(permissions).toEqual([
      'lambda:InvokeFunction <SweepHandlerFunction.Arn>',
      'sqs:SendMessage <DeadLetters.Arn>',
    ]);
  });

  it('carry no managed policy', () => {
    const roles = guardedTemplate().findResources('AWS::IAM::Role');

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
function permissionsOf(role: string): string[] {
  const template = guardedTemplate();
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

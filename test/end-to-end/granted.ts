import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { Call } from '../../demo/aws/call-log.ts';
import { Resources } from '../../demo/aws/plan/resources.ts';
import type { Guard } from './start-guard.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** What the template lets each function do, by the function's name. */
export function grantsOf({ template, deployment }: Guard): ReadonlyMap<string, readonly Statement[]> {
  const resources = new Resources(template, deployment.plan.place);
  const policies = resources.of('AWS::IAM::Policy');
  return new Map(
    resources.of('AWS::Lambda::Function').map(({ name, properties }) => {
      const role = properties.text('Role').split('/').at(-1) ?? '';
      const own = policies.filter(({ properties: { values } }) => asArray(values.Roles).includes(role));
      const documents = own.map(
        ({ properties: { values } }) => values.PolicyDocument as { Statement: Statement[] },
      );
      return [name, documents.flatMap(({ Statement }) => Statement)];
    }),
  );
}

/** Whether IAM would allow this call; anything but a clear yes is a no. */
export async function isAllowed(
  call: Call,
  statements: readonly Statement[],
  account: string,
): Promise<string> {
  const results = await Promise.all(
    call.resources.map((resource) =>
      runSimulation(
        {
          request: {
            action: `${call.service}:${call.operation}`,
            principal: `arn:aws:sts::${account}:assumed-role/guard/function`,
            resource: { resource, accountId: account },
            contextVariables: {},
          },
          identityPolicies: [{ name: 'own', policy: { Version: '2012-10-17', Statement: statements } }],
          serviceControlPolicies: [],
          resourceControlPolicies: [],
        },
        {},
      ),
    ),
  );
  const refused = results.find(
    (result) => result.resultType !== 'single' || result.overallResult !== 'Allowed',
  );
  return refused
    ? `${call.service}:${call.operation} on ${call.resources.join(', ')}: ${JSON.stringify(refused).slice(0, 300)}`
    : '';
}

/** `action resource` of every permission. */
export function permissionsOf(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ Action, Resource }) =>
    asArray(Action).flatMap((action) => asArray(Resource).map((resource) => `${action} ${resource}`)),
  );
}

/** Whether a permission was used by a call. */
export function uses(call: Call, permission: string): boolean {
  const [action, resource = ''] = permission.split(' ');
  if (action !== `${call.service}:${call.operation}`) return false;
  const prefix = resource.endsWith('*') ? resource.slice(0, -1) : undefined;
  return call.resources.some((one) => (prefix === undefined ? one === resource : one.startsWith(prefix)));
}

function asArray(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

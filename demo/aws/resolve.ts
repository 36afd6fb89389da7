import { isRecord } from './is-record.ts';
import { TemplateError } from './template-error.ts';

/** What intrinsic functions may refer to. `undefined`: there is no such thing. */
export interface Scope {
  /** Value of a parameter, a pseudo parameter or a resource. */
  ref(name: string): string | undefined;
  attribute(logicalId: string, name: string): string | undefined;
}

const NO_VALUE = 'AWS::NoValue';

/**
 * Puts values in the place of the intrinsic functions Ref, Fn::GetAtt, Fn::Join and Fn::Sub. Members that are `AWS::NoValue`
 * are left out.
 * @param path where the value stands, for messages
 * @throws TemplateError for another function, or for a name that means nothing
 */
export function resolve(value: unknown, scope: Scope, path: string): unknown {
  if (Array.isArray(value)) {
    return value
      .filter((item) => !isNoValue(item))
      .map((item, index) => resolve(item, scope, `${path}[${index}]`));
  }
  if (!isRecord(value)) return value;
  const [name, ...others] = Object.keys(value);
  if (others.length === 0 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::'))) {
    return call(name, value[name], scope, path);
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => !isNoValue(member))
      .map(([key, member]) => [key, resolve(member, scope, `${path}.${key}`)]),
  );
}

function isNoValue(value: unknown): boolean {
  return isRecord(value) && value.Ref === NO_VALUE;
}

function call(name: string, argument: unknown, scope: Scope, path: string): string {
  switch (name) {
    case 'Ref':
      return ref(argument, scope, path);
    case 'Fn::GetAtt':
      return getAtt(argument, scope, path);
    case 'Fn::Join':
      return join(argument, scope, path);
    case 'Fn::Sub':
      return sub(argument, scope, path);
    default:
      throw new TemplateError(
        `${path} uses ${name}, which is not known here; use Ref, Fn::GetAtt, Fn::Join or Fn::Sub`,
      );
  }
}

function ref(argument: unknown, scope: Scope, path: string): string {
  const value = typeof argument === 'string' ? scope.ref(argument) : undefined;
  return value ?? nothing('Ref', argument, path);
}

function getAtt(argument: unknown, scope: Scope, path: string): string {
  const parts = typeof argument === 'string' ? argument.split(/\.(.*)/s, 2) : argument;
  const [logicalId, attribute] = Array.isArray(parts) ? parts : [];
  const known = typeof logicalId === 'string' && typeof attribute === 'string';
  const value = known ? scope.attribute(logicalId, attribute) : undefined;
  return value ?? nothing('Fn::GetAtt', argument, path);
}

function join(argument: unknown, scope: Scope, path: string): string {
  const [delimiter, items] = Array.isArray(argument) ? argument : [];
  if (typeof delimiter !== 'string' || !Array.isArray(items)) return nothing('Fn::Join', argument, path);
  return items
    .filter((item) => !isNoValue(item))
    .map((item, index) => text(resolve(item, scope, `${path}[${index}]`), path))
    .join(delimiter);
}

function sub(argument: unknown, scope: Scope, path: string): string {
  const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
  if (typeof template !== 'string' || !isRecord(variables)) return nothing('Fn::Sub', argument, path);
  return template.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return text(resolve(variables[name], scope, path), path);
    return name.includes('.') ? getAtt(name, scope, path) : ref(name, scope, path);
  });
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new TemplateError(`${path} joins ${JSON.stringify(value)}; only texts and numbers can be joined`);
}

function nothing(name: string, argument: unknown, path: string): never {
  throw new TemplateError(
    `${path} has ${name} of ${JSON.stringify(argument)}, which names nothing in the template; ` +
      'check the name, or add the resource type to the local stack',
  );
}

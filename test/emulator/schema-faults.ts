import * as sdk from '@aws-sdk/client-device-farm';

const enums: Readonly<Record<string, readonly string[]>> = {
  status: Object.values(sdk.ExecutionStatus),
  result: Object.values(sdk.ExecutionResult),
  billingMethod: Object.values(sdk.BillingMethod),
  platform: Object.values(sdk.DevicePlatform),
  formFactor: Object.values(sdk.DeviceFormFactor),
};

/** What is wrong with a reply by the SDK's own output schema of the operation: unknown members, wrong types and enums. */
export function schemaFaults(operation: string, body: unknown): string[] {
  const schema: unknown = new Map<string, unknown>(Object.entries(sdk)).get(`${operation}$`);
  if (!Array.isArray(schema) || schema[0] !== 9) throw new TypeError(`the SDK has no operation ${operation}`);
  return faultsOf(schema[5], body, operation);
}

/** Schemas of the SDK: `[kind, namespace, name, traits, ...]`, a function that returns one, a pair with traits, or a number. */
function faultsOf(schema: unknown, value: unknown, path: string): string[] {
  if (typeof schema === 'function') return faultsOf(schema(), value, path);
  if (typeof schema === 'number') return simpleFaults(schema, value, path);
  if (!Array.isArray(schema)) throw new TypeError(`unknown schema at ${path}`);
  if (schema.length === 2) return faultsOf(schema[0], value, path);
  switch (schema[0]) {
    case 0:
      return faultsOf(schema[4], value, path);
    case 1:
      return listFaults(schema[4], value, path);
    case 3:
      return structureFaults(schema[4], schema[5], value, path);
    default:
      throw new TypeError(`schema of unknown kind ${schema[0]} at ${path}`);
  }
}

function simpleFaults(schema: number, value: unknown, path: string): string[] {
  if (schema >= 128) return mapFaults(schema - 128, value, path);
  if (schema >= 64) return listFaults(schema - 64, value, path);
  const expected = ['string', 'number', 'boolean', undefined, 'number'][schema];
  if (expected === undefined) throw new TypeError(`unknown simple schema ${schema} at ${path}`);
  return typeof value === expected ? enumFaults(value, path) : [`${path} is not a ${expected}`];
}

function enumFaults(value: unknown, path: string): string[] {
  const allowed = enums[path.split('.').at(-1) ?? ''];
  if (allowed === undefined || typeof value !== 'string' || allowed.includes(value)) return [];
  return [`${path} is ${value}, which the SDK does not know`];
}

function listFaults(schema: unknown, value: unknown, path: string): string[] {
  if (!Array.isArray(value)) return [`${path} is not a list`];
  return value.flatMap((item, index) => faultsOf(schema, item, `${path}[${index}]`));
}

function mapFaults(schema: unknown, value: unknown, path: string): string[] {
  if (!isObject(value)) return [`${path} is not a map`];
  return Object.entries(value).flatMap(([key, member]) => faultsOf(schema, member, `${path}.${key}`));
}

function structureFaults(names: unknown, schemas: unknown, value: unknown, path: string): string[] {
  if (!isObject(value)) return [`${path} is not a structure`];
  if (!Array.isArray(names) || !Array.isArray(schemas)) throw new TypeError(`unknown structure at ${path}`);
  return Object.entries(value).flatMap(([name, member]) => {
    const index = names.indexOf(name);
    return index === -1
      ? [`${path}.${name} is unknown`]
      : faultsOf(schemas[index], member, `${path}.${name}`);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

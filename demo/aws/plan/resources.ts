import { isRecord } from '../is-record.ts';
import { resolve, type Scope } from '../resolve.ts';
import { TemplateError } from '../template-error.ts';
import { type Identity, identify } from './identity.ts';
import { type Place, pseudoParameters } from './place.ts';
import { Properties, type Resource } from './resource.ts';

interface Declared {
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly identity: Identity;
}

/** The resources of a template. Properties are resolved when they are asked for, so that nobody trips over what is not used. */
export class Resources {
  readonly #declared: ReadonlyMap<string, Declared>;
  readonly #scope: Scope;
  readonly #template: Readonly<Record<string, unknown>>;

  /** @throws TemplateError for a resource type that is not known here */
  constructor(template: Readonly<Record<string, unknown>>, place: Place) {
    this.#template = template;
    this.#declared = new Map(
      members(template.Resources).map(([logicalId, body]) => {
        const type = String(body.Type);
        return [logicalId, { type, body, identity: identify(place, type, logicalId) }];
      }),
    );
    const values: Readonly<Record<string, string>> = {
      ...defaults(template.Parameters),
      ...pseudoParameters(place),
    };
    this.#scope = {
      ref: (name) => values[name] ?? this.#declared.get(name)?.identity.ref,
      attribute: (logicalId, name) => this.#declared.get(logicalId)?.identity.attributes[name],
    };
  }

  /** All resources of a type, in the order of the template. */
  of(type: string): readonly Resource[] {
    return [...this.#declared]
      .filter(([, declared]) => declared.type === type)
      .map(([logicalId, declared]) => this.#resource(logicalId, declared));
  }

  /** Values of the stack's outputs, by name. */
  outputs(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      members(this.#template.Outputs).map(([name, { Value }]) => [
        name,
        String(resolve(Value, this.#scope, `Outputs.${name}`)),
      ]),
    );
  }

  #resource(logicalId: string, { body, identity }: Declared): Resource {
    if (body.Condition !== undefined) {
      throw new TemplateError(
        `resource ${logicalId} has a condition; the local stack knows none, leave it out`,
      );
    }
    const properties = resolve(body.Properties ?? {}, this.#scope, logicalId);
    if (!isRecord(properties)) throw new TemplateError(`the properties of ${logicalId} are not an object`);
    return { logicalId, ...identity, properties: new Properties(logicalId, properties) };
  }
}

function defaults(parameters: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    members(parameters).flatMap(([name, { Default }]) =>
      Default === undefined ? [] : [[name, String(Default)]],
    ),
  );
}

function members(value: unknown): [string, Readonly<Record<string, unknown>>][] {
  return Object.entries(isRecord(value) ? value : {}).map(([name, member]) => [
    name,
    isRecord(member) ? member : {},
  ]);
}

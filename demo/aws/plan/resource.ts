import { isRecord } from '../is-record.ts';
import { TemplateError } from '../template-error.ts';

/** The resolved properties of one resource, read with messages that say where something is wrong. */
export class Properties {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;

  constructor(path: string, values: Readonly<Record<string, unknown>>) {
    this.path = path;
    this.values = values;
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  text(name: string): string {
    const value = this.values[name];
    return typeof value === 'string' ? value : this.#wrong(name, value, 'a text');
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  number(name: string, fallback: number): number {
    const value = this.values[name] ?? fallback;
    return typeof value === 'number' ? value : this.#wrong(name, value, 'a number');
  }

  /** The properties below a name; empty when there are none. */
  below(name: string): Properties {
    const value = this.values[name] ?? {};
    return new Properties(
      `${this.path}.${name}`,
      isRecord(value) ? value : this.#wrong(name, value, 'an object'),
    );
  }

  /** All members, which must be texts. */
  texts(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.keys(this.values).map((name) => [name, this.text(name)]));
  }

  /** @throws TemplateError when one of these properties is set, since nothing here would do what it says. */
  refuse(...names: readonly string[]): void {
    const found = names.find((name) => this.has(name));
    if (found === undefined) return;
    throw new TemplateError(
      `${this.path}.${found} is set, and the local stack does not do that; leave it out`,
    );
  }

  #wrong(name: string, value: unknown, wanted: string): never {
    throw new TemplateError(`${this.path}.${name} is ${JSON.stringify(value)}; it must be ${wanted}`);
  }
}

/** A resource of the template with its names. */
export interface Resource {
  readonly logicalId: string;
  readonly name: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly properties: Properties;
}

/** Composes the conditions of a query, joined by AND, with numbered parameters. */
import type { Value } from './connection.ts';
import { storable } from './storable.ts';

export class Conditions {
  readonly values: Value[] = [];
  readonly #parts: string[] = [];

  /** @param sql with `?` for each value, in their order */
  add(sql: string, ...values: readonly Value[]): this {
    let at = this.values.length;
    this.#parts.push(
      sql.replaceAll('?', () => {
        at += 1;
        return `$${at}`;
      }),
    );
    this.values.push(...values);
    return this;
  }

  /** As `add`, if there is a value. */
  addGiven(sql: string, value: Value | undefined): this {
    return value === undefined ? this : this.add(sql, typeof value === 'string' ? storable(value) : value);
  }

  /** The model itself, or with `%` for any run of characters. */
  addModel(model: string | undefined): this {
    if (model === undefined) return this;
    return model.includes('%')
      ? this.add('model LIKE ?', likeOf(storable(model)))
      : this.add('model = ?', storable(model));
  }

  /** What is added to the copy is not added here. */
  copy(): Conditions {
    const copied = new Conditions();
    copied.values.push(...this.values);
    copied.#parts.push(...this.#parts);
    return copied;
  }

  get sql(): string {
    return this.#parts.length === 0 ? 'true' : this.#parts.join(' AND ');
  }
}

/** `%` stays a wildcard; the other wildcards of LIKE are escaped. */
export function likeOf(pattern: string): string {
  return pattern.replaceAll(/[\\_]/g, '\\$&').replaceAll(/%+/g, '%');
}

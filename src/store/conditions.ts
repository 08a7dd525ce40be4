/** Composes the conditions of a query, joined by AND, with named parameters. */
import type { Parameters } from './statement.ts';

export class Conditions {
  readonly #texts: string[] = [];
  #parameters: Parameters = {};

  /** @param parameters whose names no other condition has */
  add(text: string, parameters: Parameters = {}): this {
    this.#texts.push(text);
    this.#parameters = { ...this.#parameters, ...parameters };
    return this;
  }

  /** As `add`, unless a value is undefined. */
  addGiven(text: string, given: Readonly<Record<string, Parameters[string] | undefined>>): this {
    const isGiven = Object.values(given).every((value) => value !== undefined);
    return isGiven ? this.add(text, given as Parameters) : this;
  }

  /** What is added to the copy is not added here. */
  copy(): Conditions {
    const copied = new Conditions();
    copied.#texts.push(...this.#texts);
    copied.#parameters = this.#parameters;
    return copied;
  }

  get text(): string {
    return this.#texts.length === 0 ? 'true' : this.#texts.join(' AND ');
  }

  get parameters(): Parameters {
    return this.#parameters;
  }
}

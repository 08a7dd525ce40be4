/** The rules of a mock provider: what the real one refuses, each with its source. */
import type { Json } from './json.ts';

export interface Asking {
  readonly body: Json;
  readonly model: string;
}

export interface Rule {
  /** What the provider says of a request that breaks it. */
  readonly says: string;
  /** A section of the facts, a type of an official SDK ([TO], [TA], [TG]), or a public thread. */
  readonly source: string;
  readonly holds: (asking: Asking) => boolean;
  /** Members that make a sound request break this rule, and no rule before it. */
  readonly broken: Json;
  /** The model for which it does; undefined = that of the sound request. */
  readonly model?: string;
}

/** A request that the provider refuses. */
export class Refused extends Error {}

/** @throws Refused by the first rule that does not hold */
export function check(rules: readonly Rule[], asking: Asking): void {
  const broken = rules.find((rule) => !rule.holds(asking));
  if (broken) throw new Refused(broken.says);
}

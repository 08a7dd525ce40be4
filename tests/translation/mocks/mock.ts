/** A mock provider: one upstream protocol with the rules of the real one. */
import type { Json } from './json.ts';
import type { Asking, Rule } from './rule.ts';
import type { Asked, Scene } from './scene.ts';

export interface Mock {
  readonly rules: readonly Rule[];
  /** A request that breaks no rule. */
  readonly sound: Json;
  read(body: Json, model: string): Asked;
  whole(scene: Scene, asking: Asking): object;
  /** Events of a stream: at least six before the end. */
  stream(scene: Scene, asking: Asking): readonly string[];
  /** The response to a request that only counts tokens, or `Refused`; undefined = the provider has no such operation. */
  readonly count: ((body: Json) => object) | undefined;
  /** The body of a refusal. */
  error(message: string): object;
  /** An event that ends a stream with an error. */
  streamError(message: string): string;
}
